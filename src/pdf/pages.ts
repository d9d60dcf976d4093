import { AppError } from '../errors.ts'
import type { IndirectObject, PdfDocument } from './document.ts'
import { damaged } from './parser.ts'
import { asKind, isKind, type PdfDict, type PdfObject, type PdfValue } from './values.ts'

/** A box in user space, corners ordered. */
export interface Box {
  readonly left: number
  readonly bottom: number
  readonly right: number
  readonly top: number
}

export type Rotation = 0 | 90 | 180 | 270

/** A page as a signature needs it. Inherited attributes are read, never written back. */
export interface PdfPage {
  /** 1-based. */
  readonly number: number
  /** The page object; undefined for a page written directly into its parent, which cannot be updated alone. */
  readonly object: IndirectObject | undefined
  readonly dict: PdfDict
  /** What a viewer shows: CropBox within MediaBox (ISO 32000-2 §14.11.2). */
  readonly box: Box
  readonly rotation: Rotation
  /** Size of a user space unit in points. */
  readonly userUnit: number
}

const NODES_MAX = 500_000
const LOOK_AHEAD = 16
const A4: Box = { left: 0, bottom: 0, right: 595.28, top: 841.89 }
const INHERITABLE = ['MediaBox', 'CropBox', 'Rotate'] as const

type Inherited = ReadonlyMap<string, PdfValue>

interface Node {
  readonly value: PdfValue
  readonly inherited: Inherited
}

/**
 * The pages in order (or in reverse), as the tree has them; `/Count` is not believed.
 *
 * @throws AppError `pdf-damaged` when the tree runs in a circle or is absurdly large.
 */
export function* listPages(document: PdfDocument, reverse = false): Generator<PdfPage> {
  const root = isKind(document.catalog.value, 'dict')
    ? document.catalog.value.entries.get('Pages')
    : undefined
  const pending: Node[] = [{ value: root ?? null, inherited: new Map() }]
  const seen = new Set<number>()
  let number = 0
  for (let visited = 0; ; visited += 1) {
    const node = pending.pop()
    if (node === undefined) return
    if (visited > NODES_MAX) throw damaged('its page tree is too large')
    const object = isKind(node.value, 'ref') ? document.find(node.value) : undefined
    if (object !== undefined) {
      if (seen.has(object.ref.number)) throw damaged('its page tree runs in a circle')
      seen.add(object.ref.number)
    }
    const found = asKind(document.resolve(node.value), 'dict')
    if (found === undefined) continue
    const inherited = inherit(node.inherited, found)
    const kids = asKind(document.resolve(found.entries.get('Kids')), 'array')
    if (kids === undefined) {
      number += 1
      yield makePage(document, { number, object, dict: found, inherited })
      continue
    }
    const children = kids.items.map((value) => ({ value, inherited }))
    pending.push(...(reverse ? children : children.reverse()))
  }
}

/**
 * @param wanted - 1-based; -1 is the last page; undefined the first page that can carry a field.
 * @throws AppError `page-out-of-range`, `pdf-damaged` when there is no page at all.
 */
export function getPage(document: PdfDocument, wanted: number | undefined): PdfPage {
  let count = 0
  let found: PdfPage | undefined
  for (const page of listPages(document, wanted === -1)) {
    count += 1
    const isWanted =
      wanted === undefined ? page.object !== undefined : wanted === -1 || wanted === count
    if (isWanted && found === undefined) found = page
    // A look at the next pages: readers disagree on a tree that runs in a circle.
    if (found !== undefined && count >= LOOK_AHEAD) return found
  }
  if (found !== undefined) return found
  if (count === 0 || wanted === undefined)
    throw damaged('it has no page that can carry a signature')
  throw new AppError(
    'page-out-of-range',
    `There is no page ${wanted}: the document has ${count}.`,
    {
      hints: { field: 'page', pages: count },
    },
  )
}

function inherit(inherited: Inherited, { entries }: PdfDict): Inherited {
  const own = INHERITABLE.filter((key) => entries.has(key))
  if (own.length === 0) return inherited
  const merged = new Map(inherited)
  for (const key of own) merged.set(key, entries.get(key) ?? null)
  return merged
}

function makePage(
  document: PdfDocument,
  parts: Pick<PdfPage, 'number' | 'object' | 'dict'> & { inherited: Inherited },
): PdfPage {
  const { inherited, ...page } = parts
  const media = boxOf(document, inherited.get('MediaBox')) ?? A4
  const crop = boxOf(document, inherited.get('CropBox'))
  const userUnit = document.resolve(page.dict.entries.get('UserUnit'))
  return {
    ...page,
    box: crop === undefined ? media : (intersection(media, crop) ?? media),
    rotation: rotationOf(document.resolve(inherited.get('Rotate'))),
    userUnit: typeof userUnit === 'number' && userUnit > 0 ? userUnit : 1,
  }
}

/** A rectangle with its corners in order (ISO 32000-2 §7.9.5), or undefined when it is none. */
export function boxOf(document: PdfDocument, value: PdfValue | undefined): Box | undefined {
  const items = asKind(document.resolve(value), 'array')?.items.map((item) =>
    document.resolve(item),
  )
  const [a, b, c, d] = items ?? []
  if (![a, b, c, d].every((n) => typeof n === 'number')) return undefined
  const [x0, y0, x1, y1] = [Number(a), Number(b), Number(c), Number(d)]
  return {
    left: Math.min(x0, x1),
    bottom: Math.min(y0, y1),
    right: Math.max(x0, x1),
    top: Math.max(y0, y1),
  }
}

function intersection(a: Box, b: Box): Box | undefined {
  const box = {
    left: Math.max(a.left, b.left),
    bottom: Math.max(a.bottom, b.bottom),
    right: Math.min(a.right, b.right),
    top: Math.min(a.top, b.top),
  }
  return box.right > box.left && box.top > box.bottom ? box : undefined
}

function rotationOf(value: PdfObject): Rotation {
  const degrees = typeof value === 'number' ? ((value % 360) + 360) % 360 : 0
  return degrees === 90 || degrees === 180 || degrees === 270 ? degrees : 0
}
