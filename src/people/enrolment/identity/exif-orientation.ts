import { ascii, startsWith } from './octets.ts'

const EXIF = ascii('Exif\0\0')
const ORIENTATION = 0x0112
const SHORT = 3
const ENTRY_BYTES = 12
/** As the picture lies: nothing needs to be said. */
const UPRIGHT = 1
const LAST = 8

/**
 * How the camera was held (Exif 2.32 §4.6.4, tag 0112), from the body of an APP1 segment.
 *
 * @returns 2 to 8; undefined if the picture is upright, or this says nothing of it.
 */
export function findOrientation(body: Uint8Array): number | undefined {
  if (!startsWith(body, EXIF)) return undefined
  const tiff = body.subarray(EXIF.length)
  const isLittle = startsWith(tiff, ascii('II*\0'))
  if (!isLittle && !startsWith(tiff, ascii('MM\0*'))) return undefined
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  const uint16 = (at: number) => (at + 2 <= tiff.length ? view.getUint16(at, isLittle) : 0)
  const directory = tiff.length >= 8 ? view.getUint32(4, isLittle) : tiff.length
  const count = uint16(directory)
  for (let i = 0; i < count; i++) {
    const at = directory + 2 + ENTRY_BYTES * i
    if (at + ENTRY_BYTES > tiff.length) return undefined
    if (uint16(at) !== ORIENTATION) continue
    const value = uint16(at + 8)
    const isSaid = uint16(at + 2) === SHORT && value > UPRIGHT && value <= LAST
    return isSaid ? value : undefined
  }
  return undefined
}

/** The body of an APP1 segment that says how the camera was held, and nothing else. */
export function buildOrientation(orientation: number): Uint8Array {
  const header = [...ascii('MM'), 0, 42, 0, 0, 0, 8]
  const entry = [0x01, 0x12, 0, SHORT, 0, 0, 0, 1, 0, orientation, 0, 0]
  return Uint8Array.of(...EXIF, ...header, 0, 1, ...entry, 0, 0, 0, 0)
}
