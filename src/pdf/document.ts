import { AppError } from '../errors.ts'
import { latin1 } from './bytes.ts'
import { type Decryption, openEncryption } from './crypt.ts'
import { decodeStream } from './filters.ts'
import {
  type Cursor,
  damaged,
  parseAt,
  parseDict,
  parseValue,
  peek,
  skipSpace,
  takeKeyword,
  takeObjectHeader,
} from './parser.ts'
import { rebuildXref } from './repair.ts'
import type { PdfSource } from './source.ts'
import {
  asKind,
  isKind,
  type PdfDict,
  type PdfObject,
  type PdfRef,
  type PdfStream,
  type PdfString,
  type PdfValue,
} from './values.ts'
import {
  MalformedXref,
  mergedTrailer,
  OBJECT_NUMBER_MAX,
  readXref,
  startsAtOtherObject,
  takeStreamStart,
  type Xref,
  type XrefEntry,
} from './xref.ts'

/** One indirect object as it stands in the file. */
export interface IndirectObject {
  readonly ref: PdfRef
  readonly value: PdfObject
  /** The exact octets of the value, for edits that keep all but one key. Empty for a stream. */
  readonly raw: Uint8Array
  /** Whether it came out of an object stream, where strings are not encrypted one by one. */
  readonly isCompressed: boolean
}

/** A PDF read lazily: an object is parsed when it is asked for, and once. */
export interface PdfDocument {
  readonly source: PdfSource
  readonly xref: Xref
  readonly trailer: PdfDict
  /** Whether the cross-reference was rebuilt by scanning: an update must then carry all of it. */
  readonly isRepaired: boolean
  readonly decryption: Decryption | undefined
  readonly catalog: IndirectObject
  /** Follow references to a value; what is missing is null (ISO 32000-2 §7.3.10). */
  resolve(value: PdfValue | undefined): PdfObject
  /** The object a reference leads to, or undefined when nothing is there. */
  find(ref: PdfRef): IndirectObject | undefined
  /** Where an object stands, or undefined when the file does not define it. */
  findEntry(number: number): XrefEntry | undefined
  /** Every object number a repaired file defines. */
  listNumbers(): readonly number[]
  /** A stream's data with encryption and filters undone. */
  decode(stream: PdfStream, ref: PdfRef): Uint8Array
  /** The octets of a string of an object, decrypted. */
  stringOf(value: PdfString, owner: IndirectObject): PdfString
}

const HEADER_BYTES = 1024
const REFS_MAX = 32
const STREAM_BYTES_MAX = 64 * 1024 * 1024
const OBJECT_STREAM_COUNT_MAX = 200_000

/**
 * Open a PDF: find its cross-reference (or rebuild it), its trailer, its catalog, and open its
 * encryption with the empty password. Nothing else is read.
 *
 * @throws AppError `not-a-pdf`, `pdf-damaged`, `pdf-encrypted`.
 */
export function openPdf(source: PdfSource): PdfDocument {
  const headerOffset = findHeader(source)
  const xref = attempt(() => readXref(source, headerOffset))
  if (xref !== undefined) {
    const document = attempt(() => makeDocument(source, xref, undefined))
    if (document !== undefined) return document
  }
  if (startsAtOtherObject(source, headerOffset))
    throw damaged('its startxref leads to another object')
  const rebuilt = rebuildXref(source)
  return makeDocument(source, rebuilt.xref, rebuilt)
}

function findHeader(source: PdfSource): number {
  const head = latin1(source.read(0, HEADER_BYTES))
  const at = head.indexOf('%PDF-')
  if (at === -1) {
    throw new AppError('not-a-pdf', 'The file is not a PDF: it does not begin with `%PDF-`.')
  }
  return at
}

/** A broken cross-reference shows by whatever it makes fail; only a refusal for a password stands. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    const isBroken = error instanceof MalformedXref || error instanceof DamagedReference
    if (isBroken || (error instanceof AppError && error.code === 'pdf-damaged')) return undefined
    throw error
  }
}

/** An entry that points at something else than its object. */
class DamagedReference extends Error {}

interface Rebuilt {
  readonly entries: Map<number, XrefEntry>
  readonly objectStreams: readonly number[]
}

function makeDocument(source: PdfSource, xref: Xref, rebuilt: Rebuilt | undefined): PdfDocument {
  const trailer = mergedTrailer(xref.sections)
  const reader = new Reader(source, xref, trailer)
  reader.openEncryption()
  if (rebuilt !== undefined) reader.addCompressed(rebuilt)
  const root = trailer.entries.get('Root')
  const catalog = isKind(root, 'ref') ? reader.find(root) : undefined
  if (catalog === undefined || !isKind(catalog.value, 'dict')) throw damaged('it has no catalog')
  if (!catalog.value.entries.has('Pages')) throw damaged('its catalog has no page tree')
  return {
    source,
    xref,
    trailer,
    isRepaired: rebuilt !== undefined,
    decryption: reader.decryption,
    catalog,
    resolve: (value) => reader.resolve(value),
    find: (ref) => reader.find(ref),
    findEntry: (number) => reader.findEntry(number),
    listNumbers: () => [...(rebuilt?.entries.keys() ?? [])],
    decode: (stream, ref) => reader.decode(stream, ref),
    stringOf: (value, owner) => reader.stringOf(value, owner),
  }
}

