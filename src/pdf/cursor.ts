import { AppError } from '../errors.ts'
import { asBuffer } from './bytes.ts'
import { type PdfSource, WINDOW_BYTES_MAX } from './source.ts'

export const REGULAR = 0
const SPACE = 1
const DELIMITER = 2

/** Character classes (ISO 32000-2 §7.2.3). */
export const CLASS = new Uint8Array(256)
for (const c of [0, 9, 10, 12, 13, 32]) CLASS[c] = SPACE
for (const c of Buffer.from('()<>[]{}/%')) CLASS[c] = DELIMITER

/** Thrown when the text of an object goes on past the window: read a larger one and start again. */
export class WindowTooSmall extends Error {}

export function damaged(what: string): AppError {
  return new AppError('pdf-damaged', `The PDF cannot be read: ${what}.`)
}

/** A position in a window of the file. Parsing functions move it. */
export interface Cursor {
  readonly bytes: Buffer
  pos: number
  /** Whether the file (or object stream) ends where `bytes` ends. */
  readonly isLast: boolean
  /** Whether something malformed was forgiven on the way. */
  wasForgiving: boolean
  /** How many values were parsed. */
  values: number
}

/** A cursor on octets that, unless said otherwise, are all there is. */
export function cursorOn(bytes: Uint8Array, pos = 0, isLast = true): Cursor {
  return { bytes: asBuffer(bytes), pos, isLast, wasForgiving: false, values: 0 }
}

/**
 * Parse at an offset of the file with a window that grows as needed.
 *
 * @throws AppError `pdf-damaged` when the text is malformed or larger than any honest object.
 */
export function parseAt<T>(source: PdfSource, offset: number, parse: (cursor: Cursor) => T): T {
  for (let size = source.windowBytes; size <= WINDOW_BYTES_MAX; size *= 8) {
    const bytes = source.read(offset, offset + size)
    const isLast = offset + bytes.length >= source.length
    try {
      return parse(cursorOn(bytes, 0, isLast))
    } catch (error) {
      if (!(error instanceof WindowTooSmall)) throw error
    }
  }
  throw damaged(`an object at ${offset} is too large`)
}

/** The octet at the cursor, or -1 at the end of the file. */
export function peek(cursor: Cursor): number {
  const byte = cursor.bytes[cursor.pos]
  if (byte !== undefined) return byte
  if (cursor.isLast) return -1
  throw new WindowTooSmall()
}

export function isSpace(byte: number): boolean {
  return byte >= 0 && CLASS[byte] === SPACE
}

export function isRegular(byte: number): boolean {
  return byte >= 0 && CLASS[byte] === REGULAR
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}

/** Skip white space and comments. */
export function skipSpace(cursor: Cursor): void {
  for (;;) {
    const byte = peek(cursor)
    if (isSpace(byte)) cursor.pos += 1
    else if (byte === 0x25) skipLine(cursor)
    else return
  }
}

function skipLine(cursor: Cursor): void {
  for (;;) {
    const byte = peek(cursor)
    if (byte === -1 || byte === 10 || byte === 13) return
    cursor.pos += 1
  }
}

/** Whether an ASCII keyword stands at the cursor; if so it is passed. */
export function takeKeyword(cursor: Cursor, keyword: string): boolean {
  for (let i = 0; i < keyword.length; i += 1) {
    const byte = cursor.bytes[cursor.pos + i]
    if (byte === undefined && !cursor.isLast) throw new WindowTooSmall()
    if (byte !== keyword.charCodeAt(i)) return false
  }
  cursor.pos += keyword.length
  return true
}

/** More digits than this are no exact integer. */
const DIGITS_MAX = 15

/** An unsigned integer at the cursor; undefined, with the cursor where it was, when there is none. */
export function takeInteger(cursor: Cursor): number | undefined {
  const start = cursor.pos
  let value = 0
  for (let byte = peek(cursor); isDigit(byte); byte = peek(cursor)) {
    value = value * 10 + byte - 0x30
    cursor.pos += 1
  }
  const digits = cursor.pos - start
  if (digits > 0 && digits <= DIGITS_MAX) return value
  cursor.pos = start
  return undefined
}
