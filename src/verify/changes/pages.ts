import { asKind, isKind, type PdfValue } from '../../pdf/values.ts'
import type { ObjectReader } from '../objects.ts'
import type { Comparison, Label, Owners, Pair } from './comparison.ts'

interface Node {
  readonly before: PdfValue | undefined
  readonly after: PdfValue | undefined
  readonly owners: Owners
}

const PAGE_TREE: Label = { kind: 'other', description: 'The page tree was changed.' }

/**
 * Compare the page tree (ISO 32000-2 §7.7.3): the same pages with the same content, their lists of
 * annotations apart. The form must have been compared before, so that its widgets are known.
 */
export function comparePages(
  comparison: Comparison,
  before: PdfValue | undefined,
  after: PdfValue | undefined,
  owners: Owners,
): void {
  const pending: Node[] = [{ before, after, owners }]
  let page = 0
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const pair = nodePair(comparison, node)
    if (pair === undefined) continue
    const [old, now] = [pair.before.entries.get('Kids'), pair.after.entries.get('Kids')]
    if (old === undefined && now === undefined) {
      page += 1
      comparePage(comparison, pair, page)
      continue
    }
    comparison.sameKeys(pair, (key) => (key === 'Kids' ? undefined : PAGE_TREE))
    const kids = [comparison.before.resolve(old), comparison.after.resolve(now)]
    const [oldKids, newKids] = kids.map((list) => asKind(list, 'array')?.items ?? [])
    if (oldKids?.length !== newKids?.length) comparison.record(PAGE_TREE)
    const children = (newKids ?? []).map((kid, i) => ({
      before: oldKids?.[i],
      after: kid,
      owners: pair.owners,
    }))
    pending.push(...children.reverse())
  }
}

/** A node that was not met yet; what is no node at all is shown by nobody. */
function nodePair(comparison: Comparison, { before, after, owners }: Node): Pair | undefined {
  comparison.spend()
  if (!isKind(after, 'ref')) {
    const pair = comparison.dictPair(before, after, owners)
    if (pair === undefined) comparison.same(before, after, PAGE_TREE, owners)
    return pair
  }
  if (!isKind(before, 'ref') || before.number !== after.number) {
    comparison.record(PAGE_TREE)
    return undefined
  }
  if (comparison.structural.has(after.number)) return undefined
  const pair = comparison.dictPair(before, after, owners)
  // Left to be compared like any content, if it is a reference to something else.
  if (pair === undefined) comparison.same(before, after, PAGE_TREE, owners)
  else comparison.structural.add(after.number)
  return pair
}

function comparePage(comparison: Comparison, pair: Pair, page: number): void {
  const label: Label = { kind: 'other', description: `Page ${page} was changed.` }
  comparison.sameKeys(pair, (key) => (key === 'Annots' ? undefined : label))
  const [old, now] = [pair.before.entries.get('Annots'), pair.after.entries.get('Annots')]
  for (const list of [old, now]) if (isKind(list, 'ref')) comparison.structural.add(list.number)
  compareAnnotations(comparison, {
    old: asKind(comparison.before.resolve(old), 'array')?.items ?? [],
    now: asKind(comparison.after.resolve(now), 'array')?.items ?? [],
    owners: pair.owners,
    page,
  })
}

interface AnnotationLists {
  readonly old: readonly PdfValue[]
  readonly now: readonly PdfValue[]
  readonly owners: Owners
  readonly page: number
}

function compareAnnotations(
  comparison: Comparison,
  { old, now, owners, page }: AnnotationLists,
): void {
  const [were, are] = [numbersIn(old), numbersIn(now)]
  const { structural, newFields } = comparison
  const where = `on page ${page}`
  for (const number of are) {
    const isKnown = were.has(number)
    if (newFields.has(number) || (isKnown && structural.has(number))) continue
    const kind = isPlainAnnotation(comparison, comparison.after, number) ? 'annotations' : 'other'
    if (isKnown) {
      const label: Label = { kind, description: `An annotation ${where} was changed.` }
      const ref = { kind: 'ref', number, generation: 0 } as const
      comparison.same(ref, ref, label, owners)
    } else {
      const what = kind === 'other' ? 'A form field was put' : 'An annotation was added'
      comparison.record({ kind, description: `${what} ${where}.` })
    }
  }
  for (const number of were) {
    if (are.has(number)) continue
    const isPlain = isPlainAnnotation(comparison, comparison.before, number)
    const kind = isPlain && !structural.has(number) ? 'annotations' : 'other'
    comparison.record({ kind, description: `An annotation ${where} was removed.` })
  }
  const label: Label = { kind: 'other', description: `An annotation ${where} was changed.` }
  const direct = (items: readonly PdfValue[]) =>
    ({ kind: 'array', items: items.filter((item) => !isKind(item, 'ref')) }) as const
  comparison.same(direct(old), direct(now), label, owners)
}

function numbersIn(items: readonly PdfValue[]): Set<number> {
  return new Set(items.filter((item) => isKind(item, 'ref')).map(({ number }) => number))
}

/** An annotation proper: no widget, which belongs to the form, and no stream. */
function isPlainAnnotation(comparison: Comparison, reader: ObjectReader, number: number): boolean {
  comparison.spend()
  const object = reader.read(number)
  if (object === undefined) return true
  const dict = object.isStream ? undefined : asKind(object.value, 'dict')
  const subtype = asKind(reader.resolve(dict?.entries.get('Subtype')), 'name')?.name
  return dict !== undefined && subtype !== 'Widget'
}
