import {
  CLASS,
  type Cursor,
  damaged,
  isDigit,
  isRegular,
  isSpace,
  peek,
  REGULAR,
  skipSpace,
  takeInteger,
  takeKeyword,
  WindowTooSmall,
} from './cursor.ts'
import { parseHexString, parseLiteralString } from './parse-string.ts'
import { tokenOf } from './tokens.ts'
import type { PdfDict, PdfRef, PdfValue } from './values.ts'

/** Deeper nesting is hostile: real files stay below twenty. */
const DEPTH_MAX = 250
/** Values within one object: a page tree or a form of one level has a hundred thousand at most. */
const VALUES_MAX = 250_000

const PERCENT = 0x25
const OPENING_PARENTHESIS = 0x28
const PLUS = 0x2b
const MINUS = 0x2d
const POINT = 0x2e
const SOLIDUS = 0x2f
const LESS_THAN = 0x3c
const GREATER_THAN = 0x3e
const OPENING_BRACKET = 0x5b
const CLOSING_BRACKET = 0x5d

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
  cursor.values += 1
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
      return isDigit(byte) || isSign(byte) || byte === POINT
        ? parseNumberOrRef(cursor)
        : parseKeyword(cursor, depth)
  }
}

function isSign(byte: number): boolean {
  return byte === PLUS || byte === MINUS
}

/** The items of an array. */
function parseItems(cursor: Cursor, depth: number): PdfValue[] {
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
  return tokenOf(bytes, start, pos)
}

/** A name at the cursor, escapes decoded. */
export function parseName(cursor: Cursor): string {
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

/** More digits than this give no exact integer. */
const EXACT_DIGITS = 15
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, exponent) => 10 ** exponent)

function parseNumber(cursor: Cursor): number {
  const start = cursor.pos
  const sign = peek(cursor)
  if (isSign(sign)) cursor.pos += 1
  let digits = 0
  let decimals = -1
  let value = 0
  for (let byte = peek(cursor); ; byte = peek(cursor)) {
    if (isDigit(byte)) {
      value = value * 10 + byte - 0x30
      digits += 1
      if (decimals >= 0) decimals += 1
    } else if (byte === POINT && decimals === -1) decimals = 0
    else break
    cursor.pos += 1
  }
  if (digits === 0 || digits > EXACT_DIGITS || isRegular(peek(cursor))) {
    cursor.pos = start
    return parseOddNumber(cursor)
  }
  // Of two exact numbers the quotient is the nearest there is, as `parseFloat` would have it.
  const magnitude = decimals > 0 ? value / (POWERS[decimals] ?? 1) : value
  return sign === MINUS ? -magnitude : magnitude
}

/** `--5`, `5-3` and the like are written by real producers; readers take what makes sense. */
function parseOddNumber(cursor: Cursor): number {
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
