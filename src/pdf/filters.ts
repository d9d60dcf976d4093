import { inflateRawSync, inflateSync, constants as zlib } from 'node:zlib'
import { latin1 } from './bytes.ts'
import { damaged } from './cursor.ts'
import { asKind, isKind, type PdfDict, type PdfObject, type PdfValue } from './values.ts'

/** The most a stream may grow to when decoded: more is a bomb, or no stream that sealing needs. */
const DECODED_BYTES_MAX = 32 * 1024 * 1024
const FILTERS_MAX = 8

type Resolve = (value: PdfValue | undefined) => PdfObject

/**
 * Undo a stream's filters (ISO 32000-2 §7.4) as far as structure needs: Flate with predictors,
 * ASCIIHex, ASCII85 and RunLength. LZW and image filters are never met there.
 *
 * @throws AppError `pdf-damaged` for an unknown filter, broken data or too much of it.
 */
export function decodeStream(dict: PdfDict, data: Uint8Array, resolve: Resolve): Uint8Array {
  const names = listOf(resolve(dict.entries.get('Filter')), resolve)
  const parms = listOf(resolve(dict.entries.get('DecodeParms')), resolve)
  if (names.length > FILTERS_MAX) throw damaged('a stream has too many filters')
  return names.reduce<Uint8Array>((bytes, filter, index) => {
    const filterName = asKind(filter, 'name')?.name ?? ''
    return applyFilter(filterName, bytes, asKind(parms[index], 'dict'), resolve)
  }, data)
}

function listOf(value: PdfObject, resolve: Resolve): PdfObject[] {
  if (value === null) return []
  return isKind(value, 'array') ? value.items.map(resolve) : [value]
}

function applyFilter(
  filter: string,
  bytes: Uint8Array,
  parms: PdfDict | undefined,
  resolve: Resolve,
): Uint8Array {
  switch (filter) {
    case 'FlateDecode':
    case 'Fl':
      return undoPredictor(inflate(bytes), parms, resolve)
    case 'ASCIIHexDecode':
    case 'AHx':
      return Buffer.from(latin1(bytes).replace(/>.*$|\s/gs, ''), 'hex')
    case 'ASCII85Decode':
    case 'A85':
      return decodeAscii85(bytes)
    case 'RunLengthDecode':
    case 'RL':
      return decodeRunLength(bytes)
    case 'Crypt':
      return bytes
    default:
      throw damaged(`a stream it needs has the filter ${filter}`)
  }
}

const INFLATE = { maxOutputLength: DECODED_BYTES_MAX, finishFlush: zlib.Z_SYNC_FLUSH }

/**
 * A stream that is cut short or ends in garbage still gives what came before, and one with a wrong
 * checksum or header all of it, as in other readers.
 */
function inflate(bytes: Uint8Array): Uint8Array {
  try {
    return inflateSync(bytes, INFLATE)
  } catch (error) {
    if (error instanceof RangeError) throw damaged('a stream is too large')
    return inflateBare(bytes)
  }
}

function inflateBare(bytes: Uint8Array): Uint8Array {
  try {
    return inflateRawSync(bytes.subarray(2), INFLATE)
  } catch (error) {
    const isTooLarge = error instanceof RangeError
    throw damaged(isTooLarge ? 'a stream is too large' : 'a compressed stream is broken')
  }
}

function undoPredictor(
  bytes: Uint8Array,
  parms: PdfDict | undefined,
  resolve: Resolve,
): Uint8Array {
  const number = (key: string, otherwise: number) => {
    const value = resolve(parms?.entries.get(key))
    return typeof value === 'number' ? value : otherwise
  }
  const predictor = number('Predictor', 1)
  if (predictor < 2) return bytes
  const bitsPerPixel = number('Colors', 1) * number('BitsPerComponent', 8)
  const pixelBytes = Math.max(1, Math.ceil(bitsPerPixel / 8))
  const rowBytes = Math.ceil((bitsPerPixel * number('Columns', 1)) / 8)
  if (!(rowBytes >= 1 && rowBytes <= 1_000_000)) throw damaged('a predictor is malformed')
  return predictor === 2
    ? undoTiffPredictor(bytes, rowBytes, pixelBytes)
    : undoPngPredictor(bytes, rowBytes, pixelBytes)
}

/** TIFF predictor for 8-bit components, the only form structure streams have. */
function undoTiffPredictor(bytes: Uint8Array, rowBytes: number, pixelBytes: number): Uint8Array {
  const out = Uint8Array.from(bytes)
  for (let i = 0; i < out.length; i += 1) {
    if (i % rowBytes >= pixelBytes) out[i] = at(out, i) + at(out, i - pixelBytes)
  }
  return out
}

