import { latin1 } from './bytes.ts'
import { damaged } from './cursor.ts'
import type { PdfSource } from './source.ts'
import type { PdfObject } from './values.ts'

/** A stored stream that structure needs is far smaller; images and fonts are never read. */
const STREAM_BYTES_MAX = 16 * 1024 * 1024
const STEP_BYTES = 64 * 1024
const KEYWORD = 'endstream'

/**
 * A stream's data as stored.
 *
 * @param start - Just after `stream` and its end of line.
 * @param length - `/Length`, resolved. Where it is wrong the data ends before `endstream`.
 * @throws AppError `pdf-damaged` when the stream has no end or is too large.
 */
export function readStreamData(source: PdfSource, start: number, length: PdfObject): Uint8Array {
  const end = typeof length === 'number' && length >= 0 ? start + length : -1
  if (end !== -1 && isEndstreamAt(source, end)) {
    if (end - start > STREAM_BYTES_MAX) throw damaged('a stream it needs is too large')
    return source.read(start, end)
  }
  return source.read(start, findEndstream(source, start))
}

/** Whether a stream ends here: `endstream` after its end of line. */
export function isEndstreamAt(source: PdfSource, end: number): boolean {
  if (end > source.length) return false
  return /^\s{0,2}endstream/.test(latin1(source.read(end, end + KEYWORD.length + 2)))
}

function findEndstream(source: PdfSource, start: number): number {
  const limit = Math.min(source.length, start + STREAM_BYTES_MAX)
  for (let from = start; from < limit; from += STEP_BYTES) {
    const text = latin1(source.read(from, from + STEP_BYTES + KEYWORD.length))
    const at = text.indexOf(KEYWORD)
    if (at === -1) continue
    const end = from + at
    const before = latin1(source.read(Math.max(start, end - 2), end))
    return end - (/(?:\r\n|\n|\r)$/.exec(before)?.[0].length ?? 0)
  }
  throw damaged('a stream has no end')
}
