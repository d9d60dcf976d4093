import { latin1 } from './bytes.ts'
import { decodeStream } from './filters.ts'
import {
  type Cursor,
  damaged,
  isSpace,
  parseAt,
  parseDict,
  parseValue,
  peek,
  skipSpace,
  takeInteger,
  takeKeyword,
  takeObjectHeader,
} from './parser.ts'
import type { PdfSource } from './source.ts'
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
  find(number: number): XrefEntry | undefined
  /** Runs of object numbers the section speaks of. */
  readonly runs: readonly { readonly first: number; readonly count: number }[]
}

/** All sections of a file, newest first, and how its offsets are to be read. */
export interface Xref {
  readonly sections: readonly XrefSection[]
  /** The newest `startxref` as written in the file: what the next section's `/Prev` must say. */
  readonly startxref: number
  /** Added to every offset of the file: the length of junk before `%PDF-` where the file counts so. */
  readonly base: number
}

const SECTIONS_MAX = 2_000
const RUNS_MAX = 100_000
const TAIL_BYTES = 2 * 1024
const TAIL_BYTES_MAX = 1024 * 1024
/** Object numbers above this are lies (ISO 32000-1 Annex C), and arithmetic on them is not safe. */
export const OBJECT_NUMBER_MAX = 8_388_607

const FREE: XrefEntry = { type: 'free' }

/**
 * Read the chain of sections from the newest `startxref` on (ISO 32000-2 §7.5.5).
 *
 * @param headerOffset - Where `%PDF-` stands: offsets may count from there.
 * @returns undefined when the chain is missing, broken or runs in a circle: repair is the way then.
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

/**
 * Whether `startxref` leads to an object that is no cross-reference. Readers disagree on such a
 * file, some follow the pointer and some scan, so that no update could satisfy them all.
 */
export function startsAtOtherObject(source: PdfSource, headerOffset: number): boolean {
  const startxref = findStartxref(source)
  if (startxref === undefined) return false
  return [startxref, startxref + headerOffset].some((offset) => {
    if (offset >= source.length) return false
    return parseAt(source, offset, (cursor) => {
      if (takeObjectHeader(cursor) === undefined) return false
      skipSpace(cursor)
      const dict = peek(cursor) === 0x3c ? asKind(parseValue(cursor), 'dict') : undefined
      return asKind(dict?.entries.get('Type'), 'name')?.name !== 'XRef'
    })
  })
}

function findStartxref(source: PdfSource): number | undefined {
  for (const size of [TAIL_BYTES, TAIL_BYTES_MAX]) {
    const start = Math.max(0, source.length - size)
    const tail = latin1(source.read(start, source.length))
    const at = tail.lastIndexOf('startxref')
    if (at === -1) continue
    const digits = /^startxref\s+(\d{1,15})/.exec(tail.slice(at, at + 64))?.[1]
    return digits === undefined ? undefined : Number(digits)
  }
  return undefined
}

