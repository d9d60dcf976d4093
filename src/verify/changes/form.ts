import {
  asKind,
  decodeText,
  isKind,
  type PdfDict,
  type PdfRef,
  type PdfValue,
} from '../../pdf/values.ts'
import type { ObjectReader } from '../objects.ts'
import type { Comparison, Label, Owners, Pair } from './comparison.ts'

/** What fields inherit from those above them (ISO 32000-2 §12.7.4.1). */
interface Inherited {
  readonly name: string
  readonly type: string | undefined
  /** Whether a signature was put into the field above in a later revision. */
  readonly isJustSigned: boolean
  readonly depth: number
}

const TOP: Inherited = { name: '', type: undefined, isJustSigned: false, depth: 0 }
const EMPTY: PdfDict = { kind: 'dict', entries: new Map() }

/** Keys of the form that follow from filling it in. */
const FORM_FILLING = new Set(['DR', 'DA', 'NeedAppearances'])

/** Compare the interactive form (ISO 32000-2 §12.7.3) and every field of it. */
export function compareForm(
  comparison: Comparison,
  before: PdfValue | undefined,
  after: PdfValue | undefined,
  owners: Owners,
): void {
  const form = formPair(comparison, before, after, owners)
  if (form === undefined) return
  comparison.sameKeys(form, (key) => {
    if (key === 'Fields') return undefined
    // It tells only that there are signatures.
    if (key === 'SigFlags' && typeof form.after.entries.get(key) === 'number') return undefined
    if (FORM_FILLING.has(key)) {
      return { kind: 'form-filling', description: `The form’s /${key} was changed.` }
    }
    return { kind: 'other', description: `The form’s /${key} was changed.` }
  })
  compareFields(comparison, form, 'Fields', TOP)
}

function formPair(
  comparison: Comparison,
  before: PdfValue | undefined,
  after: PdfValue | undefined,
  owners: Owners,
): Pair | undefined {
  const old = asKind(comparison.before.resolve(before), 'dict')
  const now = asKind(comparison.after.resolve(after), 'dict')
  if (now === undefined) {
    if (old !== undefined)
      comparison.record({ kind: 'other', description: 'The form was removed.' })
    return undefined
  }
  const same = comparison.dictPair(before, after, owners)
  if (isKind(after, 'ref')) comparison.structural.add(after.number)
  if (same !== undefined) return same
  return { before: old ?? EMPTY, after: now, owners: ownersOf(comparison, before, after, owners) }
}

/** A form that moved into an object of its own, or out of it, is held by another object now. */
function ownersOf(
  { before: old, after: now }: Comparison,
  before: PdfValue | undefined,
  after: PdfValue | undefined,
  owners: Owners,
): Owners {
  const holder = (reader: ObjectReader, value: PdfValue | undefined) =>
    isKind(value, 'ref') ? reader.read(value.number) : undefined
  return {
    before: holder(old, before) ?? owners.before,
    after: holder(now, after) ?? owners.after,
  }
}

/** The fields of a list: all that were there, and besides them only signature fields. */
function compareFields(
  comparison: Comparison,
  { before, after, owners }: Pair,
  key: 'Fields' | 'Kids',
  inherited: Inherited,
): void {
  const lists = [before.entries.get(key), after.entries.get(key)] as const
  for (const list of lists) if (isKind(list, 'ref')) comparison.structural.add(list.number)
  const old = asKind(comparison.before.resolve(lists[0]), 'array')?.items ?? []
  const now = asKind(comparison.after.resolve(lists[1]), 'array')?.items ?? []
  const known = new Set(old.filter((item) => isKind(item, 'ref')).map(({ number }) => number))
  const found = new Set<number>()
  for (const item of now) {
    if (!isKind(item, 'ref')) continue
    found.add(item.number)
    if (known.has(item.number)) compareField(comparison, item, inherited, owners)
    else addField(comparison, item.number, inherited)
  }
  if ([...known].some((number) => !found.has(number))) {
    comparison.record({ kind: 'other', description: 'A form field was removed.' })
  }
  const direct = (items: readonly PdfValue[]) => items.filter((item) => !isKind(item, 'ref'))
  const label: Label = { kind: 'other', description: 'A form field was changed.' }
  const [a, b] = [direct(old), direct(now)]
  comparison.same({ kind: 'array', items: a }, { kind: 'array', items: b }, label, owners)
}

/** Keys that filling in a field sets (ISO 32000-2 §12.7.5 and §12.5.2). */
const FILLED = new Set(['V', 'RV', 'I', 'TI', 'AS', 'AP', 'M'])
/** Keys that signing sets in the field and its widget. */
const SIGNED = new Set(['V', 'AP', 'AS', 'M', 'MK'])

const REPLACED: Label = { kind: 'other', description: 'A form field was replaced.' }
const DEPTH_MAX = 64

