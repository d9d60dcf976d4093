import { requireNoArchive } from './identity/archive-tail.ts'
import { FILE_BYTES_MAX } from './identity/bounds.ts'
import { cleanJpeg } from './identity/jpeg.ts'
import { ascii, startsWith } from './identity/octets.ts'
import { cleanPdf } from './identity/pdf.ts'
import { cleanPng } from './identity/png.ts'
import { PNG_SIGNATURE } from './identity/png-chunks.ts'
import { refused } from './identity/refusal.ts'

/** A picture of an identity document, as it may be kept and shown. */
export interface IdentityFile {
  readonly type: 'jpeg' | 'png' | 'pdf'
  readonly bytes: Uint8Array
}

const KINDS = [
  { type: 'jpeg', start: Uint8Array.of(0xff, 0xd8, 0xff), clean: cleanJpeg },
  { type: 'png', start: PNG_SIGNATURE, clean: cleanPng },
  { type: 'pdf', start: ascii('%PDF-'), clean: cleanPdf },
] as const

const HEIC =
  'The photograph is in the HEIC form of a telephone. Set its camera to «Most compatible», or send a screenshot of the photograph.'

/**
 * What a person hands in as identity document, reduced to what is seen of it: no place or time of a
 * photograph, no comment, nothing before, behind or between the parts. What it is its first octets
 * say, and neither its name nor the browser. Cleaned once more it stays the same.
 *
 * Of a JPEG's EXIF only the orientation stays; that of a PNG is dropped, as no camera writes one.
 *
 * @throws AppError `invalid-request` with the hints `field: 'document'` and `reason`: the message names
 * the cause and what to do.
 */
export function cleanIdentityFile(bytes: Uint8Array): IdentityFile {
  if (bytes.length === 0) throw refused('empty', 'The file is empty. Choose it again.')
  if (bytes.length > FILE_BYTES_MAX) {
    const most = FILE_BYTES_MAX / 2 ** 20
    throw refused(
      'too-large',
      `The file has more than ${most} MiB. Choose a smaller size in the camera.`,
    )
  }
  const kind = KINDS.find(({ start }) => startsWith(bytes, start))
  if (kind === undefined) {
    if (isHeic(bytes)) throw refused('heic', HEIC)
    throw refused(
      'unknown-kind',
      'The file is neither a JPEG nor a PNG nor a PDF. Send a photograph or a scan.',
    )
  }
  const cleaned = kind.clean(bytes)
  requireNoArchive(cleaned)
  return { type: kind.type, bytes: cleaned }
}

/** ISO/IEC 14496-12 §4.3: what telephones call HEIC or HEIF begins with a box `ftyp`. */
function isHeic(bytes: Uint8Array): boolean {
  return /^ftyp(hei|hev|mif1|msf1)/.test(Buffer.from(bytes.subarray(4, 12)).toString('latin1'))
}
