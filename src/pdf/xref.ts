import { latin1 } from './bytes.ts'
import { decodeStream } from './filters.ts'
import {
  type Cursor,
  damaged,
  isDictAt,
  isDigit,
  isSpace,
  parseAt,
  parseDict,
  peek,
  skipSpace,
  takeInteger,
  takeKeyword,
  takeObjectHeader,
  takeStreamStart,
} from './parser.ts'
import { makeRunFinder, type Run } from './runs.ts'
import type { PdfSource } from './source.ts'
import { readStreamData } from './stream-data.ts'
import { asKind, isKind, type PdfDict } from './values.ts'

/** Where an object stands (ISO 32000-2 §7.5.4 and §7.5.8.3). Offsets are positions in the file. */
export type XrefEntry =
  | { readonly type: 'free' }
  | { readonly type: 'offset'; readonly offset: number; readonly generation: number }
  | { readonly type: 'compressed'; readonly stream: number; readonly index: number }

/** One cross-reference section: looked up in place, never copied into a map of all objects. */
export interface XrefSection {
  readonly kind: 'classic' | 'stream'
  readonly trailer: PdfDict
  /** @throws AppError `pdf-damaged` when the entry is malformed. */
  find(number: number): XrefEntry | undefined
  /** Object numbers the section speaks of. */
  readonly runs: readonly Run[]
}

/** All sections of a file, newest first, and how its offsets are to be read. */
export interface Xref {
  readonly sections: readonly XrefSection[]
  /**
   * The newest `startxref` as written in the file: what the next section's `/Prev` must say.
   * Undefined where it leads nowhere.
   */
  readonly startxref: number | undefined
  /** Added to every offset of the file: the length of junk before `%PDF-` where the file counts so. */
  readonly base: number
}

const SECTIONS_MAX = 2_000
const RUNS_MAX = 100_000
/** Entries of a table that is not laid out in 20 octets each are read one by one. */
const SLOPPY_ENTRIES_MAX = 200_000
const TAIL_BYTES = 2 * 1024
const TAIL_BYTES_MAX = 1024 * 1024
/** Object numbers above this are lies (ISO 32000-1 Annex C), and arithmetic on them is not safe. */
export const OBJECT_NUMBER_MAX = 8_388_607

const FREE: XrefEntry = { type: 'free' }

/**
 * Read the chain of sections from the newest `startxref` on (ISO 32000-2 §7.5.5).
 *
 * @param headerOffset - Where `%PDF-` stands: offsets may count from there.
 * @returns undefined when the chain is missing, leads nowhere or runs in a circle: readers then scan
 *   the file, and an update that carries a whole cross-reference satisfies them all.
 * @throws AppError `pdf-damaged` when it leads to something that is no section. Some readers follow
 *   it and some scan, so that no update could satisfy them all.
 */
export function readXref(source: PdfSource, headerOffset: number): Xref | undefined {
  const startxref = findStartxref(source)
  if (startxref === undefined) return undefined
  const bases = headerOffset > 0 ? [0, headerOffset] : [0]
  // Only where no base fits to the octet is white space before a section forgiven.
  const base =
    bases.find((candidate) => isSectionAt(source, startxref + candidate, 'exactly')) ??
    bases.find((candidate) => isSectionAt(source, startxref + candidate, 'after space'))
  if (base === undefined) return undefined
  const sections = readChain(source, startxref, base)
  return sections && { sections, startxref, base }
}

function findStartxref(source: PdfSource): number | undefined {
  for (const size of [TAIL_BYTES, TAIL_BYTES_MAX]) {
    const tail = latin1(source.read(Math.max(0, source.length - size), source.length))
    const last = [...tail.matchAll(/startxref\s*(\d{1,15})/g)].at(-1)
    if (last !== undefined) return Number(last[1])
  }
  return undefined
}

function isSectionAt(source: PdfSource, offset: number, where: 'exactly' | 'after space'): boolean {
  if (offset < 0 || offset >= source.length) return false
  return parseAt(source, offset, (cursor) => {
    while (where === 'after space' && isSpace(peek(cursor))) cursor.pos += 1
    if (takeKeyword(cursor, 'xref')) return true
    return isDigit(peek(cursor)) && takeObjectHeader(cursor) !== undefined
  })
}

function readChain(source: PdfSource, startxref: number, base: number): XrefSection[] | undefined {
  const sections: XrefSection[] = []
  const seen = new Set<number>()
  let offset: number | undefined = startxref
  while (offset !== undefined) {
    if (seen.has(offset) || seen.size >= SECTIONS_MAX) return undefined
    seen.add(offset)
    if (!isSectionAt(source, offset + base, 'after space')) return undefined
    const section = readSection(source, offset + base, base)
    sections.push(section)
    offset = previousOf(section.trailer)
  }
  return sections
}

/** `/Prev`. Some writers make a reference of it, and readers take its number for the offset. */
function previousOf({ entries }: PdfDict): number | undefined {
  const value = entries.get('Prev')
  if (isKind(value, 'ref')) return value.number
  return typeof value === 'number' && value >= 0 ? Math.trunc(value) : undefined
}

function readSection(source: PdfSource, offset: number, base: number): XrefSection {
  const tableStart = parseAt(source, offset, (cursor) => {
    skipSpace(cursor)
    return takeKeyword(cursor, 'xref') ? offset + cursor.pos : undefined
  })
  if (tableStart === undefined) return readStreamSection(source, offset, base)
  const table = readClassicSection(source, tableStart, base)
  const hidden = table.trailer.entries.get('XRefStm')
  const stream = typeof hidden === 'number' ? readHidden(source, hidden + base, base) : undefined
  return stream === undefined ? table : joinHybrid(table, stream)
}

