import { inflateSync } from 'node:zlib'
import { requireSize } from './bounds.ts'
import { uint32 } from './octets.ts'
import { damagedFile, refused } from './refusal.ts'

/** IHDR (ISO/IEC 15948 §11.2.2). */
export interface PngHeader {
  readonly width: number
  readonly height: number
  readonly bitDepth: number
  readonly colourType: number
  readonly isInterlaced: boolean
}

const PALETTE = 3
/** Channels and allowed depths by colour type. */
const COLOURS: ReadonlyMap<number, { channels: number; depths: readonly number[] }> = new Map([
  [0, { channels: 1, depths: [1, 2, 4, 8, 16] }],
  [2, { channels: 3, depths: [8, 16] }],
  [PALETTE, { channels: 1, depths: [1, 2, 4, 8] }],
  [4, { channels: 2, depths: [8, 16] }],
  [6, { channels: 4, depths: [8, 16] }],
])
/** An A4 page at 300 dpi, in colour with transparency, is 35 MB. */
const DECODED_BYTES_MAX = 80 * 1024 * 1024
const LAST_FILTER = 4
/** First point and distance of the seven passes, across and down (§8.2). */
const ADAM7 = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const

/** @throws AppError `invalid-request` if it is no header, or that of a picture that is too large. */
export function readHeader(data: Uint8Array): PngHeader {
  const [bitDepth = 0, colourType = 0, compression, filter, interlace = 0] = data.subarray(8)
  const isKnown = COLOURS.get(colourType)?.depths.includes(bitDepth) === true
  if (data.length !== 13 || !isKnown || compression !== 0 || filter !== 0 || interlace > 1) {
    throw damagedFile('its header cannot be read')
  }
  const header = {
    width: uint32(data, 0),
    height: uint32(data, 4),
    bitDepth,
    colourType,
    isInterlaced: interlace === 1,
  }
  requireSize(header)
  return header
}

/**
 * The compressed picture, without what may lie behind it. It is decoded to be sure that it is one, of
 * just the size that the header says.
 *
 * @throws AppError `invalid-request`.
 */
export function pictureOf(header: PngHeader, data: Uint8Array): Uint8Array {
  const passes = passesOf(header)
  const decodedBytes = passes.reduce((sum, { rowBytes, rows }) => sum + rowBytes * rows, 0)
  if (decodedBytes > DECODED_BYTES_MAX) {
    throw refused(
      'too-many-points',
      'The picture is too large. Scan at 300 dpi, or save it as JPEG.',
    )
  }
  const { decoded, consumed } = inflate(data, decodedBytes)
  if (decoded.length !== decodedBytes) throw damagedFile('its picture is shorter than it says')
  requireFilters(decoded, passes)
  return data.subarray(0, consumed)
}

function inflate(data: Uint8Array, most: number): { decoded: Uint8Array; consumed: number } {
  let result: unknown
  try {
    // Not in the types: with `info` the engine comes along, and knows how far it has read.
    const options = { info: true, maxOutputLength: most }
    result = inflateSync(data, options)
  } catch (cause) {
    throw damagedFile('its picture cannot be decoded', cause)
  }
  const { buffer, engine } = Object(result)
  if (!(buffer instanceof Uint8Array)) throw new TypeError('zlib gave no buffer')
  return { decoded: buffer, consumed: Number(engine.bytesWritten) }
}

interface Pass {
  /** With the octet that names the filter. */
  readonly rowBytes: number
  readonly rows: number
}

function passesOf({ width, height, bitDepth, colourType, isInterlaced }: PngHeader): Pass[] {
  const bits = bitDepth * (COLOURS.get(colourType)?.channels ?? 1)
  const pass = (columns: number, rows: number) => ({
    rowBytes: 1 + Math.ceil((columns * bits) / 8),
    rows: columns === 0 ? 0 : rows,
  })
  if (!isInterlaced) return [pass(width, height)]
  return ADAM7.map(([x, y, across, down]) =>
    pass(Math.ceil(Math.max(0, width - x) / across), Math.ceil(Math.max(0, height - y) / down)),
  )
}

function requireFilters(decoded: Uint8Array, passes: readonly Pass[]): void {
  let at = 0
  for (const { rowBytes, rows } of passes) {
    for (const end = at + rowBytes * rows; at < end; at += rowBytes) {
      if ((decoded[at] ?? 0) > LAST_FILTER) throw damagedFile('its picture cannot be decoded')
    }
  }
}
