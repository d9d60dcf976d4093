/** Why an image cannot be used: the end of a sentence that begins with "The logo". */
export class BadImage extends Error {
  override readonly name = 'BadImage'
}

const SIDE_MAX = 4_000
const PIXELS_MAX = 4_000_000

/** @throws BadImage when an image is empty or larger than any seal needs. */
export function requireSize(width: number, height: number): void {
  if (width === 0 || height === 0) throw new BadImage('is empty')
  if (width > SIDE_MAX || height > SIDE_MAX || width * height > PIXELS_MAX) {
    throw new BadImage(
      `measures ${width} × ${height} pixels: at most ${SIDE_MAX} a side and ${PIXELS_MAX} in all`,
    )
  }
}
