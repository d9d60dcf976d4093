import { type Cursor, damaged, WindowTooSmall } from './cursor.ts'
import type { PdfString } from './values.ts'

/** A string in parentheses (ISO 32000-2 §7.3.4.2), the cursor before the first. @throws AppError. */
export function parseLiteralString(cursor: Cursor): PdfString {
  const start = cursor.pos + 1
  const { bytes } = cursor
  let open = 1
  let isPlain = true
  for (let pos = start; pos < bytes.length; pos += 1) {
    const byte = bytes[pos]
    if (byte === 0x28) open += 1
    else if (byte === 0x29) {
      open -= 1
      if (open > 0) continue
      cursor.pos = pos + 1
      const inside = bytes.subarray(start, pos)
      return { kind: 'string', bytes: isPlain ? new Uint8Array(inside) : undoEscapes(inside) }
    } else if (byte === 0x5c) {
      isPlain = false
      pos += 1
    } else if (byte === 13) isPlain = false
  }
  if (!cursor.isLast) throw new WindowTooSmall()
  throw damaged('the file ends inside an object')
}

const ESCAPES: Readonly<Record<number, number>> = { 110: 10, 114: 13, 116: 9, 98: 8, 102: 12 }

/** Undo escapes and bring every end of line to LF (ISO 32000-2 §7.3.4.2, Table 3). */
function undoEscapes(bytes: Uint8Array): Uint8Array {
  const out = new Uint8Array(bytes.length)
  let length = 0
  let pos = 0
  const take = () => bytes[pos++] ?? 10
  const takeLineFeed = () => {
    if (bytes[pos] === 10) pos += 1
  }
  while (pos < bytes.length) {
    const byte = take()
    if (byte === 13) takeLineFeed()
    if (byte !== 0x5c) {
      out[length++] = byte === 13 ? 10 : byte
      continue
    }
    const escaped = take()
    if (escaped === 13) takeLineFeed()
    if (escaped === 10 || escaped === 13) continue
    let value = ESCAPES[escaped] ?? escaped
    if (isOctal(escaped)) {
      value = escaped - 0x30
      for (let i = 0; i < 2 && isOctal(bytes[pos] ?? 0); i += 1) value = value * 8 + take() - 0x30
    }
    out[length++] = value
  }
  return out.subarray(0, length)
}

function isOctal(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x37
}

/** A hexadecimal string (ISO 32000-2 §7.3.4.3). @throws AppError. */
export function parseHexString(cursor: Cursor): PdfString {
  const start = cursor.pos + 1
  const end = cursor.bytes.indexOf(0x3e, start)
  if (end === -1 && !cursor.isLast) throw new WindowTooSmall()
  if (end === -1) throw damaged('the file ends inside an object')
  cursor.pos = end + 1
  const text = cursor.bytes.toString('latin1', start, end)
  const bytes = Buffer.from(text, 'hex')
  // It stops at the first thing that is no pair of digits.
  if (bytes.length * 2 === text.length) return { kind: 'string', bytes }
  if (/[^0-9a-fA-F\s\0]/.test(text)) cursor.wasForgiving = true
  const digits = text.replace(/[^0-9a-fA-F]/g, '')
  return { kind: 'string', bytes: Buffer.from(digits.length % 2 ? `${digits}0` : digits, 'hex') }
}
