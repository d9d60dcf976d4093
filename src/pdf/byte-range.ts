import { asBuffer } from './bytes.ts'

/** The octets to append to a file so that it is signed, with the gap that the CMS goes into. */
export interface SignaturePlan {
  /** What follows the original, `/Contents` all zeros. */
  readonly appendix: Uint8Array
  /** Offsets in the whole file (ISO 32000-2 §12.8.1): two runs, the gap between them. */
  readonly byteRange: readonly [number, number, number, number]
  readonly fieldName: string
  /** Whether the cross-reference of the original had to be rebuilt. */
  readonly repaired: boolean
  /**
   * Whether it is a dynamic XFA form: the readers that know such forms draw its pages anew, so that
   * what is seen is not what the page objects say. All of it is signed nevertheless.
   */
  readonly isDynamicForm: boolean
}

/** The parts of the appendix that are digested after the original: before and after the gap. */
export function signedParts(
  { appendix, byteRange }: SignaturePlan,
  originalBytes: number,
): readonly [Uint8Array, Uint8Array] {
  const [, gapStart, gapEnd] = byteRange
  return [appendix.subarray(0, gapStart - originalBytes), appendix.subarray(gapEnd - originalBytes)]
}

/**
 * Write a CMS signature into the gap.
 *
 * @param cms - DER `ContentInfo` (RFC 5652 §3), hex-encoded here and padded with zeros.
 * @returns A new appendix of the same length, so every offset in the file still holds.
 * @throws RangeError if the CMS is larger than what was reserved: it was measured wrongly, a bug of ours.
 */
export function fillContents(
  { appendix, byteRange }: SignaturePlan,
  originalBytes: number,
  cms: Uint8Array,
): Uint8Array {
  const [, gapStart, gapEnd] = byteRange
  const room = gapEnd - gapStart - 2
  const hex = asBuffer(cms).toString('hex')
  if (hex.length > room) {
    throw new RangeError(`CMS needs ${hex.length} hex digits, ${room} are reserved`)
  }
  const filled = Buffer.from(appendix)
  filled.write(hex, gapStart - originalBytes + 1, 'latin1')
  return filled
}
