/** A range of one file in a batch's folder: a document, or the section appended to it. */
export interface Extent {
  /** The file's name inside the folder. */
  readonly file: string
  readonly offset: number
  readonly length: number
}

/** The SHA-256 of no octets at all is a document's too. */
export interface StoredDocument {
  readonly extent: Extent
  /** Of the whole document, lower-case hex. */
  readonly sha256: string
}

/**
 * The octets `from` (included) to `to` (excluded) of documents laid one behind the other.
 *
 * @throws RangeError when the range is not inside them.
 */
export function sliceExtents(parts: readonly Extent[], from: number, to: number): Extent[] {
  const total = parts.reduce((sum, { length }) => sum + length, 0)
  if (!(Number.isSafeInteger(from) && from >= 0 && from <= to && to <= total)) {
    throw new RangeError(`octets ${from} to ${to} of ${total}`)
  }
  let start = 0
  return parts.flatMap(({ file, offset, length }) => {
    const first = Math.max(from - start, 0)
    const last = Math.min(to - start, length)
    start += length
    return first < last ? [{ file, offset: offset + first, length: last - first }] : []
  })
}
