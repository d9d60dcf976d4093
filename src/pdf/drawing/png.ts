import { crc32, inflateSync } from 'node:zlib'
import { BadImage, requireSize } from './bad-image.ts'

/** An image without transparency: rows from the top, three octets a pixel. */
export interface Raster {
  readonly width: number
  readonly height: number
  readonly rgb: Uint8Array
}

const SIGNATURE = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const WHITE = 255

interface Header {
  readonly width: number
  readonly height: number
  readonly bitDepth: number
  readonly colourType: number
  readonly isInterlaced: boolean
}

/** Samples of one pixel, by colour type (PNG, third edition, §6.1). */
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 }
const BIT_DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
}
const GRAY = 0
const TRUECOLOUR = 2
const PALETTE = 3
const HAS_ALPHA = 4

/**
 * Decode a PNG (PNG, third edition) of any kind and lay it on white paper.
 *
 * Nothing is inflated beyond what the header promises, and the header may promise 4 million pixels.
 * @throws BadImage.
 */
export function decodePng(bytes: Uint8Array): Raster {
  const { header, palette, transparency, data } = readChunks(bytes)
  const toRgba = pixelReader(header, palette, transparency)
  const rgb = new Uint8Array(header.width * header.height * 3)
  const passes = header.isInterlaced ? ADAM7 : [WHOLE]
  const filtered = inflate(
    data,
    passes.reduce((sum, pass) => sum + passBytes(header, pass), 0),
  )
  let offset = 0
  for (const pass of passes) {
    const { columns, rows } = passSize(header, pass)
    if (columns === 0) continue
    const rowBytes = bytesPerRow(header, columns)
    let above = new Uint8Array(rowBytes)
    for (let row = 0; row < rows; row += 1) {
      const line = unfilter(filtered, { offset, rowBytes, above, pixelBytes: pixelBytes(header) })
      for (let column = 0; column < columns; column += 1) {
        const x = pass.x + column * pass.dx
        const y = pass.y + row * pass.dy
        paint(rgb, (y * header.width + x) * 3, toRgba(line, column))
      }
      above = line
      offset += rowBytes + 1
    }
  }
  return { width: header.width, height: header.height, rgb }
}

interface Chunks {
  readonly header: Header
  readonly palette: Uint8Array
  readonly transparency: Uint8Array | undefined
  readonly data: Uint8Array
}

function readChunks(bytes: Uint8Array): Chunks {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (!view.subarray(0, 8).equals(SIGNATURE)) throw new BadImage('is not a PNG file')
  const found = new Map<string, Buffer>()
  const data: Buffer[] = []
  for (let at = 8; !found.has('IEND'); ) {
    if (at + 12 > view.length) throw new BadImage('is cut short')
    const end = at + 8 + view.readUInt32BE(at)
    if (end + 4 > view.length) throw new BadImage('is cut short')
    const body = view.subarray(at + 8, end)
    const type = view.toString('latin1', at + 4, at + 8)
    if (crc32(view.subarray(at + 4, end)) !== view.readUInt32BE(end)) {
      throw new BadImage('is damaged: a checksum does not match')
    }
    if (type === 'IDAT') data.push(body)
    else found.set(type, body)
    at = end + 4
  }
  const header = readHeader(found.get('IHDR'))
  const palette = found.get('PLTE') ?? new Uint8Array()
  if (header.colourType === PALETTE && palette.length < 3) throw new BadImage('has no palette')
  return { header, palette, transparency: found.get('tRNS'), data: Buffer.concat(data) }
}

function readHeader(body: Buffer | undefined): Header {
  if (body === undefined || body.length !== 13) throw new BadImage('has no header')
  const [width, height] = [body.readUInt32BE(0), body.readUInt32BE(4)]
  const [bitDepth = 0, colourType = 0, compression, filter, interlace = 0] = body.subarray(8)
  requireSize(width, height)
  const isKnown = BIT_DEPTHS[colourType]?.includes(bitDepth) === true
  if (!isKnown || compression !== 0 || filter !== 0 || interlace > 1) {
    throw new BadImage('is a PNG of an unknown kind')
  }
  return { width, height, bitDepth, colourType, isInterlaced: interlace === 1 }
}

function inflate(data: Uint8Array, expectedBytes: number): Uint8Array {
  let filtered: Uint8Array
  try {
    filtered = inflateSync(data, { maxOutputLength: expectedBytes })
  } catch (error) {
    throw new BadImage('is damaged: its pixels cannot be decompressed', { cause: error })
  }
  if (filtered.length < expectedBytes) throw new BadImage('is cut short')
  return filtered
}

/** Where a pass's pixels stand: the first one, and the steps to the next. */
interface Pass {
  readonly x: number
  readonly y: number
  readonly dx: number
  readonly dy: number
}

const WHOLE: Pass = { x: 0, y: 0, dx: 1, dy: 1 }
/** §8.1. */
const ADAM7: readonly Pass[] = [
  { x: 0, y: 0, dx: 8, dy: 8 },
  { x: 4, y: 0, dx: 8, dy: 8 },
  { x: 0, y: 4, dx: 4, dy: 8 },
  { x: 2, y: 0, dx: 4, dy: 4 },
  { x: 0, y: 2, dx: 2, dy: 4 },
  { x: 1, y: 0, dx: 2, dy: 2 },
  { x: 0, y: 1, dx: 1, dy: 2 },
]