function compareField(comparison: Comparison, ref: PdfRef, above: Inherited, owners: Owners): void {
  if (comparison.structural.has(ref.number)) return
  const pair = comparison.dictPair(ref, ref, owners)
  if (pair === undefined || above.depth > DEPTH_MAX) {
    comparison.same(ref, ref, REPLACED, owners)
    return
  }
  comparison.structural.add(ref.number)
  const { before, after } = pair
  const name = nameOf(comparison, after, pair.owners.after, above.name)
  const type = typeOf(comparison.after, after) ?? above.type
  const signs =
    type === 'Sig' && !isSigned(comparison.before, before) && isSigned(comparison.after, after)
  if (signs) recordSigned(comparison, name, after)
  const isJustSigned = signs || (above.isJustSigned && !after.entries.has('T'))
  const inherited = { name, type, isJustSigned, depth: above.depth + 1 }
  comparison.sameKeys(pair, (key) => labelOf(pair, key, inherited))
  compareFields(comparison, pair, 'Kids', inherited)
}

function labelOf(pair: Pair, key: string, field: Inherited): Label | undefined {
  const { name, type, isJustSigned } = field
  if (key === 'Kids') return undefined
  const other: Label = { kind: 'other', description: `The field ${name} was changed.` }
  if (type === 'Sig') {
    if (!isJustSigned || !(SIGNED.has(key) || onlyAdds(pair, key))) return other
    return { kind: 'signatures', field: name, description: `The field ${name} was signed.` }
  }
  if (!FILLED.has(key) && !onlyAdds(pair, key)) return other
  return { kind: 'form-filling', field: name, description: `The field ${name} was filled in.` }
}

/** Flags that close a field or its widget: they take nothing of what is seen away. */
const CLOSING: Readonly<Record<string, number>> = { Ff: 1, F: 4 + 64 + 128 + 512 }

function onlyAdds({ before, after }: Pair, key: string): boolean {
  const closing = CLOSING[key]
  const [old, now] = [before.entries.get(key) ?? 0, after.entries.get(key)]
  if (closing === undefined || typeof old !== 'number' || typeof now !== 'number') return false
  return (now & old) === old && (now & ~old & ~closing) === 0
}

function recordSigned(comparison: Comparison, field: string, dict: PdfDict): void {
  comparison.record({
    kind: 'signatures',
    field,
    isTimestamp: isTimestamp(comparison.after, dict),
    description: `The field ${field} was signed.`,
  })
}

/** A field that was not there: a signature field without a will of its own, or not to be let pass. */
function addField(comparison: Comparison, number: number, above: Inherited): void {
  const { after } = comparison
  comparison.spend()
  const object = after.read(number)
  const dict = object?.isStream === false ? asKind(object.value, 'dict') : undefined
  const isNew = comparison.before.read(number) === undefined
  if (
    object === undefined ||
    dict === undefined ||
    !isNew ||
    !isSignatureField(after, dict, above)
  ) {
    comparison.record({ kind: 'other', description: 'A form field was added.' })
    return
  }
  const name = nameOf(comparison, dict, object, above.name)
  const widgets = [dict, ...newWidgets(comparison, dict)]
  comparison.newFields.add(number)
  if (widgets.some(({ entries }) => entries.has('A') || entries.has('AA'))) {
    comparison.record({ kind: 'other', description: `The new field ${name} does something.` })
  }
  const isVisible = widgets.some((widget) => isSeen(after, widget))
  const looks = isVisible ? ', visible' : ''
  const state = isSigned(after, dict) ? 'and signed' : 'empty'
  comparison.record({
    kind: 'signatures',
    isTimestamp: isTimestamp(after, dict),
    isVisible,
    description: `The signature field ${name} was added${looks}, ${state}.`,
  })
}

function isSignatureField(reader: ObjectReader, dict: PdfDict, above: Inherited): boolean {
  return (typeOf(reader, dict) ?? above.type) === 'Sig'
}

const WIDGETS_MAX = 16

function newWidgets(comparison: Comparison, { entries }: PdfDict): PdfDict[] {
  const kids = asKind(comparison.after.resolve(entries.get('Kids')), 'array')?.items ?? []
  return kids.slice(0, WIDGETS_MAX).flatMap((kid) => {
    const dict = asKind(comparison.after.resolve(kid), 'dict')
    if (dict === undefined || !isKind(kid, 'ref')) return []
    if (comparison.before.read(kid.number) !== undefined) return []
    comparison.newFields.add(kid.number)
    return [dict]
  })
}

function isSeen(reader: ObjectReader, { entries }: PdfDict): boolean {
  const items = asKind(reader.resolve(entries.get('Rect')), 'array')?.items ?? []
  const [x0, y0, x1, y1] = items.map((item) => Number(reader.resolve(item)))
  return x0 !== x1 && y0 !== y1
}

function isSigned(reader: ObjectReader, { entries }: PdfDict): boolean {
  return isKind(reader.resolve(entries.get('V')), 'dict')
}

function isTimestamp(reader: ObjectReader, { entries }: PdfDict): boolean {
  const value = asKind(reader.resolve(entries.get('V')), 'dict')
  return asKind(value?.entries.get('SubFilter'), 'name')?.name === 'ETSI.RFC3161'
}

function typeOf(reader: ObjectReader, { entries }: PdfDict): string | undefined {
  return asKind(reader.resolve(entries.get('FT')), 'name')?.name
}

function nameOf(
  { after }: Comparison,
  { entries }: PdfDict,
  owner: Owners['after'],
  above: string,
): string {
  const partial = asKind(after.resolve(entries.get('T')), 'string')
  if (partial === undefined) return above
  const own = decodeText({ kind: 'string', bytes: after.stringOf(partial, owner) })
  return above === '' ? own : `${above}.${own}`
}
