import type { DrawnAppearance } from './drawn.ts'
import { type Placement, UPRIGHT } from './place.ts'
import { serialise } from './serialise.ts'
import type { Update } from './update.ts'
import {
  array,
  isKind,
  type PdfDict,
  type PdfObject,
  type PdfRef,
  type PdfValue,
} from './values.ts'

/** The form XObject of the widget. Even an invisible seal has one: PDF/A asks for it. */
export function addAppearance(
  update: Update,
  { page, drawing }: Placement,
  drawn: DrawnAppearance | undefined,
): PdfRef {
  if (drawn === undefined) {
    const at = update.reserve()
    const { width = 0, height = 0 } = drawing ?? {}
    const box = serialise(array([0, 0, width, height]))
    const entries = `/Type /XObject\n/Subtype /Form\n/BBox ${box}\n/Resources <<>>\n`
    update.addStream(at, entries, new Uint8Array())
    return at
  }
  const numbers = new Map(drawn.objects.map(({ number }) => [number, update.reserve()]))
  const at = (local: number): PdfRef => {
    const found = numbers.get(local)
    if (found === undefined) throw new RangeError(`drawn object ${local} is missing`)
    return found
  }
  const matrix = array(UPRIGHT[page?.rotation ?? 0])
  for (const { number, value } of drawn.objects) {
    const renumbered = renumber(value, at)
    const isForm = number === drawn.form && isKind(renumbered, 'stream')
    update.add(
      at(number),
      isForm ? { ...renumbered, dict: withEntry(renumbered.dict, 'Matrix', matrix) } : renumbered,
    )
  }
  return at(drawn.form)
}

function withEntry({ entries }: PdfDict, key: string, value: PdfValue): PdfDict {
  return { kind: 'dict', entries: new Map(entries).set(key, value) }
}

function renumber<T extends PdfObject>(value: T, at: (local: number) => PdfRef): T
function renumber(value: PdfObject, at: (local: number) => PdfRef): PdfObject {
  if (isKind(value, 'ref')) return at(value.number)
  if (isKind(value, 'array')) return array(value.items.map((item) => renumber(item, at)))
  if (isKind(value, 'stream')) return { ...value, dict: renumber(value.dict, at) }
  if (!isKind(value, 'dict')) return value
  const entries = [...value.entries].map(([key, item]) => [key, renumber(item, at)] as const)
  return { kind: 'dict', entries: new Map(entries) }
}
