import { damagedFile } from './refusal.ts'

/** Local file, central directory, end of central directory (APPNOTE.TXT §4.3). */
const ENTRY = Buffer.from('PK\x01\x02', 'latin1')
const END = Buffer.from('PK\x05\x06', 'latin1')
/** The end of a directory, and the longest comment behind it. */
const TAIL_BYTES = 22 + 0xffff

/**
 * A ZIP is read from its end, so one can hide in the data of a picture. Both marks by chance are met
 * in one of a hundred million files.
 *
 * @throws AppError `invalid-request`.
 */
export function requireNoArchive(bytes: Uint8Array): void {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const hasEnd = buffer.subarray(-TAIL_BYTES).includes(END)
  if (hasEnd && buffer.includes(ENTRY)) throw damagedFile('an archive is hidden in it')
}
