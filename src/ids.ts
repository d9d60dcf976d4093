import { randomUUID } from 'node:crypto'

/** UUIDs that sort by the time they were made. */
export type MakeId = (at: number) => string

/** Twelve bits count the ids of a millisecond. */
const COUNTER_END = 0x1000

/**
 * UUIDs of version 7 (RFC 9562 §5.7), so that rows by id are added at the end of an index and not
 * in random pages of it. Each is greater than the one before, also within a millisecond and when the
 * clock is set back (§6.2 method 1); 62 bits are random.
 *
 * @returns A maker that takes the time, Unix ms.
 */
export function makeIdMaker(): MakeId {
  let last = 0
  let counter = 0
  return (at) => {
    if (at > last) {
      last = at
      counter = 0
    } else if (counter + 1 < COUNTER_END) counter += 1
    else {
      last += 1
      counter = 0
    }
    const time = last.toString(16).padStart(12, '0')
    const count = counter.toString(16).padStart(3, '0')
    // The end of a UUID of version 4 is the variant and 62 random bits, as it is here.
    return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${randomUUID().slice(19)}`
  }
}
