import { damaged, parseAt, skipSpace } from '../pdf/cursor.ts'
import type { PdfDocument } from '../pdf/document.ts'
import { type FormField, listFields } from '../pdf/form.ts'
import { isDictAt, parseDict, type Span, takeObjectHeader } from '../pdf/parser.ts'
import type { IndirectObject } from '../pdf/reader.ts'
import type { XrefEntry } from '../pdf/section.ts'
import { asKind, decodeText, isKind, type PdfDict } from '../pdf/values.ts'

/** A filled signature field: its dictionary, and where that stands in the file. */
export interface LocatedSignature {
  readonly field: FormField
  readonly dict: PdfDict
  /** The object that holds the dictionary. */
  readonly owner: IndirectObject | undefined
  /** Offsets in the file; undefined when the dictionary stands where no ByteRange can spare it. */
  readonly place: Place | undefined
}

interface Place {
  readonly dict: Span
  /** Where each value of the dictionary stands. */
  readonly values: ReadonlyMap<string, Span>
}

/** More than any honest document has, and as many as one request may cost. */
const SIGNATURES_MAX = 200

/**
 * All filled signature fields of a document, in the order of the form.
 *
 * @throws AppError `pdf-damaged` when there are too many.
 */
export function locateSignatures(document: PdfDocument): LocatedSignature[] {
  const found: LocatedSignature[] = []
  for (const field of listFields(document)) {
    const signature = field.type === 'Sig' ? locateIn(document, field) : undefined
    if (signature !== undefined) found.push(signature)
    if (found.length > SIGNATURES_MAX) throw damaged('it has too many signatures')
  }
  return found
}

/** The signature in one field, or undefined while it is empty. */
export function locateIn(document: PdfDocument, field: FormField): LocatedSignature | undefined {
  const value = field.dict.entries.get('V')
  const dict = asKind(document.resolve(value), 'dict')
  if (dict === undefined) return undefined
  const owner = isKind(value, 'ref') ? document.find(value) : field.object
  const path = isKind(value, 'ref') ? [] : ['V']
  return { field, dict, owner, place: owner && placeOf(document, owner, path) }
}

/** Where a dictionary stands in the file: the object's own, or one written directly into it. */
function placeOf(
  document: PdfDocument,
  { ref, isCompressed }: IndirectObject,
  path: readonly string[],
): Place | undefined {
  const entry = document.findEntry(ref.number)
  if (isCompressed || entry?.type !== 'offset') return undefined
  const { offset } = entry
  return parseAt(document.source, offset, (cursor) => {
    takeObjectHeader(cursor)
    skipSpace(cursor)
    let start = cursor.pos
    let values = new Map<string, Span>()
    if (!isDictAt(cursor)) return undefined
    parseDict(cursor, 0, values)
    for (const key of path) {
      start = values.get(key)?.start ?? 0
      cursor.pos = start
      if (!isDictAt(cursor)) return undefined
      values = new Map()
      parseDict(cursor, 1, values)
    }
    const shift = ({ start, end }: Span) => ({ start: offset + start, end: offset + end })
    return {
      dict: shift({ start, end: cursor.pos }),
      values: new Map([...values].map(([key, span]) => [key, shift(span)])),
    }
  })
}

/** A text of the signature dictionary, decrypted. */
export function textOf(
  document: PdfDocument,
  { dict, owner }: LocatedSignature,
  key: string,
): string | undefined {
  const value = asKind(document.resolve(dict.entries.get(key)), 'string')
  if (value === undefined) return undefined
  return decodeText(owner === undefined ? value : document.stringOf(value, owner))
}

/** A name of the signature dictionary. */
export function nameIn({ dict }: LocatedSignature, key: string): string | undefined {
  return asKind(dict.entries.get(key), 'name')?.name
}

/** Whether two entries lead to the same octets. */
export function isSameEntry(a: XrefEntry | undefined, b: XrefEntry | undefined): boolean {
  const [x, y] = [a ?? FREE, b ?? FREE]
  if (x.type === 'offset') return y.type === 'offset' && x.offset === y.offset
  if (x.type === 'compressed') {
    return y.type === 'compressed' && x.stream === y.stream && x.index === y.index
  }
  return y.type === 'free'
}

const FREE = { type: 'free' } as const
