import { latin1 } from './bytes.ts'
import {
  damaged,
  parseAt,
  parseDict,
  parseValue,
  peek,
  skipSpace,
  takeKeyword,
  takeObjectHeader,
} from './parser.ts'
import type { PdfSource } from './source.ts'
import { asKind, isKind, type PdfDict, type PdfValue } from './values.ts'
import type { Xref, XrefEntry } from './xref.ts'

/** Larger broken files are refused: scanning them would cost more than a request may. */
const SCAN_BYTES_MAX = 256 * 1024 * 1024
const OBJECTS_MAX = 1_000_000
const CHUNK_BYTES = 4 * 1024 * 1024
const OVERLAP_BYTES = 64

/** `N G obj`, `trailer` or the head of a cross-reference stream's dictionary. */
const LANDMARK = /(?<=^|[\s>]|endobj)(\d{1,10})\s+(\d{1,5})\s+obj\b|\btrailer\b/g

/**
 * Rebuild the cross-reference of a file whose own is missing, broken or circular, by reading every
 * object header. A later definition of a number wins, as in an update.
 *
 * Objects inside object streams are added by the caller (`compressed`), which can decode them.
 *
 * @throws AppError `pdf-damaged` when no trailer names a catalog.
 */
export function rebuildXref(source: PdfSource): {
  xref: Xref
  entries: Map<number, XrefEntry>
  objectStreams: number[]
} {
  if (source.length > SCAN_BYTES_MAX)
    throw damaged('its cross-reference is broken and it is too large to repair')
  const entries = new Map<number, XrefEntry>()
  const objectStreams = new Set<number>()
  const trailer = new Map<string, PdfValue>()
  for (const { offset, number, generation } of landmarks(source)) {
    if (number === undefined) {
      adopt(trailer, trailerAt(source, offset))
      continue
    }
    entries.set(number, { type: 'offset', offset, generation })
    objectStreams.delete(number)
    const type = streamTypeAt(source, offset)
    if (type?.type === 'XRef') adopt(trailer, type.dict)
    if (type?.type === 'ObjStm') objectStreams.add(number)
    if (entries.size > OBJECTS_MAX) throw damaged('it has too many objects to repair')
  }
  if (!isKind(trailer.get('Root'), 'ref')) throw damaged('no trailer names its catalog')
  const dict: PdfDict = { kind: 'dict', entries: trailer }
  const section = {
    kind: objectStreams.size > 0 ? 'stream' : 'classic',
    trailer: dict,
    runs: [...entries.keys()].map((first) => ({ first, count: 1 })),
    find: (number: number) => entries.get(number),
  } as const
  return {
    xref: { sections: [section], startxref: 0, base: 0 },
    entries,
    objectStreams: [...objectStreams],
  }
}

interface Landmark {
  readonly offset: number
  /** Undefined for a trailer. */
  readonly number: number | undefined
  readonly generation: number
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
      const number = match[1] === undefined ? undefined : Number(match[1])
      yield { offset, number, generation: Number(match[2] ?? 0) }
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

function trailerAt(source: PdfSource, offset: number): PdfDict | undefined {
  return tolerant(() =>
    parseAt(source, offset, (cursor) => {
      takeKeyword(cursor, 'trailer')
      skipSpace(cursor)
      return peek(cursor) === 0x3c ? asKind(parseValue(cursor), 'dict') : undefined
    }),
  )
}

function streamTypeAt(source: PdfSource, offset: number) {
  const head = latin1(source.read(offset, offset + 512))
  if (!/\/(ObjStm|XRef)\b/.test(head)) return undefined
  const dict = tolerant(() =>
    parseAt(source, offset, (cursor) => {
      takeObjectHeader(cursor)
      skipSpace(cursor)
      return peek(cursor) === 0x3c ? parseDict(cursor, 0) : undefined
    }),
  )
  return dict && { type: asKind(dict.entries.get('Type'), 'name')?.name, dict }
}

/** In a broken file one landmark that leads nowhere must not hide the others. */
function tolerant<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}
