import { hash } from 'node:crypto'
import { latin1, octets } from './bytes.ts'
import { damaged } from './cursor.ts'
import type { PdfDocument } from './document.ts'
import { type Edit, editRaw, editValue } from './edit.ts'
import { type Piece, Pieces } from './pieces.ts'
import type { IndirectObject } from './reader.ts'
import { OBJECT_NUMBER_MAX, type XrefEntry } from './section.ts'
import { serialise, serialiseEntry } from './serialise.ts'
import { asKind, isKind, type PdfObject, type PdfRef, type PdfValue, ref } from './values.ts'
import { classicSection, streamSection } from './write-section.ts'

/** An object as it will stand in the file. */
interface WrittenObject {
  readonly ref: PdfRef
  readonly body: readonly Piece[]
}

/** An incremental update in the making (ISO 32000-2 §7.5.6): new objects and changed ones. */
export class Update {
  readonly #document: PdfDocument
  readonly #objects: WrittenObject[] = []
  readonly #edits = new Map<number, { object: IndirectObject; edits: Edit[] }>()
  #next: number

  constructor(document: PdfDocument) {
    this.#document = document
    this.#next = firstFreeNumber(document)
  }

  /** Reserve the number of a new object. */
  reserve(): PdfRef {
    while (this.#isTaken(this.#next)) this.#next += 1
    if (this.#next > OBJECT_NUMBER_MAX) throw damaged('it has no object number left')
    const reserved = ref(this.#next)
    this.#next += 1
    return reserved
  }

  #isTaken(number: number): boolean {
    const { trailer } = this.#document
    const info = trailer.entries.get('Info')
    const isInfo = isKind(info, 'ref') && info.number === number
    return (
      isInfo || this.#document.isMissed(number) || this.#document.findEntry(number) !== undefined
    )
  }

  /** Write a new object; its strings and its stream are encrypted as the document demands. */
  add(at: PdfRef, value: PdfObject): void {
    this.#objects.push({ ref: at, body: this.#bodyOf(at, value) })
  }

  /**
   * Write a new stream, encrypted as the document demands.
   *
   * @param entries - The text of its dictionary's entries, `/Length` left out.
   */
  addStream(at: PdfRef, entries: string, data: Uint8Array): void {
    this.#objects.push({ ref: at, body: this.#streamBody(at, entries, data) })
  }

  /** Write a new object whose octets are finished, such as a signature dictionary with its gap. */
  addPieces(at: PdfRef, body: readonly Piece[]): void {
    this.#objects.push({ ref: at, body })
  }

  /**
   * Change one thing in an existing object; the rest keeps its octets. Where a reference stands on
   * the path, the change is made in the object it leads to.
   */
  edit(object: IndirectObject, edit: Edit): void {
    const further = this.#further(object, edit)
    if (further !== undefined) {
      this.edit(further.object, further.edit)
      return
    }
    const { number } = object.ref
    const pending = this.#edits.get(number) ?? { object, edits: [] }
    // One array may serve two purposes, such as a form's fields and a page's annotations.
    if (edit.action === 'append' && pending.edits.some((other) => isSameEdit(other, edit))) return
    pending.edits.push(edit)
    this.#edits.set(number, pending)
  }

  #further({ value }: IndirectObject, { path, action, value: written }: Edit) {
    let holder: PdfObject = value
    for (const [i, key] of path.entries()) {
      const found = asKind(holder, 'dict')?.entries.get(key)
      const isLast = i === path.length - 1
      if (isKind(found, 'ref')) {
        const object = this.#document.find(found)
        const isHolder = isKind(object?.value, isLast ? 'array' : 'dict')
        if (object === undefined || !isHolder || (isLast && action === 'set')) return undefined
        return { object, edit: { path: path.slice(i + 1), action, value: written } }
      }
      holder = found ?? null
    }
    return undefined
  }

  /** How strings of a new object are to be encrypted, or undefined in a document in clear. */
  encryptionFor({ number, generation }: PdfRef): ((bytes: Uint8Array) => Uint8Array) | undefined {
    const { decryption } = this.#document
    return decryption && ((bytes) => decryption.strings.encrypt(bytes, number, generation))
  }

  /**
   * @param signedAt - Unix ms; makes the second half of `/ID` new.
   * @returns The appended section and where each object begins in it.
   */
  finish(signedAt: number): { appendix: Uint8Array; offsets: ReadonlyMap<number, number> } {
    const { source, xref } = this.#document
    const section = new Pieces()
    const offsets = new Map<number, number>()
    const entries = new Map<number, XrefEntry>()
    const start = source.length - xref.base
    const write = ({ ref: { number, generation }, body }: WrittenObject) => {
      offsets.set(number, section.length)
      entries.set(number, { type: 'offset', offset: start + section.length, generation })
      section.add(`${number} ${generation} obj\n`, ...body, '\nendobj\n')
    }
    if (!endsWithNewline(this.#document)) section.add('\n')
    for (const object of this.#objects) write(object)
    for (const edited of this.#edits.values()) write(this.#edited(edited))
    section.add(...this.#crossReference(entries, start + section.length, signedAt))
    return { appendix: section.toBytes(), offsets }
  }

  #bodyOf(at: PdfRef, value: PdfObject): readonly Piece[] {
    const encrypt = this.encryptionFor(at)
    if (!isKind(value, 'stream')) return [serialise(value, encrypt)]
    let entries = ''
    for (const [key, item] of value.dict.entries) {
      if (key !== 'Length') entries += serialiseEntry(key, item, encrypt)
    }
    return this.#streamBody(at, entries, value.data)
  }

  #streamBody(at: PdfRef, entries: string, data: Uint8Array): readonly Piece[] {
    const { decryption } = this.#document
    const stored = decryption?.streams.encrypt(data, at.number, at.generation) ?? data
    return [`<<${entries}/Length ${stored.length}\n>>\nstream\n`, stored, '\nendstream']
  }

  #edited({ object, edits }: { object: IndirectObject; edits: readonly Edit[] }): WrittenObject {
    const { ref: at, value, raw, isCompressed } = object
    if (isKind(value, 'stream')) throw damaged('a stream stands where a dictionary belongs')
    const mustEncrypt = isCompressed && this.#document.decryption !== undefined
    return {
      ref: at,
      body: mustEncrypt ? this.#bodyOf(at, editValue(value, edits)) : [editRaw(raw, edits)],
    }
  }

  /** The newest section's own kind, and all of the file when its chain was broken. */
  #crossReference(
    changed: Map<number, XrefEntry>,
    offset: number,
    signedAt: number,
  ): readonly Piece[] {
    const { xref, rebuilt } = this.#document
    const [newest] = xref.sections
    const entries = rebuilt === undefined ? changed : allEntries(rebuilt, changed, xref.base)
    const at = newest?.kind === 'stream' ? this.reserve() : undefined
    if (at !== undefined) entries.set(at.number, { type: 'offset', offset, generation: 0 })
    const trailer = this.#trailer(entries, signedAt)
    const section =
      at === undefined ? [classicSection(entries, trailer)] : streamSection(at, entries, trailer)
    return [...section, `startxref\n${offset}\n%%EOF\n`]
  }

  /** The entries of the trailer, as text. */
  #trailer(entries: ReadonlyMap<number, XrefEntry>, signedAt: number): string {
    const { trailer, xref, source } = this.#document
    let text = ''
    for (const [key, value] of trailer.entries) {
      if (!NOT_CARRIED.has(key)) text += serialiseEntry(key, value)
    }
    const size = trailer.entries.get('Size')
    text += `/Size ${Math.max(typeof size === 'number' ? size : 0, highestOf(entries) + 1)}\n`
    if (xref.startxref !== undefined) text += `/Prev ${xref.startxref}\n`
    const id = this.#fileId(`${source.length} ${signedAt}`)
    return id === undefined ? text : text + serialiseEntry('ID', id)
  }

  /** The first half stays for ever, the second changes with each update (ISO 32000-2 §14.4). */
  #fileId(seed: string): PdfValue | undefined {
    const { trailer, decryption } = this.#document
    const old = asKind(this.#document.resolve(trailer.entries.get('ID')), 'array')?.items ?? []
    const first = asKind(this.#document.resolve(old[0]), 'string')
    // Where there is none, an encrypted file's key was made without: adding one would lock it.
    if (first === undefined && decryption !== undefined) return undefined
    const fresh = hash('sha256', octets(seed + latin1(first?.bytes ?? NOTHING)), 'buffer')
    const second = { kind: 'string', bytes: fresh.subarray(0, 16) } as const
    return { kind: 'array', items: [first ?? old[0] ?? second, second] }
  }
}

function isSameEdit(a: Edit, b: Edit): boolean {
  return a.action === b.action && a.value === b.value && a.path.join('/') === b.path.join('/')
}

const NOTHING = new Uint8Array()

function highestOf(entries: ReadonlyMap<number, XrefEntry>): number {
  let highest = 0
  for (const number of entries.keys()) highest = Math.max(highest, number)
  return highest
}

/** More objects than an update ever adds. */
const ROOM = 1_000

/** Keys that belong to one section, and those the update sets itself. */
const NOT_CARRIED = new Set([
  'Prev',
  'XRefStm',
  'Size',
  'ID',
  'Type',
  'W',
  'Index',
  'Length',
  'Filter',
  'DecodeParms',
])

/** Above every number in use, whatever `/Size` says; below the limit even where `/Size` is absurd. */
function firstFreeNumber({ xref, trailer }: PdfDocument): number {
  let highest = 0
  for (const { runs } of xref.sections) {
    for (const { first, count } of runs) {
      if (count > 0) highest = Math.max(highest, first + count - 1)
    }
  }
  const size = trailer.entries.get('Size')
  const declared = typeof size === 'number' && Number.isInteger(size) ? size : 0
  const next = Math.max(highest + 1, declared)
  // Room for what an update adds; else fill gaps from the bottom.
  return next + ROOM <= OBJECT_NUMBER_MAX ? next : 1
}

/** Offsets as the file counts them. */
function allEntries(
  rebuilt: ReadonlyMap<number, XrefEntry>,
  changed: ReadonlyMap<number, XrefEntry>,
  base: number,
): Map<number, XrefEntry> {
  const entries = new Map<number, XrefEntry>([[0, { type: 'free' }]])
  for (const [number, entry] of rebuilt) {
    const isOffset = entry.type === 'offset'
    entries.set(number, isOffset ? { ...entry, offset: entry.offset - base } : entry)
  }
  for (const [number, entry] of changed) entries.set(number, entry)
  return entries
}

function endsWithNewline({ source }: PdfDocument): boolean {
  const [last] = source.read(source.length - 1, source.length)
  return last === 10 || last === 13
}
