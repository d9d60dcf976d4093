import { AppError } from '../errors.ts'
import { latin1 } from './bytes.ts'
import type { PdfSource } from './source.ts'
import { isKind, type PdfDict, type PdfRef, type PdfString, type PdfValue } from './values.ts'

/** Deeper nesting is hostile: real files stay below twenty. */
const DEPTH_MAX = 100
const FIRST_WINDOW_BYTES = 4 * 1024
/** One object's text, without stream data. A larger one is hostile or useless to us. */
const WINDOW_BYTES_MAX = 16 * 1024 * 1024

const REGULAR = 0
const SPACE = 1
const DELIMITER = 2

/** Character classes (ISO 32000-2 §7.2.3). */
const CLASS = new Uint8Array(256)
for (const c of [0, 9, 10, 12, 13, 32]) CLASS[c] = SPACE
for (const c of Buffer.from('()<>[]{}/%')) CLASS[c] = DELIMITER

/** Thrown when the text of an object goes on past the window: read a larger one and start again. */
class WindowTooSmall extends Error {}

export function damaged(what: string): AppError {
  return new AppError('pdf-damaged', `The PDF cannot be read: ${what}.`)
}

/** A position in a window of the file. Parsing functions move it. */
export interface Cursor {
  readonly bytes: Uint8Array
  pos: number
  /** Whether the file (or object stream) ends where `bytes` ends. */
  readonly isLast: boolean
}

/**
 * Parse at an offset of the file with a window that grows as needed.
 *
 * @throws AppError `pdf-damaged` when the text is malformed or larger than any honest object.
 */