function isSectionAt(source: PdfSource, offset: number, where: 'exactly' | 'after space'): boolean {
  if (offset < 0 || offset >= source.length) return false
  return parseAt(source, offset, (cursor) => {
    if (isSpace(peek(cursor)) && where === 'exactly') return false
    skipSpace(cursor)
    return takeKeyword(cursor, 'xref') || takeObjectHeader(cursor) !== undefined
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
    if (section === undefined) return undefined
    sections.push(section)
    const hidden = section.kind === 'classic' ? section.trailer.entries.get('XRefStm') : undefined
    if (typeof hidden === 'number') {
      const stream = readHidden(source, hidden + base, base)
      if (stream !== undefined) sections[sections.length - 1] = joinHybrid(section, stream)
    }
    const previous = section.trailer.entries.get('Prev')
    if (previous !== undefined && typeof previous !== 'number') return undefined
    offset = previous
  }
  return sections
}

/** A hybrid file's hidden section; one that cannot be read hides nothing (ISO 32000-2 §7.5.8.4). */
function readHidden(source: PdfSource, offset: number, base: number): XrefSection | undefined {
  if (offset < 0 || offset >= source.length) return undefined
  return readStreamSection(source, offset, base)
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

function readSection(source: PdfSource, offset: number, base: number): XrefSection | undefined {
  const isClassic = parseAt(source, offset, (cursor) => {
    skipSpace(cursor)
    return takeKeyword(cursor, 'xref')
  })
  return isClassic
    ? readClassicSection(source, offset, base)
    : readStreamSection(source, offset, base)
}

interface Subsection {
  readonly first: number
  readonly count: number
  /** Offset of the first entry. */
  readonly start: number
}

const ENTRY_BYTES = 20

function readClassicSection(
  source: PdfSource,
  offset: number,
  base: number,
): XrefSection | undefined {
  const subsections: Subsection[] = []
  let position = parseAt(source, offset, (cursor) => {
    skipSpace(cursor)
    takeKeyword(cursor, 'xref')
    return offset + cursor.pos
  })
  for (;;) {
    const header = parseAt(source, position, takeSubsectionHeader)
    if (header === undefined) break
    const start = position + header.bytes
    subsections.push({ first: header.first, count: header.count, start })
    position = start + header.count * ENTRY_BYTES
    if (subsections.length > RUNS_MAX || position > source.length) return undefined
  }
  const trailer = parseAt(source, position, (cursor) => {
    skipSpace(cursor)
    if (!takeKeyword(cursor, 'trailer')) return undefined
    skipSpace(cursor)
    return peek(cursor) === 0x3c ? asKind(parseValue(cursor), 'dict') : undefined
  })
  if (trailer === undefined) return undefined
  return {
    kind: 'classic',
    trailer,
    runs: subsections,
    find: (number) => findClassic(source, subsections, number, base),
  }
}

function takeSubsectionHeader(cursor: Cursor) {
  skipSpace(cursor)
  const first = takeInteger(cursor)
  if (first === undefined) return undefined
  skipSpace(cursor)
  const count = takeInteger(cursor)
  if (count === undefined) return undefined
  while (peek(cursor) === 0x20 || peek(cursor) === 9) cursor.pos += 1
  if (peek(cursor) === 13) cursor.pos += 1
  if (peek(cursor) === 10) cursor.pos += 1
  return { first, count, bytes: cursor.pos }
}

function findClassic(
  source: PdfSource,
  subsections: readonly Subsection[],
  number: number,
  base: number,
): XrefEntry | undefined {
  for (const { first, count, start } of subsections) {
    if (number < first || number >= first + count) continue
    const from = start + (number - first) * ENTRY_BYTES
    return parseEntry(source.read(from, from + ENTRY_BYTES), base)
  }
  return undefined
}

const ENTRY = /^(\d{10}) (\d{5}) ([nf])[ \r\n]{2}$/

function parseEntry(bytes: Uint8Array, base: number): XrefEntry {
  const match = ENTRY.exec(latin1(bytes))
  if (match === null) throw new MalformedXref()
  if (match[3] === 'f') return FREE
  const offset = Number(match[1])
  // Some writers mark an object they dropped as in use at offset 0.
  return offset === 0
    ? FREE
    : { type: 'offset', offset: offset + base, generation: Number(match[2]) }
}

/** An entry that is not where arithmetic says: the table is sloppy and the file must be scanned. */
export class MalformedXref extends Error {}

/** A cross-reference stream (ISO 32000-2 §7.5.8). Its data is never encrypted. */
function readStreamSection(
  source: PdfSource,
  offset: number,
  base: number,
): XrefSection | undefined {
  const head = parseAt(source, offset, (cursor) => {
    if (takeObjectHeader(cursor) === undefined) return undefined
    skipSpace(cursor)
    if (peek(cursor) !== 0x3c) return undefined
    const trailer = parseDict(cursor, 0)
    const start = takeStreamStart(cursor)
    return start === undefined ? undefined : { trailer, start: offset + start }
  })
  if (head === undefined) return undefined
  const { trailer, start } = head
  const length = trailer.entries.get('Length')
  if (asKind(trailer.entries.get('Type'), 'name')?.name !== 'XRef') return undefined
  if (typeof length !== 'number' || length < 0 || start + length > source.length) return undefined
  const data = decodeStream(trailer, source.read(start, start + length), (value) => value ?? null)
  const widths = numbersOf(trailer, 'W')
  const size = trailer.entries.get('Size')
  const index = numbersOf(trailer, 'Index') ?? [0, typeof size === 'number' ? size : 0]
  if (widths?.length !== 3 || widths.some((w) => w > 8) || index.length % 2 !== 0) return undefined
  const [w0 = 0, w1 = 0, w2 = 0] = widths
  const entryBytes = w0 + w1 + w2
  if (entryBytes === 0 || index.length / 2 > RUNS_MAX) return undefined
  const runs = pairsOf(index)
  return {
    kind: 'stream',
    trailer,
    runs,
    find(number) {
      let before = 0
      for (const { first, count } of runs) {
        if (number >= first && number < first + count) {
          const at = (before + number - first) * entryBytes
          return at + entryBytes > data.length
            ? undefined
            : parseStreamEntry(data, at, w0, w1, w2, base)
        }
        before += count
      }
      return undefined
    },
  }
}

/** The cursor after `stream` and its end of line, or undefined when no stream follows. */
export function takeStreamStart(cursor: Cursor): number | undefined {
  skipSpace(cursor)
  if (!takeKeyword(cursor, 'stream')) return undefined
  // CR alone is not allowed, and is met.
  if (peek(cursor) === 13) cursor.pos += 1
  if (peek(cursor) === 10) cursor.pos += 1
  return cursor.pos
}

function parseStreamEntry(
  data: Uint8Array,
  at: number,
  w0: number,
  w1: number,
  w2: number,
  base: number,
): XrefEntry | undefined {
  const type = w0 === 0 ? 1 : bigEndian(data, at, w0)
  const second = bigEndian(data, at + w0, w1)
  const third = bigEndian(data, at + w0 + w1, w2)
  if (type === 1) return { type: 'offset', offset: second + base, generation: third }
  if (type === 2) return { type: 'compressed', stream: second, index: third }
  return FREE
}

function bigEndian(data: Uint8Array, at: number, width: number): number {
  let value = 0
  for (let i = 0; i < width; i += 1) value = value * 256 + (data[at + i] ?? 0)
  return value
}

function numbersOf(dict: PdfDict, key: string): number[] | undefined {
  const items = asKind(dict.entries.get(key), 'array')?.items
  const numbers = items?.filter((item) => typeof item === 'number').filter((item) => item >= 0)
  return numbers?.length === items?.length ? numbers : undefined
}

function pairsOf(index: readonly number[]): { first: number; count: number }[] {
  const pairs: { first: number; count: number }[] = []
  for (let i = 0; i < index.length; i += 2) {
    pairs.push({ first: index[i] ?? 0, count: index[i + 1] ?? 0 })
  }
  return pairs
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
