import type { KeyAlgorithm } from '../hsm/algorithms.ts'
import type { BenchAppliance } from './appliance.ts'

/** What every row may use. It is opened when it is first asked for, and closed after the last row. */
export interface Bench {
  /** For files of the bench; removed at the end. */
  readonly dir: string
  readonly cores: number
  /** The PDF that everybody signs, of about 100 KB unless told otherwise. */
  readonly document: Uint8Array
  appliance(): Promise<BenchAppliance>
}

/** One row of the results: something that is measured in several cases, in each round anew. */
export interface BenchRow {
  /** For `--only`, and in `results.json`. */
  readonly name: string
  /** For the table and the plot. */
  readonly title: string
  /** `floor`: what the machine takes for less than the whole; not in the plot. */
  readonly kind: 'ours' | 'peer' | 'floor'
  readonly cases: readonly BenchCase[]
  /** Measured for so long before the first round, because what runs for the first time runs slowly. */
  readonly warmSeconds?: number
  /** For what takes minutes: no more rounds than these. */
  readonly roundsMax?: number
  /** @throws LeftOut when it cannot be measured on this machine. */
  open(bench: Bench): Promise<OpenRow>
}

export interface BenchCase {
  readonly name: string
  /** The ceiling of this algorithm is measured right before, and is what the rate is compared with. */
  readonly algorithm?: KeyAlgorithm
  readonly targets?: readonly Target[]
}

/** What is to be reached, by the median. Told in the results, asserted nowhere. */
export interface Target {
  /** `ratio`, or a name of `Measured.also`. */
  readonly of: string
  readonly atLeast?: number
  readonly atMost?: number
}

export interface OpenRow {
  /** Version and conditions, for the results. */
  readonly note?: string
  measure(asked: { readonly case: BenchCase; readonly seconds: number }): Promise<Measured>
  close?(): Promise<void>
}

/** What one round measured. */
export interface Measured {
  /** Documents, signatures or requests a second. */
  readonly perSecond?: number
  /** What the rate is compared with when that is not the token's ceiling. */
  readonly yardstickPerSecond?: number
  /** Whatever else there is to tell; units last in the names: `p99Ms`. */
  readonly also?: Readonly<Record<string, number>>
}

/** Why a row cannot be measured here. The others are measured all the same. */
export class LeftOut extends Error {
  override readonly name = 'LeftOut'
}
