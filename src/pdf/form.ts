import { damaged } from './cursor.ts'
import type { PdfDocument } from './document.ts'
import type { IndirectObject } from './reader.ts'
import { asKind, decodeText, isKind, type PdfDict, type PdfValue } from './values.ts'

/** A node of the form with its full name (ISO 32000-2 §12.7.4.2). */
export interface FormField {
  readonly name: string
  /** `/FT`, inherited when the node has none of its own. */
  readonly type: string | undefined
  readonly dict: PdfDict
  /** The object that holds the field; undefined when it is written directly into its parent. */
  readonly object: IndirectObject | undefined
  /** The object whose key encrypts its strings: its own, or the one it is written into. */
  readonly holder: IndirectObject
}

const FIELDS_MAX = 50_000
const DEPTH_MAX = 64

/** The interactive form, however it is written: absent, direct, indirect, null or dangling. */
export interface AcroForm {
  readonly dict: PdfDict
  /** Undefined when it is written directly into the catalog. */
  readonly object: IndirectObject | undefined
}

export function findAcroForm(document: PdfDocument): AcroForm | undefined {
  const value = asKind(document.catalog.value, 'dict')?.entries.get('AcroForm')
  const object = isKind(value, 'ref') ? document.find(value) : undefined
  const dict = asKind(object?.value ?? value, 'dict')
  return dict && { dict, object }
}

/** Whether readers that know XFA draw the pages anew (ISO 32000-1 §12.7.8). */
export function isDynamicForm(document: PdfDocument): boolean {
  const needs = asKind(document.catalog.value, 'dict')?.entries.get('NeedsRendering')
  return (
    document.resolve(needs) === true && findAcroForm(document)?.dict.entries.has('XFA') === true
  )
}

interface Pending {
  readonly value: PdfValue
  readonly parent: string
  readonly type: string | undefined
  readonly owner: IndirectObject
  readonly depth: number
}

/** A dictionary with the object whose key encrypts its strings. */
export interface Held {
  readonly dict: PdfDict
  readonly holder: IndirectObject
}

/** A dictionary in an object or behind a reference, or undefined when it is none. */
export function holdDict(
  document: PdfDocument,
  value: PdfValue | undefined,
  owner: IndirectObject,
): Held | undefined {
  const object = isKind(value, 'ref') ? document.find(value) : undefined
  const dict = asKind(object?.value ?? value, 'dict')
  return dict && { dict, holder: object ?? owner }
}

/** A string somewhere in an object or behind a reference, decrypted; undefined when it is none. */
export function textOf(
  document: PdfDocument,
  value: PdfValue | undefined,
  owner: IndirectObject,
): string | undefined {
  const object = isKind(value, 'ref') ? document.find(value) : undefined
  const found = asKind(object?.value ?? value, 'string')
  return found && decodeText(document.stringOf(found, object ?? owner))
}

/**
 * All fields, parents before children. Widgets that are no fields of their own are left out.
 *
 * @throws AppError `pdf-damaged` when there are absurdly many.
 */
export function* listFields(document: PdfDocument): Generator<FormField> {
  const form = findAcroForm(document)
  const fields = asKind(document.resolve(form?.dict.entries.get('Fields')), 'array')
  const owner = form?.object ?? document.catalog
  const pending: Pending[] = (fields?.items ?? [])
    .map((value) => ({ value, parent: '', type: undefined, owner, depth: 0 }))
    .reverse()
  const seen = new Set<number>()
  for (let visited = 0; ; visited += 1) {
    const next = pending.pop()
    if (next === undefined) return
    if (visited > FIELDS_MAX) throw damaged('its form has too many fields')
    const object = isKind(next.value, 'ref') ? document.find(next.value) : undefined
    if (object !== undefined && seen.has(object.ref.number)) continue
    if (object !== undefined) seen.add(object.ref.number)
    const dict = asKind(object?.value ?? next.value, 'dict')
    if (dict === undefined || next.depth > DEPTH_MAX) continue
    const holder = object ?? next.owner
    const type = asKind(document.resolve(dict.entries.get('FT')), 'name')?.name ?? next.type
    const own = textOf(document, dict.entries.get('T'), holder)
    const name = [next.parent, own].filter((part) => part).join('.')
    if (own !== undefined || next.depth === 0) {
      yield { name, type, dict, object, holder }
    }
    const kids = asKind(document.resolve(dict.entries.get('Kids')), 'array')?.items ?? []
    if (pending.length + kids.length > FIELDS_MAX) throw damaged('its form has too many fields')
    for (const value of kids.toReversed()) {
      pending.push({ value, parent: name, type, owner: holder, depth: next.depth + 1 })
    }
  }
}

/** The signature dictionary that fills a field, or undefined while it is empty. */
export function signatureOf(document: PdfDocument, field: FormField): PdfDict | undefined {
  return holdSignature(document, field)?.dict
}

export function holdSignature(document: PdfDocument, field: FormField): Held | undefined {
  return holdDict(document, field.dict.entries.get('V'), field.holder)
}