/** PNG filters 0 to 4 (ISO/IEC 15948 §9). */
function undoPngPredictor(bytes: Uint8Array, rowBytes: number, pixelBytes: number): Uint8Array {
  const rows = Math.ceil(bytes.length / (rowBytes + 1))
  const out = new Uint8Array(rows * rowBytes)
  for (let row = 0; row < rows; row += 1) {
    const from = row * (rowBytes + 1) + 1
    const to = row * rowBytes
    const filter = at(bytes, from - 1)
    if (filter > 4) throw damaged('a predictor row is malformed')
    for (let i = 0; i < rowBytes; i += 1) out[to + i] = at(bytes, from + i)
    if (filter === 2 && row > 0) addRowAbove(out, to, rowBytes)
    else if (filter !== 0 && filter !== 2) undoPngRow(out, { row, filter, rowBytes, pixelBytes })
  }
  return out
}

/** The filter nearly every cross-reference stream has. */
function addRowAbove(out: Uint8Array, to: number, rowBytes: number): void {
  for (let i = to; i < to + rowBytes; i += 1) out[i] = at(out, i) + at(out, i - rowBytes)
}

interface PngRow {
  readonly row: number
  readonly filter: number
  readonly rowBytes: number
  readonly pixelBytes: number
}

function undoPngRow(out: Uint8Array, { row, filter, rowBytes, pixelBytes }: PngRow): void {
  const to = row * rowBytes
  for (let i = to; i < to + rowBytes; i += 1) {
    const hasLeft = i - to >= pixelBytes
    const left = hasLeft ? at(out, i - pixelBytes) : 0
    const up = row > 0 ? at(out, i - rowBytes) : 0
    const upLeft = hasLeft && row > 0 ? at(out, i - rowBytes - pixelBytes) : 0
    out[i] = at(out, i) + pngPrediction(filter, left, up, upLeft)
  }
}

function pngPrediction(filter: number, left: number, up: number, upLeft: number): number {
  if (filter === 1) return left
  return filter === 3 ? (left + up) >> 1 : paeth(left, up, upLeft)
}

function paeth(left: number, up: number, upLeft: number): number {
  const estimate = left + up - upLeft
  const toLeft = Math.abs(estimate - left)
  const toUp = Math.abs(estimate - up)
  const toUpLeft = Math.abs(estimate - upLeft)
  if (toLeft <= toUp && toLeft <= toUpLeft) return left
  return toUp <= toUpLeft ? up : upLeft
}

function at(bytes: Uint8Array, index: number): number {
  return bytes[index] ?? 0
}

const Z = 0x7a
const TILDE = 0x7e

function decodeAscii85(bytes: Uint8Array): Uint8Array {
  const zeros = bytes.reduce((sum, byte) => sum + (byte === Z ? 1 : 0), 0)
  const out = Buffer.alloc(4 * (zeros + Math.ceil(bytes.length / 5) + 1))
  let length = 0
  let value = 0
  let digits = 0
  // `<~` may stand before the data, `~>` after it.
  for (let i = bytes[0] === 0x3c ? 2 : 0; i < bytes.length && bytes[i] !== TILDE; i += 1) {
    const byte = at(bytes, i)
    if (byte === Z && digits === 0) length += 4
    if (byte < 0x21 || byte > 0x75) continue
    value = value * 85 + byte - 0x21
    digits += 1
    if (digits < 5) continue
    length = out.writeUInt32BE(value % 2 ** 32, length)
    value = 0
    digits = 0
  }
  if (digits < 2) return out.subarray(0, length)
  const padded = value * 85 ** (5 - digits) + (85 ** (5 - digits) - 1)
  out.writeUInt32BE(padded % 2 ** 32, length)
  return out.subarray(0, length + digits - 1)
}

function decodeRunLength(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = []
  let total = 0
  for (let i = 0; i < bytes.length && at(bytes, i) !== 128; ) {
    const length = at(bytes, i)
    const isCopy = length < 128
    const part = isCopy
      ? bytes.subarray(i + 1, i + 2 + length)
      : new Uint8Array(257 - length).fill(at(bytes, i + 1))
    parts.push(part)
    total += part.length
    if (total > DECODED_BYTES_MAX) throw damaged('a stream is too large')
    i += isCopy ? length + 2 : 2
  }
  return Buffer.concat(parts)
}
