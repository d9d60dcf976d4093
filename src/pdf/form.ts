import type { IndirectObject, PdfDocument } from './document.ts'
import { damaged } from './parser.ts'
import { asKind, decodeText, isKind, type PdfDict, type PdfValue } from './values.ts'

/** A node of the form with its full name (ISO 32000-2 §12.7.4.2). */
export interface FormField {
  readonly name: string
  /** `/FT`, inherited when the node has none of its own. */
  readonly type: string | undefined
  readonly dict: PdfDict
  /** The object that holds the field; undefined when it is written directly into its parent. */
  readonly object: IndirectObject | undefined
  /** Whether it stands directly in `/Fields`. */
  readonly isTop: boolean
}

const FIELDS_MAX = 200_000
const DEPTH_MAX = 64

/** The interactive form, however it is written: absent, direct, indirect, null or dangling. */
export interface AcroForm {
  readonly dict: PdfDict
  /** Undefined when it is written directly into the catalog. */
  readonly object: IndirectObject | undefined
}

export function findAcroForm(document: PdfDocument): AcroForm | undefined {
  const value = asKind(document.catalog.value, 'dict')?.entries.get('AcroForm')
  const dict = asKind(document.resolve(value), 'dict')
  if (dict === undefined) return undefined
  return { dict, object: isKind(value, 'ref') ? document.find(value) : undefined }
}

interface Pending {
  readonly value: PdfValue
  readonly parent: string
  readonly type: string | undefined
  readonly owner: IndirectObject
  readonly depth: number
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
    const dict = asKind(document.resolve(next.value), 'dict')
    if (dict === undefined || next.depth > DEPTH_MAX) continue
    const holder = object ?? next.owner
    const partial = asKind(document.resolve(dict.entries.get('T')), 'string')
    const type = asKind(document.resolve(dict.entries.get('FT')), 'name')?.name ?? next.type
    const own = partial && decodeText(document.stringOf(partial, holder))
    const name = [next.parent, own].filter((part) => part).join('.')
    if (own !== undefined || next.depth === 0) {
      yield { name, type, dict, object, isTop: next.depth === 0 }
    }
    const kids = asKind(document.resolve(dict.entries.get('Kids')), 'array')
    for (const value of (kids?.items ?? []).toReversed()) {
      pending.push({ value, parent: name, type, owner: holder, depth: next.depth + 1 })
    }
  }
}

/** The signature dictionary that fills a field, or undefined while it is empty. */
export function signatureOf(document: PdfDocument, field: FormField): PdfDict | undefined {
  return asKind(document.resolve(field.dict.entries.get('V')), 'dict')
}
