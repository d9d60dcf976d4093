import { asKind, isKind, type PdfDict, type PdfRef, type PdfValue } from '../../pdf/values.ts'
import { isSameEntry } from '../locate.ts'
import { collectRefs, type ObjectReader, type ShallowObject } from '../objects.ts'
import type { Change } from './change.ts'

/** Objects that one report may look at: enough for any document, and for a few seconds. */
export interface Budget {
  left: number
}

/** Thrown when a document is too large to compare. */
class Exhausted extends Error {}

/** The same part of a document before and after, each with the object that holds it. */
export interface Pair {
  readonly before: PdfDict
  readonly after: PdfDict
  readonly owners: Owners
}

export interface Owners {
  readonly before: ShallowObject
  readonly after: ShallowObject
}

/** What a difference found on the way through here means. */
export interface Label extends Change {
  /** Within the structure tree a reference to an annotation is only a reference to it. */
  readonly isStructure?: boolean
}

const CHANGES_MAX = 200
const TURN_STEPS = 2_000

/**
 * Two revisions, side by side. What readers show is reached from the catalog by references; every
 * reference is either followed by a rule that knows what may change there, or must lead to the same
 * as before. So an object that plays two roles is held to the stricter one.
 */
export class Comparison {
  readonly before: ObjectReader
  readonly after: ObjectReader
  /** Catalog, page tree, form and fields: compared by rules of their own, wherever referred to. */
  readonly structural = new Set<number>()
  /** Signature fields that are new, with their widgets. */
  readonly newFields = new Set<number>()
  /** Whether there is something that could not be read, and so not be compared. */
  isBlind = false
  readonly #budget: Budget
  readonly #cost: number
  readonly #changes = new Map<string, Change>()
  readonly #pending: { number: number; label: Label }[] = []
  readonly #seen = new Map<string, Set<number>>()

  constructor(before: ObjectReader, after: ObjectReader, budget: Budget) {
    this.before = before
    this.after = after
    this.#budget = budget
    // Looking an object up costs as many steps as there are sections.
    this.#cost = 1 + after.document.xref.sections.length / 32
  }

