import type { Run } from './runs.ts'
import type { PdfDict } from './values.ts'

/** Where an object stands (ISO 32000-2 §7.5.4 and §7.5.8.3). Offsets are positions in the file. */
export type XrefEntry =
  | { readonly type: 'free' }
  | { readonly type: 'offset'; readonly offset: number; readonly generation: number }
  | { readonly type: 'compressed'; readonly stream: number; readonly index: number }

/** One cross-reference section: looked up in place, never copied into a map of all objects. */
export interface XrefSection {
  readonly kind: 'classic' | 'stream'
  readonly trailer: PdfDict
  /** @throws AppError `pdf-damaged` when the entry is malformed. */
  find(number: number): XrefEntry | undefined
  /** Object numbers the section speaks of. */
  readonly runs: readonly Run[]
}

export const FREE: XrefEntry = { type: 'free' }

/** More parts are hostile: an update adds a few. */
export const RUNS_MAX = 100_000
/** Object numbers above this are lies (ISO 32000-1 Annex C), and arithmetic on them is not safe. */
export const OBJECT_NUMBER_MAX = 8_388_607
