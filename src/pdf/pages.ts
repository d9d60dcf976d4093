import { AppError } from '../errors.ts'
import { damaged } from './cursor.ts'
import type { PdfDocument } from './document.ts'
import type { IndirectObject } from './reader.ts'
import { asKind, isKind, type PdfDict, type PdfObject, type PdfValue } from './values.ts'

/** A box in user space, corners ordered. */
export interface Box {
  readonly left: number
  readonly bottom: number
  readonly right: number
  readonly top: number
}

export type Rotation = 0 | 90 | 180 | 270

/** A leaf of the page tree. */
export interface PageNode {
  /** 1-based. */
  readonly number: number
  /** The page object; undefined for a page written directly into its parent, which cannot be updated alone. */
  readonly object: IndirectObject | undefined
  readonly dict: PdfDict
  readonly inherited: Inherited
}

/** A page as a signature needs it. Inherited attributes are read, never written back. */
export interface PdfPage extends PageNode {
  /** What a viewer shows: CropBox within MediaBox (ISO 32000-2 §14.11.2). */
  readonly box: Box
  readonly rotation: Rotation
  /** Size of a user space unit in points. */
  readonly userUnit: number
}

const NODES_MAX = 100_000
const DEPTH_MAX = 200
const LOOK_AHEAD = 4
const A4: Box = { left: 0, bottom: 0, right: 595.28, top: 841.89 }
const INHERITABLE = ['MediaBox', 'CropBox', 'Rotate'] as const

type Inherited = ReadonlyMap<string, PdfValue>

interface Node {
  readonly value: PdfValue
  readonly inherited: Inherited
  readonly parent: Ancestor | undefined
}

interface Ancestor {
  readonly number: number | undefined
  readonly depth: number
  readonly parent: Ancestor | undefined
}

/**
 * The pages in order (or in reverse), as the tree has them; `/Count` is not believed.
 *
 * @throws AppError `pdf-damaged` when the tree runs in a circle or is absurdly large.
 */
export function* listPages(document: PdfDocument, reverse = false): Generator<PageNode> {
  const root = asKind(document.catalog.value, 'dict')?.entries.get('Pages') ?? null
  const pending: Node[] = [{ value: root, inherited: new Map(), parent: undefined }]
  let number = 0
  for (let visited = 0; ; visited += 1) {
    const node = pending.pop()
    if (node === undefined) return
    if (visited > NODES_MAX) throw damaged('its page tree is too large')
    const object = isKind(node.value, 'ref') ? document.find(node.value) : undefined
    const dict = asKind(object?.value ?? node.value, 'dict')
    if (dict === undefined) continue
    const inherited = inherit(node.inherited, dict)
    const kids = asKind(document.resolve(dict.entries.get('Kids')), 'array')
    if (kids === undefined) {
      if (node.parent === undefined || object === document.catalog)
        throw damaged('its page tree is malformed')
      number += 1
      yield { number, object, dict, inherited }
      continue
    }
    const parent = descend(node.parent, object?.ref.number)
    if (pending.length + kids.items.length > NODES_MAX) throw damaged('its page tree is too large')
    for (const value of reverse ? kids.items : kids.items.toReversed()) {
      pending.push({ value, inherited, parent })
    }
  }
}

function descend(parent: Ancestor | undefined, number: number | undefined): Ancestor {
  for (let above = parent; above !== undefined; above = above.parent) {
    if (number !== undefined && above.number === number)
      throw damaged('its page tree runs in a circle')
  }
  const depth = (parent?.depth ?? 0) + 1
  if (depth > DEPTH_MAX) throw damaged('its page tree is too deep')
  return { number, depth, parent }
}

/**
 * @param wanted - 1-based; -1 is the last page; undefined the first page that can carry a field.
 * @throws AppError `page-out-of-range`, `pdf-damaged` when there is no page at all.
 */
export function getPage(document: PdfDocument, wanted: number | undefined): PdfPage {
  let count = 0
  let found: PageNode | undefined
  for (const page of listPages(document, wanted === -1)) {
    count += 1
    const isWanted =
      wanted === undefined ? page.object !== undefined : wanted === -1 || wanted === count
    if (isWanted && found === undefined) found = page
    // A look at the next pages: readers disagree on a tree that runs in a circle.
    if (found !== undefined && count - found.number >= LOOK_AHEAD) break
  }
  if (found !== undefined) return toPage(document, found)
  if (count === 0 || wanted === undefined)
    throw damaged('it has no page that can carry a signature')
  throw new AppError(
    'page-out-of-range',
    `There is no page ${wanted}: the document has ${count}.`,
    { hints: { field: 'page', pages: count } },
  )
}

function inherit(inherited: Inherited, { entries }: PdfDict): Inherited {
  const own = INHERITABLE.filter((key) => entries.has(key))
  if (own.length === 0) return inherited
  const merged = new Map(inherited)
  for (const key of own) merged.set(key, entries.get(key) ?? null)
  return merged
}

/** A page with what it shows and how. */
export function toPage(document: PdfDocument, node: PageNode): PdfPage {
  const { number, object, dict, inherited } = node
  const media = boxOf(document, inherited.get('MediaBox')) ?? A4
  const crop = boxOf(document, inherited.get('CropBox'))
  const userUnit = document.resolve(dict.entries.get('UserUnit'))
  return {
    number,
    object,
    dict,
    inherited,
    box: crop === undefined ? media : (intersection(media, crop) ?? media),
    rotation: rotationOf(document.resolve(inherited.get('Rotate'))),
    userUnit: typeof userUnit === 'number' && userUnit > 0 ? userUnit : 1,
  }
}

/** A rectangle with its corners in order (ISO 32000-2 §7.9.5), or undefined when it is none. */
export function boxOf(document: PdfDocument, value: PdfValue | undefined): Box | undefined {
  const items = asKind(document.resolve(value), 'array')?.items ?? []
  const [x0, y0, x1, y1] = items.map((item) => document.resolve(item))
  if (
    typeof x0 !== 'number' ||
    typeof y0 !== 'number' ||
    typeof x1 !== 'number' ||
    typeof y1 !== 'number'
  ) {
    return undefined
  }
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
