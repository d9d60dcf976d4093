import { cursorOn, damaged, skipSpace, takeInteger } from './cursor.ts'
import type { PdfObject } from './values.ts'

/** The decoded data of an object stream and where its objects stand in it (ISO 32000-2 §7.5.7). */
export interface ObjectStream {
  readonly data: Uint8Array
  readonly numbers: readonly number[]
  /** The offset of an object in `data`; `index` is what the cross-reference says and may be wrong. */
  offsetOf(number: number, index: number): number | undefined
}

const OBJECTS_MAX = 200_000

/** @throws AppError `pdf-damaged`. */
export function readObjectStream(
  data: Uint8Array,
  count: PdfObject,
  first: PdfObject,
): ObjectStream {
  if (typeof count !== 'number' || typeof first !== 'number' || !(first >= 0 && count >= 0))
    throw damaged('an object stream is malformed')
  if (count > OBJECTS_MAX) throw damaged('an object stream is too large')
  const numbers: number[] = []
  const offsets: number[] = []
  const cursor = cursorOn(data.subarray(0, first))
  while (numbers.length < count) {
    skipSpace(cursor)
    const number = takeInteger(cursor)
    skipSpace(cursor)
    const offset = takeInteger(cursor)
    if (number === undefined || offset === undefined) break
    numbers.push(number)
    offsets.push(first + offset)
  }
  let positions: Map<number, number> | undefined
  return {
    data,
    numbers,
    offsetOf(number, index) {
      if (numbers[index] === number) return offsets[index]
      positions ??= new Map(numbers.map((each, position) => [each, position]))
      return offsets[positions.get(number) ?? -1]
    },
  }
}
