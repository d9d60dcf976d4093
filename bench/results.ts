import type { KeyAlgorithm } from '../hsm/algorithms.ts'
import type { BenchCase, BenchRow, Measured, Target } from './row.ts'
import { fourDigits, type Spread, spreadOf } from './statistics.ts'

/** `bench/results.json`. */
export interface Results {
  readonly machine: { readonly cores: number; readonly cpu: string; readonly node: string }
  readonly settings: {
    readonly rounds: number
    readonly seconds: number
    readonly document: { readonly name: string; readonly bytes: number }
  }
  readonly ceilings: readonly CeilingResult[]
  readonly rows: readonly RowResult[]
}

interface CeilingResult {
  readonly algorithm: KeyAlgorithm
  readonly threads: number
  readonly perSecond: Spread
}

export interface RowResult {
  readonly name: string
  readonly title: string
  readonly kind: BenchRow['kind']
  readonly note?: string
  /** Why it was not measured. */
  readonly leftOut?: string
  readonly cases: readonly CaseResult[]
}

export interface CaseResult {
  readonly name: string
  readonly algorithm?: KeyAlgorithm
  readonly perSecond?: Spread
  /** Ceiling of the same round, or the row's own yardstick. */
  readonly comparedPerSecond?: Spread
  readonly ratio?: Spread
  /** The ratio of each round, in their order: a row is compared with another round by round. */
  readonly ratios?: readonly number[]
  readonly also?: Readonly<Record<string, Spread>>
  readonly targets?: readonly TargetResult[]
}

export interface TargetResult extends Target {
  /** Absent when there is no measurement to hold it against. */
  readonly isMet?: boolean
}

/** One round of one case: what was measured, and the ceiling that was measured right before. */
export interface Round {
  readonly measured: Measured
  readonly ceilingPerSecond?: number
}

export function summarise(asked: BenchCase, rounds: readonly Round[]): CaseResult {
  const { name, algorithm, targets } = asked
  const rates = rounds.flatMap(({ measured }) => measured.perSecond ?? [])
  const pairs = rounds.flatMap(pairOf)
  const ratios = pairs.map(({ rate, compared }) => fourDigits(rate / compared))
  const also = alsoOf(rounds.map(({ measured }) => measured.also ?? {}))
  return judged({
    name,
    ...(algorithm && { algorithm }),
    ...(rates.length > 0 && { perSecond: spreadOf(rates) }),
    ...(pairs.length > 0 && {
      comparedPerSecond: spreadOf(pairs.map(({ compared }) => compared)),
      ratio: spreadOf(ratios),
      ratios,
    }),
    ...(Object.keys(also).length > 0 && { also }),
    ...(targets && { targets }),
  })
}

function pairOf({ measured, ceilingPerSecond }: Round) {
  const compared = measured.yardstickPerSecond ?? ceilingPerSecond
  if (measured.perSecond === undefined || compared === undefined) return []
  return [{ rate: measured.perSecond, compared }]
}

function alsoOf(rounds: readonly Readonly<Record<string, number>>[]): Record<string, Spread> {
  const names = new Set(rounds.flatMap((round) => Object.keys(round)))
  return Object.fromEntries(
    [...names].map((name) => [name, spreadOf(rounds.flatMap((round) => round[name] ?? []))]),
  )
}

/**
 * Say of every peer how many times faster one of our rows is, as `oursTimes`: round by round, each
 * as a fraction of its own ceiling, so that a machine that changes meanwhile changes both.
 */
export function compareWithPeers(rows: readonly RowResult[], ours: string): RowResult[] {
  const own = rows.find(({ name }) => name === ours)?.cases ?? []
  const compare = (one: CaseResult): CaseResult => {
    const same = own.find(({ algorithm }) => algorithm === one.algorithm)?.ratios ?? []
    const times = (one.ratios ?? []).flatMap((ratio, round) => {
      const ownRatio = same[round]
      return ownRatio === undefined ? [] : [ownRatio / ratio]
    })
    if (times.length === 0) return one
    return judged({ ...one, also: { ...one.also, oursTimes: spreadOf(times) } })
  }
  return rows.map((row) => (row.kind === 'peer' ? { ...row, cases: row.cases.map(compare) } : row))
}

function judged(one: CaseResult): CaseResult {
  if (one.targets === undefined) return one
  const spreads = { ...one.also, ...(one.ratio && { ratio: one.ratio }) }
  return { ...one, targets: one.targets.map((target) => judge(target, spreads)) }
}

function judge(target: Target, spreads: Readonly<Record<string, Spread>>): TargetResult {
  const { of, atLeast = -Infinity, atMost = Infinity } = target
  const median = spreads[of]?.median
  if (median === undefined) return target
  return { ...target, isMet: median >= atLeast && median <= atMost }
}
