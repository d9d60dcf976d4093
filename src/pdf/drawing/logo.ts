import { createHash } from 'node:crypto'
import { deflateSync } from 'node:zlib'
import { AppError } from '../../errors.ts'
import { array, dict, name, type PdfStream } from '../values.ts'
import { BadImage } from './bad-image.ts'
import { BoundedCache } from './bounded-cache.ts'
import { readJpeg } from './jpeg.ts'
import { decodePng, type Raster } from './png.ts'

/** An image file as it was given. */
export interface LogoFile {
  readonly type: 'png' | 'jpeg'
  readonly bytes: Uint8Array
}

/** An image ready to be drawn. */
export interface Logo {
  /** Pixels. */
  readonly width: number
  readonly height: number
  readonly usesCmyk: boolean
  /** An image XObject (ISO 32000-2 §8.9.5) in a device colour space, without a mask. */
  readonly image: PdfStream
}

const BYTES_MAX = 1024 * 1024
/** A seal is small: this is 300 dpi over 4 cm. */
const DRAWN_SIDE_MAX = 480

const logos = new BoundedCache<Logo>(16)

/**
 * Read a PNG or JPEG of at most 1 MiB and 4 million pixels. What is transparent becomes white,
 * because PDF/A-1 knows no transparency and a seal is drawn on white; a large PNG is made smaller.
 *
 * @throws AppError `invalid-request` when it cannot be drawn.
 */
export function readLogo({ type, bytes }: LogoFile): Logo {
  const digest = createHash('sha256').update(bytes).digest('base64')
  return logos.get(`${type} ${digest}`, () => {
    try {
      if (bytes.length > BYTES_MAX) throw new BadImage(`is larger than ${BYTES_MAX} octets`)
      return type === 'png' ? fromPng(bytes) : fromJpeg(bytes)
    } catch (error) {
      if (!(error instanceof BadImage)) throw error
      throw new AppError('invalid-request', `The logo ${error.message}.`, {
        hints: { field: 'logo' },
        cause: error,
      })
    }
  })
}

function fromPng(bytes: Uint8Array): Logo {
  const { width, height, rgb } = shrink(decodePng(bytes), DRAWN_SIDE_MAX)
  const image: PdfStream = {
    kind: 'stream',
    dict: dict({
      ...imageEntries(width, height),
      ColorSpace: name('DeviceRGB'),
      Filter: name('FlateDecode'),
      DecodeParms: dict({ Predictor: 12, Colors: 3, Columns: width }),
    }),
    data: deflateSync(differences(rgb, width * 3), { level: 9 }),
  }
  return { width, height, usesCmyk: false, image }
}

const UP = 2

/** Each row as its difference from the row above, which Flate packs tighter (ISO 32000-2 §7.4.4.4). */
function differences(rgb: Uint8Array, rowBytes: number): Uint8Array {
  const rows = rgb.length / rowBytes
  const filtered = new Uint8Array(rgb.length + rows)
  for (let row = 0; row < rows; row += 1) {
    const to = row * (rowBytes + 1)
    filtered[to] = UP
    for (let i = 0; i < rowBytes; i += 1) {
      const from = row * rowBytes + i
      filtered[to + 1 + i] = (rgb[from] ?? 0) - (rgb[from - rowBytes] ?? 0)
    }
  }
  return filtered
}

const DEVICE_SPACES = { 1: 'DeviceGray', 3: 'DeviceRGB', 4: 'DeviceCMYK' } as const

function fromJpeg(file: Uint8Array): Logo {
  const { width, height, components, isInverted, bytes } = readJpeg(file)
  const image: PdfStream = {
    kind: 'stream',
    dict: dict({
      ...imageEntries(width, height),
      ColorSpace: name(DEVICE_SPACES[components]),
      Decode: isInverted ? array([1, 0, 1, 0, 1, 0, 1, 0]) : undefined,
      Filter: name('DCTDecode'),
    }),
    data: bytes,
  }
  return { width, height, usesCmyk: components === 4, image }
}

function imageEntries(width: number, height: number) {
  return {
    Type: name('XObject'),
    Subtype: name('Image'),
    Width: width,
    Height: height,
    BitsPerComponent: 8,
  }
}

/** Each new pixel is the mean of those it covers. */
function shrink(raster: Raster, sideMax: number): Raster {
  const factor = sideMax / Math.max(raster.width, raster.height)
  if (factor >= 1) return raster
  const width = Math.max(1, Math.round(raster.width * factor))
  const height = Math.max(1, Math.round(raster.height * factor))
  const rgb = new Uint8Array(width * height * 3)
  for (let y = 0; y < height; y += 1) {
    const rows = covered(y, height, raster.height)
    for (let x = 0; x < width; x += 1) {
      rgb.set(meanColour(raster, covered(x, width, raster.width), rows), (y * width + x) * 3)
    }
  }
  return { width, height, rgb }
}

interface Span {
  readonly from: number
  readonly to: number
}

function covered(i: number, count: number, of: number): Span {
  return { from: Math.floor((i * of) / count), to: Math.ceil(((i + 1) * of) / count) }
}

function meanColour({ width, rgb }: Raster, columns: Span, rows: Span): number[] {
  const sums = [0, 0, 0]
  for (let y = rows.from; y < rows.to; y += 1) {
    for (let x = columns.from; x < columns.to; x += 1) {
      for (let c = 0; c < 3; c += 1) {
        sums[c] = (sums[c] ?? 0) + (rgb[(y * width + x) * 3 + c] ?? 0)
      }
    }
  }
  const count = (columns.to - columns.from) * (rows.to - rows.from)
  return sums.map((sum) => Math.round(sum / count))
}
