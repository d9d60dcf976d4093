import { refused } from './refusal.ts'

/** A good scan of two pages stays far below. */
export const FILE_BYTES_MAX = 10 * 1024 * 1024
/** An A4 page at 600 dpi has 35 million; the camera of a phone up to 200, but then sends fewer. */
const PIXELS_MAX = 64_000_000
const SIDE_MAX = 20_000

/** A file of a few octets may ask for gigabytes when it is shown. */
export function requireSize({ width, height }: { width: number; height: number }): void {
  if (width > 0 && height > 0 && Math.max(width, height) <= SIDE_MAX) {
    if (width * height <= PIXELS_MAX) return
  }
  throw refused(
    'too-many-points',
    `The picture has ${width} × ${height} points; between 1 and ${PIXELS_MAX / 1e6} million are taken. Scan at 300 dpi, or choose a smaller size in the camera.`,
  )
}
