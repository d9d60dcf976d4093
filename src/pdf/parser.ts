import { AppError } from '../errors.ts'
import type { PdfSource } from './source.ts'
import type { PdfDict, PdfRef, PdfString, PdfValue } from './values.ts'

/** Deeper nesting is hostile: real files stay below twenty. */
const DEPTH_MAX = 250
const FIRST_WINDOW_BYTES = 4 * 1024
/** One object's text, without stream data. A larger one is hostile or useless to us. */
const WINDOW_BYTES_MAX = 16 * 1024 * 1024
/** Values within one object: a page tree or a form of one level has a hundred thousand at most. */
const VALUES_MAX = 250_000

const REGULAR = 0
const SPACE = 1
const DELIMITER = 2

/** Character classes (ISO 32000-2 §7.2.3). */
const CLASS = new Uint8Array(256)
for (const c of [0, 9, 10, 12, 13, 32]) CLASS[c] = SPACE
for (const c of Buffer.from('()<>[]{}/%')) CLASS[c] = DELIMITER

const PERCENT = 0x25
const OPENING_PARENTHESIS = 0x28
const CLOSING_PARENTHESIS = 0x29
const SOLIDUS = 0x2f
const LESS_THAN = 0x3c
const GREATER_THAN = 0x3e
const OPENING_BRACKET = 0x5b
const REVERSE_SOLIDUS = 0x5c
const CLOSING_BRACKET = 0x5d

/** Thrown when the text of an object goes on past the window: read a larger one and start again. */
class WindowTooSmall extends Error {}

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
  wasForgiving?: boolean
  /** How many values were parsed. */
  values?: number
}

/** A cursor on octets that are all there is. */
export function cursorOn(bytes: Uint8Array, pos = 0): Cursor {
  return { bytes: asBuffer(bytes), pos, isLast: true }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
}

/**
 * Parse at an offset of the file with a window that grows as needed.
 *
 * @throws AppError `pdf-damaged` when the text is malformed or larger than any honest object.
 */