export function parseAt<T>(source: PdfSource, offset: number, parse: (cursor: Cursor) => T): T {
  for (let size = FIRST_WINDOW_BYTES; ; size *= 8) {
    const bytes = source.read(offset, offset + size)
    const isLast = offset + bytes.length >= source.length
    try {
      return parse({ bytes, pos: 0, isLast })
    } catch (error) {
      if (!(error instanceof WindowTooSmall)) throw error
      if (size > WINDOW_BYTES_MAX) throw damaged(`an object at ${offset} is too large`)
    }
  }
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

function isRegular(byte: number): boolean {
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

/** An unsigned integer at the cursor, or undefined. At most 15 digits, so it is exact. */
export function takeInteger(cursor: Cursor): number | undefined {
  const start = cursor.pos
  let value = 0
  while (isDigit(peek(cursor))) {
    value = value * 10 + peek(cursor) - 0x30
    cursor.pos += 1
    if (cursor.pos - start > 15) throw damaged('a number is too long')
  }
  return cursor.pos === start ? undefined : value
}

/** `N G obj` at the cursor (ISO 32000-2 §7.3.10), or undefined with the cursor where it was. */
export function takeObjectHeader(cursor: Cursor): PdfRef | undefined {
  const start = cursor.pos
  skipSpace(cursor)
  const number = takeInteger(cursor)
  if (number !== undefined) {
    skipSpace(cursor)
    const generation = takeInteger(cursor)
    skipSpace(cursor)
    if (generation !== undefined && takeKeyword(cursor, 'obj')) {
      return { kind: 'ref', number, generation }
    }
  }
  cursor.pos = start
  return undefined
}

/** Where each value of a dictionary or item of an array stands, for edits that keep the rest. */
export interface Span {
  readonly start: number
  readonly end: number
}

/**
 * One object at the cursor (ISO 32000-2 §7.3).
 *
 * @throws AppError `pdf-damaged`.
 */
export function parseValue(cursor: Cursor, depth = 0): PdfValue {
  if (depth > DEPTH_MAX) throw damaged('objects are nested too deeply')
  skipSpace(cursor)
  const byte = peek(cursor)
  switch (byte) {
    case 0x2f:
      return { kind: 'name', name: parseName(cursor) }
    case 0x28:
      return parseLiteralString(cursor)
    case 0x5b:
      return { kind: 'array', items: parseItems(cursor, depth) }
    case 0x3c:
      return cursor.bytes[cursor.pos + 1] === 0x3c
        ? parseDict(cursor, depth)
        : parseHexString(cursor)
    default:
      return isDigit(byte) || byte === 0x2b || byte === 0x2d || byte === 0x2e
        ? parseNumberOrRef(cursor)
        : parseKeyword(cursor)
  }
}

/** The items of an array; `spans`, when given, receives where each stands. */
export function parseItems(cursor: Cursor, depth: number, spans?: Span[]): PdfValue[] {
  cursor.pos += 1
  const items: PdfValue[] = []
  for (;;) {
    skipSpace(cursor)
    if (peek(cursor) === 0x5d) {
      cursor.pos += 1
      return items
    }
    const start = cursor.pos
    items.push(parseValue(cursor, depth + 1))
    spans?.push({ start, end: cursor.pos })
  }
}

/** A dictionary; `spans`, when given, receives where the value of each key stands. */
export function parseDict(cursor: Cursor, depth: number, spans?: Map<string, Span>): PdfDict {
  cursor.pos += 2
  const entries = new Map<string, PdfValue>()
  for (;;) {
    skipSpace(cursor)
    const byte = peek(cursor)
    if (byte === 0x3e && takeKeyword(cursor, '>>')) return { kind: 'dict', entries }
    if (byte !== 0x2f) throw damaged('a dictionary key is not a name')
    const key = parseName(cursor)
    skipSpace(cursor)
    const start = cursor.pos
    entries.set(key, parseValue(cursor, depth + 1))
    spans?.set(key, { start, end: cursor.pos })
  }
}

function parseName(cursor: Cursor): string {
  const start = cursor.pos + 1
  cursor.pos = start
  while (isRegular(peek(cursor))) cursor.pos += 1
  const text = latin1(cursor.bytes, start, cursor.pos)
  if (!text.includes('#')) return text
  return text.replace(/#([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

function parseNumberOrRef(cursor: Cursor): number | PdfRef {
  const first = parseNumber(cursor)
  if (!Number.isInteger(first) || first < 0) return first
  const afterFirst = cursor.pos
  // A reference is told from two numbers only by the `R` that follows.
  if (isSpace(peek(cursor))) {
    skipSpace(cursor)
    if (isDigit(peek(cursor))) {
      const generation = takeInteger(cursor)
      if (generation !== undefined && isSpace(peek(cursor))) {
        skipSpace(cursor)
        if (peek(cursor) === 0x52) {
          cursor.pos += 1
          if (!isRegular(peek(cursor))) return { kind: 'ref', number: first, generation }
        }
      }
    }
  }
  cursor.pos = afterFirst
  return first
}

function parseNumber(cursor: Cursor): number {
  const start = cursor.pos
  while (isRegular(peek(cursor))) cursor.pos += 1
  const text = latin1(cursor.bytes, start, cursor.pos)
  // `--5`, `5-3` and the like are written by real producers; readers take what makes sense.
  const value = Number.parseFloat(text.replace(/^[+-]*(?=[+-])/, ''))
  return Number.isFinite(value) ? value : 0
}

function parseKeyword(cursor: Cursor): null | boolean {
  const start = cursor.pos
  while (isRegular(peek(cursor))) cursor.pos += 1
  switch (latin1(cursor.bytes, start, cursor.pos)) {
    case 'true':
      return true
    case 'false':
      return false
    case 'null':
      return null
    default:
      throw damaged('an object is malformed')
  }
}

function parseLiteralString(cursor: Cursor): PdfString {
  const out: number[] = []
  let open = 1
  cursor.pos += 1
  for (;;) {
    const byte = takeByte(cursor)
    if (byte === 0x5c) takeEscape(cursor, out)
    else if (byte === 0x28) {
      open += 1
      out.push(byte)
    } else if (byte === 0x29) {
      open -= 1
      if (open === 0) return { kind: 'string', bytes: Uint8Array.from(out) }
      out.push(byte)
    } else if (byte === 13) {
      if (peek(cursor) === 10) cursor.pos += 1
      out.push(10)
    } else out.push(byte)
  }
}

const ESCAPES: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, b: 8, f: 12 }

/** A reverse solidus and what follows it (ISO 32000-2 §7.3.4.2, Table 3). */
function takeEscape(cursor: Cursor, out: number[]): void {
  const byte = takeByte(cursor)
  if (byte === 13) {
    if (peek(cursor) === 10) cursor.pos += 1
  } else if (byte >= 0x30 && byte <= 0x37) {
    let value = byte - 0x30
    for (let i = 0; i < 2 && peek(cursor) >= 0x30 && peek(cursor) <= 0x37; i += 1) {
      value = value * 8 + takeByte(cursor) - 0x30
    }
    out.push(value & 0xff)
  } else if (byte !== 10) {
    out.push(ESCAPES[String.fromCharCode(byte)] ?? byte)
  }
}

function takeByte(cursor: Cursor): number {
  const byte = peek(cursor)
  if (byte === -1) throw damaged('the file ends inside an object')
  cursor.pos += 1
  return byte
}

function parseHexString(cursor: Cursor): PdfString {
  const start = cursor.pos + 1
  const end = cursor.bytes.indexOf(0x3e, start)
  if (end === -1 && !cursor.isLast) throw new WindowTooSmall()
  const text = latin1(cursor.bytes, start, end)
  const digits = text.replace(/[\0\t\n\f\r ]/g, '')
  if (end === -1 || /[^0-9a-fA-F]/.test(digits)) throw damaged('a hexadecimal string is malformed')
  cursor.pos = end + 1
  return { kind: 'string', bytes: Buffer.from(digits.length % 2 ? `${digits}0` : digits, 'hex') }
}

/** A dictionary at the cursor, or undefined when another kind of object stands there. */
export function parseDictValue(cursor: Cursor): PdfDict | undefined {
  const value = parseValue(cursor)
  return isKind(value, 'dict') ? value : undefined
}