/** A hybrid file's hidden section; one that is not there hides nothing (ISO 32000-2 §7.5.8.4). */
function readHidden(source: PdfSource, offset: number, base: number): XrefSection | undefined {
  return isSectionAt(source, offset, 'after space')
    ? readStreamSection(source, offset, base)
    : undefined
}

/** In a hybrid file an object that the table calls free may be defined by the hidden stream. */
function joinHybrid(table: XrefSection, stream: XrefSection): XrefSection {
  return {
    ...table,
    runs: [...table.runs, ...stream.runs],
    find(number) {
      const entry = table.find(number)
      return entry === undefined || entry.type === 'free' ? (stream.find(number) ?? entry) : entry
    },
  }
}

interface Subsection extends Run {
  /** Offset of the first entry. */
  readonly start: number
  /** The entries themselves where they are not 20 octets each, as they should be. */
  readonly sloppy: readonly XrefEntry[] | undefined
}

const ENTRY_BYTES = 20

/** @param start - Just after `xref`. */
function readClassicSection(source: PdfSource, start: number, base: number): XrefSection {
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

interface StreamRun extends Run {
  /** How many entries stand before those of this run. */
  readonly before: number
}

/** A cross-reference stream (ISO 32000-2 §7.5.8). Its data is never encrypted. */
function readStreamSection(source: PdfSource, offset: number, base: number): XrefSection {
  const head = parseAt(source, offset, (cursor) => {
    takeObjectHeader(cursor)
    skipSpace(cursor)
    if (!isDictAt(cursor)) return undefined
    const trailer = parseDict(cursor, 0)
    const start = takeStreamStart(cursor)
    return start === undefined ? undefined : { trailer, start: offset + start }
  })
  const type = asKind(head?.trailer.entries.get('Type'), 'name')?.name
  if (head === undefined || type !== 'XRef') throw damaged('its startxref leads to another object')
  const { trailer, start } = head
  const stored = readStreamData(source, start, trailer.entries.get('Length') ?? null)
  const data = decodeStream(trailer, stored, (value) => value ?? null)
  const [w0 = 0, w1 = 0, w2 = 0] = numbersOf(trailer, 'W').map((w) => (w <= 8 ? w : Number.NaN))
  const entryBytes = w0 + w1 + w2
  if (!(entryBytes > 0)) throw damaged('its cross-reference stream is malformed')
  const runs = streamRuns(trailer)
  const rows = runs.reduce((sum, { count }) => sum + count, 0)
  if (rows * entryBytes > data.length) throw damaged('its cross-reference stream is cut short')
  const findRun = makeRunFinder(runs)
  return {
    kind: 'stream',
    trailer,
    runs,
    find(number) {
      const run = findRun(number)
      if (run === undefined) return undefined
      const at = (run.before + number - run.first) * entryBytes
      return parseStreamEntry(data, at, w0, w1, w2, base)
    },
  }
}

function streamRuns(trailer: PdfDict): StreamRun[] {
  const size = trailer.entries.get('Size')
  const index = trailer.entries.has('Index')
    ? numbersOf(trailer, 'Index')
    : [0, typeof size === 'number' ? size : 0]
  if (index.length / 2 > RUNS_MAX) throw damaged('its cross-reference has too many parts')
  const runs: StreamRun[] = []
  for (let i = 0, before = 0; i + 1 < index.length; i += 2) {
    const [first = 0, count = 0] = [index[i], index[i + 1]]
    if (first + count > OBJECT_NUMBER_MAX + 1)
      throw damaged('its cross-reference is absurdly large')
    runs.push({ first, count, before })
    before += count
  }
  return runs
}

function parseStreamEntry(
  data: Uint8Array,
  at: number,
  w0: number,
  w1: number,
  w2: number,
  base: number,
): XrefEntry {
  const type = w0 === 0 ? 1 : bigEndian(data, at, w0)
  const second = bigEndian(data, at + w0, w1)
  const third = bigEndian(data, at + w0 + w1, w2)
  if (type === 1 && second > 0) return { type: 'offset', offset: second + base, generation: third }
  if (type === 2) return { type: 'compressed', stream: second, index: third }
  return FREE
}

function bigEndian(data: Uint8Array, at: number, width: number): number {
  let value = 0
  for (let i = 0; i < width; i += 1) value = value * 256 + (data[at + i] ?? 0)
  return value
}

/** The numbers of an array, none when it is no array of non-negative integers. */
function numbersOf(dict: PdfDict, key: string): number[] {
  const items = asKind(dict.entries.get(key), 'array')?.items ?? []
  const numbers = items.filter((item) => typeof item === 'number')
  const isHonest = numbers.every((item) => Number.isInteger(item) && item >= 0)
  return isHonest && numbers.length === items.length ? numbers : []
}

/** The trailer's keys, the newest first (ISO 32000-2 §7.5.5, Table 15). @throws AppError. */
export function mergedTrailer(sections: readonly XrefSection[]): PdfDict {
  const [newest] = sections
  if (newest === undefined) throw damaged('it has no trailer')
  if (isKind(newest.trailer.entries.get('Root'), 'ref')) return newest.trailer
  const entries = new Map(newest.trailer.entries)
  for (const { trailer } of sections) {
    for (const key of ['Root', 'Encrypt', 'Info', 'ID']) {
      const value = trailer.entries.get(key)
      if (value !== undefined && !entries.has(key)) entries.set(key, value)
    }
  }
  return { kind: 'dict', entries }
}
