import { asBuffer, latin1 } from './bytes.ts'
import { readClassicSection } from './classic-section.ts'
import { damaged, isDigit, isSpace, parseAt, peek, skipSpace, takeKeyword } from './cursor.ts'
import { takeObjectHeader } from './parser.ts'
import type { XrefSection } from './section.ts'
import type { PdfSource } from './source.ts'
import { readStreamSection } from './stream-section.ts'
import { isKind, type PdfDict } from './values.ts'

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
const TAIL_BYTES = 2 * 1024
const TAIL_BYTES_MAX = 1024 * 1024

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
    const tail = asBuffer(source.read(Math.max(0, source.length - size), source.length))
    for (let end = tail.length; end > 0; ) {
      const at = tail.lastIndexOf('startxref', end - 1)
      const digits = at === -1 ? undefined : STARTXREF.exec(latin1(tail, at, end))?.[1]
      if (digits !== undefined) return Number(digits)
      end = at
    }
  }
  return undefined
}

const STARTXREF = /^startxref\s*(\d{1,15})/

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