interface ObjectStream {
  readonly data: Uint8Array
  readonly numbers: readonly number[]
  readonly offsets: readonly number[]
}

class Reader {
  readonly #source: PdfSource
  readonly #xref: Xref
  readonly #trailer: PdfDict
  readonly #objects = new Map<number, IndirectObject | undefined>()
  readonly #objectStreams = new Map<number, ObjectStream>()
  readonly #reading = new Set<number>()
  #compressed: Map<number, XrefEntry> | undefined
  decryption: Decryption | undefined

  constructor(source: PdfSource, xref: Xref, trailer: PdfDict) {
    this.#source = source
    this.#xref = xref
    this.#trailer = trailer
  }

  openEncryption(): void {
    const encrypt = asKind(this.resolve(this.#trailer.entries.get('Encrypt')), 'dict')
    if (encrypt === undefined) return
    const id = asKind(this.resolve(this.#trailer.entries.get('ID')), 'array')?.items[0]
    const firstId = asKind(this.resolve(id), 'string')?.bytes ?? new Uint8Array()
    this.decryption = openEncryption(encrypt, firstId, (value) => this.resolve(value))
    // What was read so far was read as if in clear.
    this.#objects.clear()
    this.#objectStreams.clear()
  }

  /** After a repair: objects in object streams, where the scan found no plain one of that number. */
  addCompressed({ entries, objectStreams }: Rebuilt): void {
    const found = new Map<number, XrefEntry>()
    for (const stream of objectStreams) {
      const { numbers } = this.#objectStream(stream)
      numbers.forEach((number, index) => {
        if (!entries.has(number)) found.set(number, { type: 'compressed', stream, index })
      })
    }
    for (const [number, entry] of found) entries.set(number, entry)
    this.#compressed = entries
    this.#objects.clear()
  }

  resolve(value: PdfValue | undefined): PdfObject {
    let found: PdfObject = value ?? null
    for (let i = 0; isKind(found, 'ref'); i += 1) {
      if (i > REFS_MAX) throw damaged('a reference leads to itself')
      found = this.find(found)?.value ?? null
    }
    return found
  }

  find(ref: PdfRef): IndirectObject | undefined {
    if (this.#objects.has(ref.number)) return this.#objects.get(ref.number)
    const object = this.#read(ref)
    this.#objects.set(ref.number, object)
    return object
  }

  findEntry(number: number): XrefEntry | undefined {
    if (this.#compressed !== undefined) return this.#compressed.get(number)
    for (const section of this.#xref.sections) {
      const entry = section.find(number)
      if (entry !== undefined) return entry
    }
    return undefined
  }

  decode(stream: PdfStream, ref: PdfRef): Uint8Array {
    const { decryption } = this
    const data =
      decryption === undefined || isCleartext(stream, decryption)
        ? stream.data
        : decryption.streams.decrypt(stream.data, ref.number, ref.generation)
    return decodeStream(stream.dict, data, (value) => this.resolve(value))
  }

  stringOf(value: PdfString, { ref, isCompressed }: IndirectObject): PdfString {
    if (this.decryption === undefined || isCompressed) return value
    const { number, generation } = ref
    return {
      kind: 'string',
      bytes: this.decryption.strings.decrypt(value.bytes, number, generation),
    }
  }

  #read(ref: PdfRef): IndirectObject | undefined {
    if (ref.number > OBJECT_NUMBER_MAX) return undefined
    const entry = this.findEntry(ref.number)
    if (entry === undefined || entry.type === 'free') return undefined
    if (entry.type === 'compressed') return this.#readCompressed(ref.number, entry)
    return this.#readPlain(ref.number, entry.offset)
  }

  #readPlain(number: number, offset: number): IndirectObject | undefined {
    if (offset >= this.#source.length) throw new DamagedReference()
    const head = parseAt(this.#source, offset, (cursor) => takeIndirect(cursor))
    if (head === undefined || head.ref.number !== number) throw new DamagedReference()
    const { ref, value, raw } = head
    if (head.streamStart === undefined || !isKind(value, 'dict')) {
      return { ref, value, raw, isCompressed: false }
    }
    if (this.#reading.has(number)) throw damaged('a stream needs itself')
    this.#reading.add(number)
    const data = this.#streamData(value, offset + head.streamStart)
    this.#reading.delete(number)
    return {
      ref,
      value: { kind: 'stream', dict: value, data },
      raw: new Uint8Array(),
      isCompressed: false,
    }
  }

  #streamData(dict: PdfDict, start: number): Uint8Array {
    const length = this.resolve(dict.entries.get('Length'))
    if (typeof length === 'number' && length >= 0 && this.#endsStream(start + length)) {
      if (length > STREAM_BYTES_MAX) throw damaged('a stream it needs is too large')
      return this.#source.read(start, start + length)
    }
    // A wrong /Length: the stream ends where `endstream` stands.
    const found = findEndstream(this.#source, start)
    if (found === undefined) throw damaged('a stream has no end')
    return this.#source.read(start, found)
  }

  #endsStream(end: number): boolean {
    if (end > this.#source.length) return false
    return /^\s{0,2}endstream/.test(latin1(this.#source.read(end, end + 16)))
  }

  #readCompressed(
    number: number,
    entry: Extract<XrefEntry, { type: 'compressed' }>,
  ): IndirectObject | undefined {
    const { data, numbers, offsets } = this.#objectStream(entry.stream)
    const index = numbers[entry.index] === number ? entry.index : numbers.indexOf(number)
    const offset = offsets[index]
    if (offset === undefined) return undefined
    const cursor: Cursor = { bytes: data, pos: offset, isLast: true }
    const value = parseValue(cursor)
    const raw = trimmed(data, offset, cursor.pos)
    return { ref: { kind: 'ref', number, generation: 0 }, value, raw, isCompressed: true }
  }

  /** ISO 32000-2 §7.5.7. */
  #objectStream(number: number): ObjectStream {
    const kept = this.#objectStreams.get(number)
    if (kept !== undefined) return kept
    const entry = this.findEntry(number)
    if (entry?.type !== 'offset') throw damaged('an object stream is missing')
    const object = this.find({ kind: 'ref', number, generation: 0 })
    if (!isKind(object?.value, 'stream')) throw damaged('an object stream is missing')
    const data = this.decode(object.value, object.ref)
    const count = this.resolve(object.value.dict.entries.get('N'))
    const first = this.resolve(object.value.dict.entries.get('First'))
    if (typeof count !== 'number' || typeof first !== 'number')
      throw damaged('an object stream is malformed')
    const stream = { data, ...objectStreamIndex(data, count, first) }
    this.#objectStreams.set(number, stream)
    return stream
  }
}

function objectStreamIndex(data: Uint8Array, count: number, first: number) {
  if (count > OBJECT_STREAM_COUNT_MAX) throw damaged('an object stream is too large')
  const head = latin1(data.subarray(0, first))
  const fields = head
    .trim()
    .split(/\s+/)
    .slice(0, count * 2)
    .map(Number)
  const numbers = fields.filter((_, i) => i % 2 === 0)
  const offsets = fields.filter((_, i) => i % 2 === 1).map((offset) => offset + first)
  return { numbers, offsets }
}

function takeIndirect(cursor: Cursor) {
  const ref = takeObjectHeader(cursor)
  if (ref === undefined) return undefined
  skipSpace(cursor)
  const start = cursor.pos
  // `N G obj endobj`: an empty object is null.
  if (takeKeyword(cursor, 'endobj')) return { ref, value: null, raw: new Uint8Array() }
  const value = peek(cursor) === 0x3c && isDict(cursor) ? parseDict(cursor, 0) : parseValue(cursor)
  const raw = trimmed(cursor.bytes, start, cursor.pos)
  const streamStart = isKind(value, 'dict') ? takeStreamStart(cursor) : undefined
  return { ref, value, raw, streamStart }
}

function isDict(cursor: Cursor): boolean {
  return cursor.bytes[cursor.pos + 1] === 0x3c
}

function trimmed(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const cursor: Cursor = { bytes, pos: start, isLast: true }
  skipSpace(cursor)
  return bytes.subarray(cursor.pos, end)
}

/** Metadata may be left in clear, and a stream may name the Identity filter (ISO 32000-2 §7.6.2). */
function isCleartext({ dict }: PdfStream, decryption: Decryption): boolean {
  const type = asKind(dict.entries.get('Type'), 'name')?.name
  if (type === 'XRef') return true
  if (type === 'Metadata' && !decryption.encryptsMetadata) return true
  const filter = dict.entries.get('Filter')
  const first = isKind(filter, 'array') ? filter.items[0] : filter
  if (!isKind(first, 'name') || first.name !== 'Crypt') return false
  const parms = dict.entries.get('DecodeParms')
  const firstParms = isKind(parms, 'array') ? parms.items[0] : parms
  const cryptName = asKind(firstParms, 'dict')?.entries.get('Name')
  return !isKind(cryptName, 'name') || cryptName.name === 'Identity'
}

function findEndstream(source: PdfSource, start: number): number | undefined {
  const step = 1024 * 1024
  for (let from = start; from < source.length && from - start < STREAM_BYTES_MAX; from += step) {
    const text = latin1(source.read(from, from + step + 16))
    const at = text.search(/\r?\n?endstream/)
    if (at !== -1) return from + at
  }
  return undefined
}
