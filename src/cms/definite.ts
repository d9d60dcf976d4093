import { encodeTlv } from './der.ts'

const DEPTH_MAX = 32
const CONSTRUCTED = 0x20

/**
 * BER with its indefinite lengths made definite (ITU-T X.690 §8.1.3.6), as several libraries write
 * CMS. Elements of definite length keep their octets, so signatures over them still fit. What
 * follows the first element is left out.
 *
 * @returns The same octets where there is nothing to change.
 * @throws RangeError when it is cut short or nested too deeply.
 */
export function toDefiniteLengths(ber: Uint8Array): Uint8Array {
  return ber[1] === INDEFINITE ? readElement(ber, 0, 0).bytes : ber
}

const INDEFINITE = 0x80

function readElement(
  ber: Uint8Array,
  start: number,
  depth: number,
): { bytes: Uint8Array; end: number } {
  const tag = ber[start]
  const first = ber[start + 1]
  if (tag === undefined || first === undefined) throw new RangeError(`BER ends at ${start}`)
  if (depth > DEPTH_MAX) throw new RangeError(`BER is nested too deeply at ${start}`)
  if (first !== INDEFINITE) {
    const end = definiteEnd(ber, start, first)
    return { bytes: ber.subarray(start, end), end }
  }
  if ((tag & CONSTRUCTED) === 0) throw new RangeError(`no length at ${start}`)
  const children: Uint8Array[] = []
  for (let at = start + 2; ; ) {
    if (ber[at] === 0 && ber[at + 1] === 0) {
      return { bytes: encodeTlv(tag, ...children), end: at + 2 }
    }
    const child = readElement(ber, at, depth + 1)
    children.push(child.bytes)
    at = child.end
  }
}

function definiteEnd(ber: Uint8Array, start: number, first: number): number {
  const octets = first < INDEFINITE ? 0 : first & 0x7f
  if (octets > 4) throw new RangeError(`the element at ${start} is too long`)
  let length = first < INDEFINITE ? first : 0
  for (let i = 0; i < octets; i += 1) length = length * 256 + (ber[start + 2 + i] ?? 0)
  const end = start + 2 + octets + length
  if (end > ber.length) throw new RangeError(`the element at ${start} goes past the end`)
  return end
}
