import { inflateSync, constants as zlib } from 'node:zlib'
import { latin1 } from './bytes.ts'
import { damaged } from './parser.ts'
import { asKind, isKind, type PdfDict, type PdfObject, type PdfValue } from './values.ts'

/** The most a stream may grow to when decoded: more is a bomb, or no stream that sealing needs. */
const DECODED_BYTES_MAX = 64 * 1024 * 1024
const FILTERS_MAX = 8

type Resolve = (value: PdfValue | undefined) => PdfObject

/**
 * Undo a stream's filters (ISO 32000-2 §7.4) as far as structure needs: Flate with predictors,
 * ASCIIHex, ASCII85 and RunLength. Image filters are never needed here.
 *
 * @throws AppError `pdf-damaged` for an unknown filter, broken data or too much of it.
 */
export function decodeStream(dict: PdfDict, data: Uint8Array, resolve: Resolve): Uint8Array {
  const names = listOf(resolve(dict.entries.get('Filter') ?? dict.entries.get('F')), resolve)
  const parms = listOf(resolve(dict.entries.get('DecodeParms') ?? dict.entries.get('DP')), resolve)
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

/** A stream that is cut short or ends in garbage still gives what came before, as in other readers. */
function inflate(bytes: Uint8Array): Uint8Array {
  try {
    const options = { maxOutputLength: DECODED_BYTES_MAX, finishFlush: zlib.Z_SYNC_FLUSH }
    return inflateSync(bytes, options)
  } catch (cause) {
    const tooLarge = cause instanceof RangeError
    throw damaged(tooLarge ? 'a stream is too large' : 'a compressed stream is broken')
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
    const from = row * (rowBytes + 1)
    const to = row * rowBytes
    const filter = at(bytes, from)
    for (let i = 0; i < rowBytes; i += 1) {
      const left = i >= pixelBytes ? at(out, to + i - pixelBytes) : 0
      const up = row > 0 ? at(out, to + i - rowBytes) : 0
      const upLeft = row > 0 && i >= pixelBytes ? at(out, to + i - rowBytes - pixelBytes) : 0
      out[to + i] = at(bytes, from + 1 + i) + pngPrediction(filter, left, up, upLeft)
    }
  }
  return out
}

function pngPrediction(filter: number, left: number, up: number, upLeft: number): number {
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
      return paeth(left, up, upLeft)
    default:
      throw damaged('a predictor row is malformed')
  }
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

function decodeAscii85(bytes: Uint8Array): Uint8Array {
  const text = latin1(bytes).replace(/\s/g, '').replace(/^<~/, '').split('~')[0]
  const out: number[] = []
  let group: number[] = []
  for (const digit of text ?? '') {
    if (digit === 'z' && group.length === 0) {
      out.push(0, 0, 0, 0)
      continue
    }
    group.push(digit.charCodeAt(0) - 33)
    if (group.length === 5) {
      out.push(...base85(group, 4))
      group = []
    }
  }
  if (group.length > 1) {
    const known = group.length - 1
    while (group.length < 5) group.push(84)
    out.push(...base85(group, known))
  }
  return Uint8Array.from(out)
}

function base85(group: readonly number[], octets: number): number[] {
  const value = group.reduce((sum, digit) => sum * 85 + digit, 0)
  return [24, 16, 8, 0].slice(0, octets).map((shift) => Math.floor(value / 2 ** shift) & 0xff)
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