  get changes(): readonly Change[] {
    return [...this.#changes.values()]
  }

  /** @throws Exhausted. */
  spend(): void {
    this.#budget.left -= this.#cost
    if (this.#budget.left < 0) throw new Exhausted()
  }

  /** @throws Exhausted when there are so many that no more need be known. */
  record({ isStructure: _, ...change }: Label): void {
    const key = `${change.kind} ${change.field} ${change.description}`
    if (!this.#changes.has(key)) this.#changes.set(key, change)
    if (this.#changes.size > CHANGES_MAX) throw new Exhausted()
  }

  isChanged(number: number): boolean {
    const now = this.after.document.findEntry(number)
    if (!isSameEntry(this.before.document.findEntry(number), now)) return true
    if (now?.type !== 'compressed') return false
    const streams = [this.before, this.after].map((r) => r.document.findEntry(now.stream))
    return !isSameEntry(streams[0], streams[1])
  }

  /** An object before and after; undefined when there is none in either, or it cannot be read. */
  objectPair(number: number): { before?: ShallowObject; after?: ShallowObject } {
    this.spend()
    try {
      const after = this.after.read(number)
      const before = this.isChanged(number) ? this.before.read(number) : after
      return { ...(before && { before }), ...(after && { after }) }
    } catch {
      this.isBlind = true
      return {}
    }
  }

  /** A dictionary reached the same way before and after; its own object where it is one. */
  dictPair(
    before: PdfValue | undefined,
    after: PdfValue | undefined,
    owners: Owners,
  ): Pair | undefined {
    const isSameObject =
      isKind(before, 'ref') && isKind(after, 'ref') && before.number === after.number
    if (isSameObject) {
      const object = this.objectPair(after.number)
      const dicts = { before: dictOf(object.before), after: dictOf(object.after) }
      if (object.before === undefined || object.after === undefined) return undefined
      if (dicts.before === undefined || dicts.after === undefined) return undefined
      const own = { before: object.before, after: object.after }
      return { before: dicts.before, after: dicts.after, owners: own }
    }
    const dicts = { before: asKind(before, 'dict'), after: asKind(after, 'dict') }
    if (dicts.before === undefined || dicts.after === undefined) return undefined
    return { before: dicts.before, after: dicts.after, owners }
  }

  /** Demand that a dictionary is the same, key by key; a key without a label is left to the caller. */
  sameKeys({ before, after, owners }: Pair, labelOf: (key: string) => Label | undefined): void {
    for (const key of new Set([...before.entries.keys(), ...after.entries.keys()])) {
      const label = labelOf(key)
      if (label !== undefined) {
        this.same(before.entries.get(key), after.entries.get(key), label, owners)
      }
    }
  }

  /** Demand that two values are the same, and whatever they refer to. */
  same(
    before: PdfValue | undefined,
    after: PdfValue | undefined,
    label: Label,
    owners: Owners,
  ): void {
    if (before === after) {
      for (const number of refsIn(after ?? null, label)) this.#push(number, label)
    } else if (isKind(before, 'ref') && isKind(after, 'ref') && before.number === after.number) {
      this.#push(after.number, label)
    } else if (isKind(before, 'array') && isKind(after, 'array')) {
      if (before.items.length !== after.items.length) this.record(label)
      else before.items.forEach((item, i) => void this.same(item, after.items[i], label, owners))
    } else if (isKind(before, 'dict') && isKind(after, 'dict')) {
      this.sameKeys({ before, after, owners }, () => label)
    } else if (!this.#isSameScalar(before ?? null, after ?? null, owners)) {
      this.record(label)
    }
  }

  #isSameScalar(before: PdfValue, after: PdfValue, owners: Owners): boolean {
    if (isKind(before, 'name') && isKind(after, 'name')) return before.name === after.name
    if (isKind(before, 'string') && isKind(after, 'string')) {
      const octets = this.before.stringOf(before, owners.before)
      return Buffer.compare(octets, this.after.stringOf(after, owners.after)) === 0
    }
    return before === after
  }

  #push(number: number, label: Label): void {
    const key = `${label.kind} ${label.field ?? ''} ${label.isStructure === true}`
    const seen = this.#seen.get(key) ?? new Set()
    if (seen.has(number)) return
    this.#seen.set(key, seen.add(number))
    this.#pending.push({ number, label })
  }

  /** Follow everything that must be the same to its end. @throws Exhausted. */
  async followAll(): Promise<void> {
    for (let steps = 1; ; steps += 1) {
      const next = this.#pending.pop()
      if (next === undefined) return
      if (!this.structural.has(next.number)) this.#follow(next.number, next.label)
      if (steps % TURN_STEPS === 0) await new Promise(setImmediate)
    }
  }

  #follow(number: number, label: Label): void {
    this.spend()
    try {
      if (!this.isChanged(number)) {
        for (const ref of this.#refsOf(number, label)) this.#push(ref, label)
        return
      }
      const [before, after] = [this.before.read(number), this.after.read(number)]
      if (before === undefined && after === undefined) return
      if (before === undefined || after === undefined || before.isStream !== after.isStream) {
        this.record(label)
        return
      }
      this.same(before.value, after.value, label, { before, after })
      if (after.isStream && !this.#isSameData(before.ref, after.ref)) this.record(label)
    } catch (error) {
      if (error instanceof Exhausted) throw error
      this.isBlind = true
    }
  }

  #refsOf(number: number, label: Label): readonly number[] {
    const isObjr = label.isStructure === true
    return isObjr
      ? refsIn(this.after.read(number)?.value ?? null, label)
      : this.after.refsOf(number)
  }

  #isSameData(before: PdfRef, after: PdfRef): boolean {
    const [old, now] = [this.before.readStream(before), this.after.readStream(after)]
    return Buffer.compare(old?.data ?? NONE, now?.data ?? NONE) === 0
  }
}

const NONE = new Uint8Array()

/** A dictionary that is an object of its own, and no stream. */
function dictOf(object: ShallowObject | undefined): PdfDict | undefined {
  return object?.isStream === false ? asKind(object.value, 'dict') : undefined
}

function refsIn(value: PdfValue, { isStructure }: Label): number[] {
  return collectRefs(value, isStructure === true)
}
