import { type Decryption, openEncryption } from './crypt.ts'
import { type Cursor, cursorOn, damaged, parseAt, skipSpace, takeKeyword } from './cursor.ts'
import { decodeStream } from './filters.ts'
import { type ObjectStream, readObjectStream } from './object-stream.ts'
import { parseValue, takeObjectHeader, takeStreamStart } from './parser.ts'
import { OBJECT_NUMBER_MAX, type XrefEntry } from './section.ts'
import type { PdfSource } from './source.ts'
import { readStreamData } from './stream-data.ts'
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
import type { Xref } from './xref.ts'

/** One indirect object as it stands in the file. */
export interface IndirectObject {
  readonly ref: PdfRef
  readonly value: PdfObject
  /** The exact octets of the value, for edits that keep all but one key. Empty for a stream. */
  readonly raw: Uint8Array
  /** Whether it came out of an object stream, where strings are not encrypted one by one. */
  readonly isCompressed: boolean
}

/** What one document may cost: honest ones stay far below. */
const LOOKUPS_MAX = 5_000_000
const DECODED_BYTES_MAX = 96 * 1024 * 1024

/** Reads objects, each once. */
export class Reader {
  readonly #source: PdfSource
  readonly #xref: Xref
  readonly #trailer: PdfDict
  readonly #objects = new Map<number, IndirectObject | undefined>()
  readonly #objectStreams = new Map<number, ObjectStream>()
  readonly #reading = new Set<number>()
  #lookups = 0
  #decodedBytes = 0
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

  resolve(value: PdfValue | undefined): PdfObject {
    return isKind(value, 'ref') ? (this.find(value)?.value ?? null) : (value ?? null)
  }

  find({ number, generation }: PdfRef): IndirectObject | undefined {
    const object = this.#get(number)
    if (isKind(object?.value, 'ref')) throw damaged('a reference leads to a reference')
    // One of another generation is gone (ISO 32000-2 §7.3.10).
    return object?.ref.generation === generation ? object : undefined
  }

  #get(number: number): IndirectObject | undefined {
    if (this.#objects.has(number)) return this.#objects.get(number)
    const object = this.#read(number)
    this.#objects.set(number, object)
    return object
  }

  findEntry(number: number): XrefEntry | undefined {
    for (const section of this.#xref.sections) {
      this.#lookups += 1
      if (this.#lookups > LOOKUPS_MAX) throw damaged('its cross-reference is too scattered')
      const entry = section.find(number)
      if (entry !== undefined) return entry
    }
    return undefined
  }

  isMissed(number: number): boolean {
    return this.#objects.has(number) && this.#objects.get(number) === undefined
  }

  decode(stream: PdfStream, ref: PdfRef): Uint8Array {
    const { decryption } = this
    const data =
      decryption === undefined || isCleartext(stream, decryption)
        ? stream.data
        : decryption.streams.decrypt(stream.data, ref.number, ref.generation)
    const decoded = decodeStream(stream.dict, data, (value) => this.resolve(value))
    this.#decodedBytes += decoded.length
    if (this.#decodedBytes > DECODED_BYTES_MAX) throw damaged('its streams are too large')
    return decoded
  }

  stringOf(value: PdfString, { ref, isCompressed }: IndirectObject): PdfString {
    if (this.decryption === undefined || isCompressed) return value
    const { number, generation } = ref
    return {
      kind: 'string',
      bytes: this.decryption.strings.decrypt(value.bytes, number, generation),
    }
  }

  #read(number: number): IndirectObject | undefined {
    if (number > OBJECT_NUMBER_MAX) return undefined
    const entry = this.findEntry(number)
    if (entry === undefined || entry.type === 'free') return undefined
    if (entry.type === 'compressed') return this.#readCompressed(number, entry)
    return this.#readPlain(number, entry)
  }

  #readPlain(
    number: number,
    { offset, generation }: Extract<XrefEntry, { type: 'offset' }>,
  ): IndirectObject {
    const isInside = offset < this.#source.length
    const head = isInside ? parseAt(this.#source, offset, takeIndirect) : undefined
    if (head?.ref.number !== number || head.ref.generation !== generation)
      throw damaged(`its cross-reference leads astray for object ${number}`)
    const { ref, value, start, end, streamStart } = head
    if (streamStart === undefined || !isKind(value, 'dict')) {
      return new PlainObject(ref, value, this.#source, offset + start, offset + end)
    }
    if (this.#reading.has(number)) throw damaged('a stream needs itself')
    this.#reading.add(number)
    const length = this.resolve(value.entries.get('Length'))
    this.#reading.delete(number)
    const data = readStreamData(this.#source, offset + streamStart, length)
    const stream = { kind: 'stream', dict: value, data } as const
    return { ref, value: stream, raw: new Uint8Array(), isCompressed: false }
  }

  #readCompressed(
    number: number,
    entry: Extract<XrefEntry, { type: 'compressed' }>,
  ): IndirectObject | undefined {
    const stream = this.#objectStream(entry.stream)
    const offset = stream.offsetOf(number, entry.index)
    if (offset === undefined) return undefined
    const cursor = cursorOn(stream.data, offset)
    skipSpace(cursor)
    const start = cursor.pos
    const value = parseValue(cursor)
    const raw = cursor.bytes.subarray(start, cursor.pos)
    return { ref: { kind: 'ref', number, generation: 0 }, value, raw, isCompressed: true }
  }

  #objectStream(number: number): ObjectStream {
    const kept = this.#objectStreams.get(number)
    if (kept !== undefined) return kept
    if (this.findEntry(number)?.type !== 'offset') throw damaged('an object stream is missing')
    const object = this.#get(number)
    if (!isKind(object?.value, 'stream')) throw damaged('an object stream is missing')
    const { dict } = object.value
    const stream = readObjectStream(
      this.decode(object.value, object.ref),
      this.resolve(dict.entries.get('N')),
      this.resolve(dict.entries.get('First')),
    )
    this.#objectStreams.set(number, stream)
    return stream
  }
}

/**
 * An object that is in no stream. Its octets are read again when they are asked for: a view would
 * keep a page of the file in memory for each of thousands of objects.
 */
class PlainObject implements IndirectObject {
  readonly ref: PdfRef
  readonly value: PdfObject
  readonly isCompressed = false
  readonly #source: PdfSource
  readonly #start: number
  readonly #end: number

  constructor(ref: PdfRef, value: PdfObject, source: PdfSource, start: number, end: number) {
    this.ref = ref
    this.value = value
    this.#source = source
    this.#start = start
    this.#end = end
  }

  get raw(): Uint8Array {
    return this.#source.read(this.#start, this.#end)
  }
}

const GENERATION_MAX = 65_535

function takeIndirect(cursor: Cursor) {
  const ref = takeObjectHeader(cursor)
  if (ref === undefined || ref.generation > GENERATION_MAX) return undefined
  skipSpace(cursor)
  const start = cursor.pos
  // `N G obj endobj`: an empty object is null.
  if (takeKeyword(cursor, 'endobj')) return { ref, value: null, start, end: start }
  const value = parseValue(cursor)
  const end = cursor.pos
  const streamStart = isKind(value, 'dict') ? takeStreamStart(cursor) : undefined
  return { ref, value, start, end, streamStart }
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
