import { latin1 } from '../pdf/bytes.ts'
import { cursorOn, parseAt, skipSpace, takeKeyword } from '../pdf/cursor.ts'
import type { PdfDocument } from '../pdf/document.ts'
import { parseValue, takeObjectHeader, takeStreamStart } from '../pdf/parser.ts'
import type { XrefEntry } from '../pdf/section.ts'
import {
  asKind,
  isKind,
  type PdfRef,
  type PdfStream,
  type PdfString,
  type PdfValue,
} from '../pdf/values.ts'

/** An object without the data of its stream. */
export interface ShallowObject {
  readonly ref: PdfRef
  readonly value: PdfValue
  readonly isStream: boolean
  readonly isCompressed: boolean
}

/** Decoded object streams kept at a time. */
const KEPT_BYTES_MAX = 32 * 1024 * 1024

/** What is remembered of the references between objects, for the next walk. */
const REFS_KEPT_MAX = 200_000
const REFS_PER_OBJECT_KEPT_MAX = 64
const OBJECTS_PER_STREAM_MAX = 200_000

interface ObjectStream {
  readonly data: Uint8Array
  readonly numbers: readonly number[]
  readonly offsets: readonly number[]
}

/**
 * Reads the objects of a document one after the other without keeping them: for walks over a whole
 * file, which a document that remembers all it read could not bear.
 */
export class ObjectReader {
  readonly document: PdfDocument
  readonly #streams = new Map<number, ObjectStream>()
  readonly #refs = new Map<number, readonly number[]>()
  #keptBytes = 0

  constructor(document: PdfDocument) {
    this.document = document
  }

  /**
   * @returns undefined when the file does not define the object.
   * @throws AppError and others when it cannot be read.
   */
  read(number: number): ShallowObject | undefined {
    const entry = this.document.findEntry(number)
    if (entry === undefined || entry.type === 'free') return undefined
    return entry.type === 'compressed'
      ? this.#readCompressed(number, entry)
      : this.#readPlain(number, entry.offset)
  }

  /** A value with its references followed, streams as their dictionaries. */
  resolve(value: PdfValue | undefined): PdfValue {
    let found = value ?? null
    for (let i = 0; isKind(found, 'ref') && i < REFS_MAX; i += 1) {
      found = this.read(found.number)?.value ?? null
    }
    return found
  }

  /** Numbers of all objects that an object refers to. @throws as `read`. */
  refsOf(number: number): readonly number[] {
    const kept = this.#refs.get(number)
    if (kept !== undefined) return kept
    const refs = collectRefs(this.read(number)?.value ?? null)
    if (this.#refs.size < REFS_KEPT_MAX && refs.length < REFS_PER_OBJECT_KEPT_MAX) {
      this.#refs.set(number, refs)
    }
    return refs
  }

  /** A stream with its data. */
  readStream(ref: PdfRef): PdfStream | undefined {
    return asKind(this.document.find(ref)?.value, 'stream')
  }

  /** The octets of a string that stands in an object, decrypted. */
  stringOf(value: PdfString, { ref, value: owner, isCompressed }: ShallowObject): Uint8Array {
    return this.document.stringOf(value, { ref, value: owner, raw: NONE, isCompressed }).bytes
  }

  #readPlain(number: number, offset: number): ShallowObject | undefined {
    return parseAt(this.document.source, offset, (cursor) => {
      const ref = takeObjectHeader(cursor)
      if (ref?.number !== number) throw new Error('another object stands there')
      skipSpace(cursor)
      if (takeKeyword(cursor, 'endobj')) return undefined
      const value = parseValue(cursor)
      const isStream = isKind(value, 'dict') && takeStreamStart(cursor) !== undefined
      return { ref, value, isStream, isCompressed: false }
    })
  }

  #readCompressed(
    number: number,
    { stream, index }: Extract<XrefEntry, { type: 'compressed' }>,
  ): ShallowObject | undefined {
    const { data, numbers, offsets } = this.#objectStream(stream)
    const pos = offsets[numbers[index] === number ? index : numbers.indexOf(number)]
    if (pos === undefined) return undefined
    const value = parseValue(cursorOn(data, pos))
    const ref = { kind: 'ref', number, generation: 0 } as const
    return { ref, value, isStream: false, isCompressed: true }
  }

  /** ISO 32000-2 §7.5.7. */
  #objectStream(number: number): ObjectStream {
    const kept = this.#streams.get(number)
    if (kept !== undefined) return kept
    const ref = { kind: 'ref', number, generation: 0 } as const
    const object = this.document.find(ref)
    if (!isKind(object?.value, 'stream')) throw new Error('an object stream is missing')
    const data = this.document.decode(object.value, object.ref)
    const first = this.resolve(object.value.dict.entries.get('First'))
    if (typeof first !== 'number') throw new Error('an object stream is malformed')
    const head = latin1(data.subarray(0, first)).trim()
    const fields = head.split(/\s+/, 2 * OBJECTS_PER_STREAM_MAX).map(Number)
    const numbers = fields.filter((_, i) => i % 2 === 0)
    const offsets = fields.filter((_, i) => i % 2 === 1).map((offset) => offset + first)
    if (this.#keptBytes + data.length > KEPT_BYTES_MAX) {
      this.#streams.clear()
      this.#keptBytes = 0
    }
    this.#keptBytes += data.length
    const stream = { data, numbers, offsets }
    this.#streams.set(number, stream)
    return stream
  }
}

const REFS_MAX = 32
const NONE = new Uint8Array()

/**
 * Numbers of all objects that a value refers to.
 *
 * @param isStructure - In the structure tree: leave out what an object reference only points at.
 */
export function collectRefs(value: PdfValue, isStructure = false): number[] {
  const refs: number[] = []
  collectInto(refs, value, isStructure)
  return refs
}

function collectInto(refs: number[], value: PdfValue, isStructure: boolean): void {
  if (isKind(value, 'ref')) refs.push(value.number)
  else if (isKind(value, 'array')) {
    for (const item of value.items) collectInto(refs, item, isStructure)
  } else if (isKind(value, 'dict')) {
    const isObjr = isStructure && asKind(value.entries.get('Type'), 'name')?.name === 'OBJR'
    for (const [key, item] of value.entries) {
      if (!(isObjr && key === 'Obj')) collectInto(refs, item, isStructure)
    }
  }
}
