import { latin1 } from './bytes.ts'
import {
  type Cursor,
  damaged,
  isDigit,
  isSpace,
  parseAt,
  peek,
  skipSpace,
  takeInteger,
  takeKeyword,
} from './cursor.ts'
import { isDictAt, parseDict } from './parser.ts'
import { makeRunFinder, type Run } from './runs.ts'
import { FREE, RUNS_MAX, type XrefEntry, type XrefSection } from './section.ts'
import type { PdfSource } from './source.ts'
import type { PdfDict } from './values.ts'

interface Subsection extends Run {
  /** Offset of the first entry. */
  readonly start: number
  /** The entries themselves where they are not 20 octets each, as they should be. */
  readonly sloppy: readonly XrefEntry[] | undefined
}

const ENTRY_BYTES = 20

/** @param start - Just after `xref`. */
export function readClassicSection(source: PdfSource, start: number, base: number): XrefSection {
  const subsections: Subsection[] = []
  let position = start
  for (;;) {
    const header = parseAt(source, position, takeSubsectionHeader)
    if (header === undefined) break
    const { first, count } = header
    const from = position + header.bytes
    const end = from + count * ENTRY_BYTES
    const isRegular =
      count === 0 ||
      (entryAt(source, from, base) !== undefined &&
        entryAt(source, end - ENTRY_BYTES, base) !== undefined)
    const sloppy = isRegular ? undefined : readSloppyEntries(source, from, count, base)
    subsections.push({ first, count, start: from, sloppy: sloppy?.entries })
    position = sloppy?.end ?? end
    if (subsections.length > RUNS_MAX) throw damaged('its cross-reference has too many parts')
  }
  const findRun = makeRunFinder(subsections)
  return {
    kind: 'classic',
    trailer: readTrailer(source, position),
    runs: subsections,
    find(number) {
      const run = findRun(number)
      if (run === undefined) return undefined
      if (run.sloppy !== undefined) return run.sloppy[number - run.first]
      const entry = entryAt(source, run.start + (number - run.first) * ENTRY_BYTES, base)
      if (entry === undefined) throw damaged('an entry of its cross-reference is malformed')
      return entry
    },
  }
}

function readTrailer(source: PdfSource, offset: number): PdfDict {
  const trailer = parseAt(source, offset, (cursor) => {
    skipSpace(cursor)
    if (!takeKeyword(cursor, 'trailer')) return undefined
    skipSpace(cursor)
    return isDictAt(cursor) ? parseDict(cursor, 0) : undefined
  })
  if (trailer === undefined) throw damaged('its cross-reference has no trailer')
  return trailer
}

function takeSubsectionHeader(cursor: Cursor) {
  skipSpace(cursor)
  const first = takeInteger(cursor)
  if (first === undefined) return undefined
  skipSpace(cursor)
  const count = takeInteger(cursor)
  if (count === undefined) return undefined
  while (isSpace(peek(cursor))) cursor.pos += 1
  return { first, count, bytes: cursor.pos }
}

/** The entry in the 20 octets at an offset, or undefined when they have another form. */
function entryAt(source: PdfSource, at: number, base: number): XrefEntry | undefined {
  const bytes = source.read(at, at + ENTRY_BYTES)
  const offset = digitsOf(bytes, 0, 10)
  const generation = digitsOf(bytes, 11, 16)
  const hasForm =
    offset !== undefined &&
    generation !== undefined &&
    bytes[10] === 0x20 &&
    bytes[16] === 0x20 &&
    isSpace(bytes[18] ?? 0x20) &&
    isSpace(bytes[19] ?? 0x20)
  return hasForm ? makeEntry(offset, generation, bytes[17], base) : undefined
}

function makeEntry(offset: number, generation: number, type: number | undefined, base: number) {
  if (type === 0x66) return FREE
  if (type !== 0x6e) return undefined
  // Some writers mark an object they dropped as in use at offset 0.
  if (offset === 0) return FREE
  return { type: 'offset', offset: offset + base, generation } as const
}

function digitsOf(bytes: Uint8Array, start: number, end: number): number | undefined {
  let value = 0
  for (let i = start; i < end; i += 1) {
    const byte = bytes[i] ?? 0
    if (!isDigit(byte)) return undefined
    value = value * 10 + byte - 0x30
  }
  return value
}

/** Entries of a table that is not laid out in 20 octets each are read one by one. */
const SLOPPY_ENTRIES_MAX = 200_000
const SLOPPY_ENTRY_BYTES_MAX = 40

/** Entries of 19 or 21 octets and the like, as other readers take them. */
function readSloppyEntries(source: PdfSource, start: number, count: number, base: number) {
  if (count > SLOPPY_ENTRIES_MAX) throw damaged('its cross-reference is malformed')
  const text = latin1(source.read(start, start + count * SLOPPY_ENTRY_BYTES_MAX))
  const pattern = /\s*(\d{1,10})\s+(\d{1,5})\s+([nf])(?=\s|$)/y
  const entries: XrefEntry[] = []
  let end = start
  while (entries.length < count) {
    const match = pattern.exec(text)
    const entry =
      match && makeEntry(Number(match[1]), Number(match[2]), match[3]?.charCodeAt(0), base)
    if (!entry) throw damaged('its cross-reference is malformed')
    entries.push(entry)
    end = start + pattern.lastIndex
  }
  return { entries, end }
}