export function parseAt<T>(source: PdfSource, offset: number, parse: (cursor: Cursor) => T): T {
  for (let size = FIRST_WINDOW_BYTES; size <= WINDOW_BYTES_MAX; size *= 8) {
    const bytes = asBuffer(source.read(offset, offset + size))
    const isLast = offset + bytes.length >= source.length
    try {
      return parse({ bytes, pos: 0, isLast })
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
    else if (byte === PERCENT) skipLine(cursor)
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

/** The cursor after `stream` and its end of line, or undefined when no stream follows. */
export function takeStreamStart(cursor: Cursor): number | undefined {
  skipSpace(cursor)
  if (!takeKeyword(cursor, 'stream')) return undefined
  // Spaces before the end of line, and CR alone, are not allowed and are met.
  while (peek(cursor) === 32) cursor.pos += 1
  if (peek(cursor) === 13) cursor.pos += 1
  if (peek(cursor) === 10) cursor.pos += 1
  return cursor.pos
}

/** Where a value stands, for edits that keep the rest. */
export interface Span {
  readonly start: number
  readonly end: number
}

/** Whether a dictionary begins at the cursor. */
export function isDictAt(cursor: Cursor): boolean {
  if (peek(cursor) !== LESS_THAN) return false
  const next = cursor.bytes[cursor.pos + 1]
  if (next === undefined && !cursor.isLast) throw new WindowTooSmall()
  return next === LESS_THAN
}

/**
 * One object at the cursor (ISO 32000-2 §7.3).
 *
 * @throws AppError `pdf-damaged`.
 */
export function parseValue(cursor: Cursor, depth = 0): PdfValue {
  if (depth > DEPTH_MAX) throw damaged('objects are nested too deeply')
  cursor.values = (cursor.values ?? 0) + 1
  if (cursor.values > VALUES_MAX) throw damaged('an object is too large')
  skipSpace(cursor)
  const byte = peek(cursor)
  switch (byte) {
    case SOLIDUS:
      return { kind: 'name', name: parseName(cursor) }
    case OPENING_PARENTHESIS:
      return parseLiteralString(cursor)
    case OPENING_BRACKET:
      return { kind: 'array', items: parseItems(cursor, depth) }
    case LESS_THAN:
      return isDictAt(cursor) ? parseDict(cursor, depth) : parseHexString(cursor)
    default:
      return isDigit(byte) || byte === 0x2b || byte === 0x2d || byte === 0x2e
        ? parseNumberOrRef(cursor)
        : parseKeyword(cursor, depth)
  }
}

/** The items of an array. */
export function parseItems(cursor: Cursor, depth: number): PdfValue[] {
  cursor.pos += 1
  const items: PdfValue[] = []
  for (;;) {
    skipSpace(cursor)
    if (peek(cursor) === CLOSING_BRACKET) {
      cursor.pos += 1
      return items
    }
    items.push(parseValue(cursor, depth + 1))
  }
}

/**
 * A dictionary; `spans`, when given, receives where the value of each key stands. A value without a
 * key is passed over and a key without a value has null, as readers have it.
 */
export function parseDict(cursor: Cursor, depth: number, spans?: Map<string, Span>): PdfDict {
  cursor.pos += 2
  const entries = new Map<string, PdfValue>()
  for (;;) {
    skipSpace(cursor)
    const byte = peek(cursor)
    if (byte === GREATER_THAN && takeKeyword(cursor, '>>')) return { kind: 'dict', entries }
    if (byte !== SOLIDUS) {
      cursor.wasForgiving = true
      parseValue(cursor, depth + 1)
      continue
    }
    const key = parseName(cursor)
    skipSpace(cursor)
    const start = cursor.pos
    const isEnd = peek(cursor) === GREATER_THAN
    if (isEnd || entries.has(key)) cursor.wasForgiving = true
    entries.set(key, isEnd ? null : parseValue(cursor, depth + 1))
    spans?.set(key, { start, end: cursor.pos })
  }
}

/** Passes the regular characters at the cursor. */
function takeToken(cursor: Cursor): string {
  const start = cursor.pos
  const { bytes } = cursor
  let pos = start
  while (CLASS[bytes[pos] ?? PERCENT] === REGULAR) pos += 1
  cursor.pos = pos
  if (pos === bytes.length) peek(cursor)
  return bytes.toString('latin1', start, pos)
}

function parseName(cursor: Cursor): string {
  cursor.pos += 1
  const text = takeToken(cursor)
  if (!text.includes('#')) return text
  return text.replace(/#([0-9a-fA-F]{2})/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
}

function parseNumberOrRef(cursor: Cursor): number | PdfRef {
  const start = cursor.pos
  const first = takeInteger(cursor)
  if (first === undefined || isRegular(peek(cursor))) {
    cursor.pos = start
    return parseNumber(cursor)
  }
  const afterFirst = cursor.pos
  // A reference is told from two numbers only by the `R` that follows.
  if (isSpace(peek(cursor))) {
    skipSpace(cursor)
    const generation = takeInteger(cursor)
    if (generation !== undefined && isSpace(peek(cursor))) {
      skipSpace(cursor)
      if (peek(cursor) === 0x52) {
        cursor.pos += 1
        if (!isRegular(peek(cursor))) return { kind: 'ref', number: first, generation }
      }
    }
  }
  cursor.pos = afterFirst
  return first
}

/** `--5`, `5-3` and the like are written by real producers; readers take what makes sense. */
function parseNumber(cursor: Cursor): number {
  const token = takeToken(cursor)
  if (!/^[+-]?\d*\.?\d*$/.test(token)) cursor.wasForgiving = true
  const value = Number.parseFloat(token.replace(/^[+-]*(?=[+-])/, ''))
  return Number.isFinite(value) ? value : 0
}

/** What ends an object that was never closed: it must not swallow the ones that follow. */
const STRUCTURAL = new Set(['', 'obj', 'endobj', 'stream', 'endstream', 'xref', 'trailer'])

/** An unknown word inside an object is null, as readers have it. */
function parseKeyword(cursor: Cursor, depth: number): null | boolean {
  const word = takeToken(cursor)
  if (word === 'true') return true
  if (word === 'false') return false
  if (word !== 'null' && (depth === 0 || STRUCTURAL.has(word)))
    throw damaged('an object is malformed')
  if (word !== 'null') cursor.wasForgiving = true
  return null
}

function parseLiteralString(cursor: Cursor): PdfString {
  const start = cursor.pos + 1
  const { bytes } = cursor
  let open = 1
  let isPlain = true
  for (let pos = start; pos < bytes.length; pos += 1) {
    const byte = bytes[pos]
    if (byte === OPENING_PARENTHESIS) open += 1
    else if (byte === CLOSING_PARENTHESIS) {
      open -= 1
      if (open > 0) continue
      cursor.pos = pos + 1
      const inside = bytes.subarray(start, pos)
      return { kind: 'string', bytes: isPlain ? Uint8Array.from(inside) : undoEscapes(inside) }
    } else if (byte === REVERSE_SOLIDUS) {
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
    if (byte !== REVERSE_SOLIDUS) {
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

function parseHexString(cursor: Cursor): PdfString {
  const start = cursor.pos + 1
  const end = cursor.bytes.indexOf(GREATER_THAN, start)
  if (end === -1 && !cursor.isLast) throw new WindowTooSmall()
  if (end === -1) throw damaged('the file ends inside an object')
  cursor.pos = end + 1
  const text = cursor.bytes.toString('latin1', start, end)
  const digits = /^[0-9a-fA-F]*$/.test(text) ? text : text.replace(/[^0-9a-fA-F]/g, '')
  if (/[^0-9a-fA-F\s\0]/.test(text)) cursor.wasForgiving = true
  return { kind: 'string', bytes: Buffer.from(digits.length % 2 ? `${digits}0` : digits, 'hex') }
}