function passSize({ width, height }: Header, { x, y, dx, dy }: Pass) {
  return { columns: Math.ceil((width - x) / dx), rows: Math.ceil((height - y) / dy) }
}

function passBytes(header: Header, pass: Pass): number {
  const { columns, rows } = passSize(header, pass)
  return columns <= 0 || rows <= 0 ? 0 : rows * (bytesPerRow(header, columns) + 1)
}

function bytesPerRow({ bitDepth, colourType }: Header, columns: number): number {
  return Math.ceil((columns * bitDepth * (CHANNELS[colourType] ?? 0)) / 8)
}

/** Octets from a sample to the same one of the pixel before, at least one. */
function pixelBytes(header: Header): number {
  return Math.max(1, bytesPerRow(header, 1))
}

interface FilteredRow {
  readonly offset: number
  readonly rowBytes: number
  readonly above: Uint8Array
  readonly pixelBytes: number
}

/** §9: each row says by its first octet how it was predicted. */
function unfilter(filtered: Uint8Array, { offset, rowBytes, above, ...row }: FilteredRow) {
  const filter = filtered[offset] ?? 0
  const line = filtered.slice(offset + 1, offset + 1 + rowBytes)
  for (let i = 0; i < rowBytes; i += 1) {
    const left = line[i - row.pixelBytes] ?? 0
    const up = above[i] ?? 0
    const corner = above[i - row.pixelBytes] ?? 0
    line[i] = (line[i] ?? 0) + predict(filter, left, up, corner)
  }
  return line
}

function predict(filter: number, left: number, up: number, corner: number): number {
  switch (filter) {
    case 0:
      return 0
    case 1:
      return left
    case 2:
      return up
    case 3:
      return (left + up) >> 1
    case 4:
      return paeth(left, up, corner)
    default:
      throw new BadImage('is damaged: a row has an unknown filter')
  }
}

function paeth(left: number, up: number, corner: number): number {
  const [a, b, c] = [
    Math.abs(up - corner),
    Math.abs(left - corner),
    Math.abs(left + up - 2 * corner),
  ]
  if (a <= b && a <= c) return left
  return b <= c ? up : corner
}

/** Red, green, blue and opacity, each up to 255. */
type Rgba = readonly [number, number, number, number]

/** How the n-th pixel of a row is read. */
function pixelReader(
  header: Header,
  palette: Uint8Array,
  transparency: Uint8Array | undefined,
): (line: Uint8Array, column: number) => Rgba {
  const { bitDepth, colourType } = header
  const channels = CHANNELS[colourType] ?? 0
  const sample = (line: Uint8Array, i: number) => sampleAt(line, i, bitDepth)
  const to8 = 255 / (2 ** bitDepth - 1)
  const clear = transparency === undefined ? undefined : keyOf(transparency)
  switch (colourType) {
    case PALETTE:
      return (line, column) => {
        const i = sample(line, column)
        const [r, g, b] = [palette[i * 3], palette[i * 3 + 1], palette[i * 3 + 2]]
        return [r ?? 0, g ?? 0, b ?? 0, transparency?.[i] ?? 255]
      }
    case GRAY:
    case GRAY + HAS_ALPHA:
      return (line, column) => {
        const gray = sample(line, column * channels)
        const isClear = clear !== undefined && gray === clear[0]
        const alpha = channels === 2 ? sample(line, column * 2 + 1) * to8 : isClear ? 0 : 255
        return [gray * to8, gray * to8, gray * to8, alpha]
      }
    case TRUECOLOUR:
    case TRUECOLOUR + HAS_ALPHA:
      return (line, column) => {
        const at = column * channels
        const [r, g, b] = [sample(line, at), sample(line, at + 1), sample(line, at + 2)]
        const isClear = clear !== undefined && r === clear[0] && g === clear[1] && b === clear[2]
        const alpha = channels === 4 ? sample(line, at + 3) * to8 : isClear ? 0 : 255
        return [r * to8, g * to8, b * to8, alpha]
      }
    default:
      throw new BadImage('is a PNG of an unknown kind')
  }
}

/** The one colour that is transparent (§11.3.1.1), as samples of 16 bits. */
function keyOf(transparency: Uint8Array): number[] {
  const samples: number[] = []
  for (let i = 0; i + 1 < transparency.length; i += 2)
    samples.push(sampleAt(transparency, i / 2, 16))
  return samples
}

function sampleAt(line: Uint8Array, i: number, bitDepth: number): number {
  if (bitDepth === 8) return line[i] ?? 0
  if (bitDepth === 16) return ((line[i * 2] ?? 0) << 8) | (line[i * 2 + 1] ?? 0)
  const bit = i * bitDepth
  const octet = line[bit >> 3] ?? 0
  return (octet >> (8 - bitDepth - (bit & 7))) & (2 ** bitDepth - 1)
}

function paint(rgb: Uint8Array, at: number, [r, g, b, alpha]: Rgba): void {
  const onWhite = (value: number) => Math.round(WHITE + ((value - WHITE) * alpha) / 255)
  rgb[at] = onWhite(r)
  rgb[at + 1] = onWhite(g)
  rgb[at + 2] = onWhite(b)
}
