import { latin1 } from './bytes.ts'
import { type Cursor, damaged, parseAt, skipSpace, takeKeyword } from './cursor.ts'
import { isDictAt, parseDict, parseValue, takeObjectHeader, takeStreamStart } from './parser.ts'
import type { XrefEntry } from './section.ts'
import type { PdfSource } from './source.ts'
import { isEndstreamAt } from './stream-data.ts'
import { asKind, isKind, type PdfDict, type PdfValue } from './values.ts'
import { mergedTrailer, type Xref } from './xref.ts'

/** Larger or fuller broken files are refused: reading them whole costs more than a request may. */
const SCAN_BYTES_MAX = 32 * 1024 * 1024
const OBJECTS_MAX = 100_000
const CHUNK_BYTES = 256 * 1024
const OVERLAP_BYTES = 64

/** `N G obj` or `trailer`. */
const LANDMARK = /(?<=^|[\s>]|endobj)(\d{1,10})\s+(\d{1,5})\s+obj\b|\btrailer\b/g

/** A cross-reference of one section, made by reading the file. */
export interface RebuiltXref extends Xref {
  readonly entries: ReadonlyMap<number, XrefEntry>
}

/**
 * Rebuild the cross-reference of a file whose own is missing, circular or wrong, by reading every
 * object. A later definition of a number wins, as in an update. Streams are passed over: a file
 * within the file is not taken for the file.
 *
 * @param headerOffset - Where `%PDF-` stands: the offsets of a new chain count from there.
 * @param chain - The file's own sections where they can be followed: the update then names them as
 *   its predecessors although it carries all entries anew, and what they call free stays so.
 * @throws AppError `pdf-damaged` when an object is not whole, since what is cut short is not to be
 *   sealed; when no trailer names a catalog; and when cross-reference or object streams are there,
 *   which readers repair each in its own way or not at all.
 */
export function rebuildXref(
  source: PdfSource,
  headerOffset: number,
  chain: Xref | undefined,
): RebuiltXref {
  if (source.length > SCAN_BYTES_MAX)
    throw damaged('its cross-reference is broken and it is too large to repair')
  const entries = new Map<number, XrefEntry>()
  const trailer = new Map<string, PdfValue>()
  if (chain !== undefined) adopt(trailer, mergedTrailer(chain.sections))
  let end = 0
  let read = 0
  for (const { offset, isTrailer } of landmarks(source)) {
    if (offset < end) continue
    read += 1
    if (read > OBJECTS_MAX) throw damaged('it has too many objects to repair')
    if (isTrailer) {
      if (chain === undefined) adopt(trailer, readTrailer(source, offset))
      continue
    }
    const object = readWhole(source, offset)
    end = object.end
    const type = asKind(object.dict?.entries.get('Type'), 'name')?.name
    if (type === 'XRef' || type === 'ObjStm')
      throw damaged('its cross-reference is broken and it has object streams')
    const { number, generation } = object.ref
    entries.set(number, { type: 'offset', offset, generation })
  }
  for (const number of chain === undefined ? [] : entries.keys()) {
    if (entryIn(chain, number)?.type === 'free') entries.delete(number)
  }
  if (!isKind(trailer.get('Root'), 'ref')) throw damaged('no trailer names its catalog')
  const section = {
    kind: 'classic',
    trailer: { kind: 'dict', entries: trailer },
    runs: [...entries.keys()].sort((a, b) => a - b).map((first) => ({ first, count: 1 })),
    find: (number: number) => entries.get(number),
  } as const
  return {
    sections: [section],
    startxref: chain?.startxref,
    base: chain?.base ?? headerOffset,
    entries,
  }
}

function entryIn(chain: Xref | undefined, number: number): XrefEntry | undefined {
  for (const section of chain?.sections ?? []) {
    const entry = section.find(number)
    if (entry !== undefined) return entry
  }
  return undefined
}

interface Landmark {
  readonly offset: number
  readonly isTrailer: boolean
}

function* landmarks(source: PdfSource): Generator<Landmark> {
  let lastOffset = -1
  for (let start = 0; start < source.length; start += CHUNK_BYTES) {
    const from = Math.max(0, start - OVERLAP_BYTES)
    const text = latin1(source.read(from, start + CHUNK_BYTES))
    for (const match of text.matchAll(LANDMARK)) {
      const offset = from + match.index
      if (offset <= lastOffset) continue
      lastOffset = offset
      yield { offset, isTrailer: match[1] === undefined }
    }
  }
}

/** Keys of a newer trailer replace those of an older one; positions in the file mean nothing now. */
function adopt(trailer: Map<string, PdfValue>, found: PdfDict | undefined): void {
  if (found === undefined) return
  for (const key of ['Root', 'Info', 'ID', 'Encrypt', 'Size']) {
    const value = found.entries.get(key)
    if (value !== undefined) trailer.set(key, value)
  }
}

function readTrailer(source: PdfSource, offset: number): PdfDict | undefined {
  return parseAt(source, offset, (cursor) => {
    takeKeyword(cursor, 'trailer')
    skipSpace(cursor)
    return isDictAt(cursor) ? parseDict(cursor, 0) : undefined
  })
}

/** An object with its end, its stream's data passed over. */
function readWhole(source: PdfSource, offset: number) {
  const { ref, dict, streamStart, end } = parseAt(source, offset, takeHead)
  if (streamStart === undefined) return { ref, dict, end: offset + end }
  const start = offset + streamStart
  const length = dict?.entries.get('Length')
  if (isKind(length, 'ref')) return { ref, dict, end: findEnd(source, start) }
  if (typeof length !== 'number' || length < 0 || !isEndstreamAt(source, start + length))
    throw damaged('a stream is not whole')
  return { ref, dict, end: start + length }
}

function takeHead(cursor: Cursor) {
  const ref = takeObjectHeader(cursor)
  if (ref === undefined) throw damaged('an object is not whole')
  skipSpace(cursor)
  const isEmpty = takeKeyword(cursor, 'endobj')
  const dict = isEmpty ? undefined : asKind(parseValue(cursor), 'dict')
  const streamStart = dict && takeStreamStart(cursor)
  if (!isEmpty) skipSpace(cursor)
  const isClosed = isEmpty || streamStart !== undefined || takeKeyword(cursor, 'endobj')
  if (!isClosed || cursor.wasForgiving) throw damaged('an object is not whole')
  return { ref, dict, streamStart, end: cursor.pos }
}

function findEnd(source: PdfSource, start: number): number {
  for (let from = start; from < source.length; from += CHUNK_BYTES) {
    const at = latin1(source.read(from, from + CHUNK_BYTES + OVERLAP_BYTES)).indexOf('endstream')
    if (at !== -1) return from + at
  }
  throw damaged('a stream has no end')
}
