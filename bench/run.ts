import type { KeyAlgorithm } from '../hsm/algorithms.ts'
import { type Round, type RowResult, summarise } from './results.ts'
import { type Bench, type BenchRow, LeftOut, type OpenRow } from './row.ts'

export interface RunOptions {
  readonly rounds: number
  /** How long each measurement lasts. */
  readonly seconds: number
  /** The most a row is warmed for, whatever it wishes. */
  readonly warmSecondsMax: number
  /** Signatures a second, nothing else running. */
  readonly measureCeiling: (algorithm: KeyAlgorithm, seconds: number) => Promise<number>
  readonly say: (line: string) => void
}

interface Runner {
  readonly row: BenchRow
  readonly open: OpenRow
  /** By the name of the case. */
  readonly rounds: Map<string, Round[]>
  leftOut?: string
}

/**
 * Measure rows in turns: round by round, each row in each of its cases, the ceiling of the same
 * algorithm right before. A row that fails is left out from then on; the others go on.
 *
 * @param afterRound - Is given the results so far, so that a run that is cut short was not in vain.
 */
export async function runRows(
  bench: Bench,
  rows: readonly BenchRow[],
  options: RunOptions,
  afterRound: (rows: readonly RowResult[]) => void,
): Promise<void> {
  const absent: RowResult[] = []
  const runners: Runner[] = []
  try {
    for (const row of rows) {
      const opened = await openRow(bench, row)
      if (opened instanceof LeftOut) {
        const { name, title, kind } = row
        absent.push({ name, title, kind, leftOut: opened.message, cases: [] })
        options.say(`${name}: left out: ${opened.message}`)
      } else {
        runners.push(opened)
      }
    }
    for (const runner of runners) await attempt(runner, options, () => warm(runner, options))
    for (let round = 1; round <= options.rounds; round += 1) {
      options.say(`round ${round} of ${options.rounds}`)
      for (const runner of runners) {
        if (round > (runner.row.roundsMax ?? Infinity)) continue
        await attempt(runner, options, () => measure(runner, options))
      }
      afterRound(inOrder(rows, [...runners.map(resultOf), ...absent]))
    }
  } finally {
    for (const { open } of runners) await open.close?.()
  }
}

/** @returns Why the row is left out, or what measures it. */
async function openRow(bench: Bench, row: BenchRow): Promise<Runner | LeftOut> {
  try {
    return { row, open: await row.open(bench), rounds: new Map() }
  } catch (error) {
    if (error instanceof LeftOut) return error
    throw error
  }
}

async function attempt(runner: Runner, { say }: RunOptions, work: () => Promise<void>) {
  if (runner.leftOut !== undefined) return
  try {
    await work()
  } catch (error) {
    runner.leftOut = error instanceof Error ? error.message : String(error)
    say(`${runner.row.name}: left out: ${runner.leftOut}`)
  }
}

async function warm({ row, open }: Runner, { warmSecondsMax, say }: RunOptions): Promise<void> {
  const seconds = Math.min(row.warmSeconds ?? 0, warmSecondsMax)
  if (seconds === 0) return
  say(`${row.name}: warmed for ${seconds} s in each case`)
  for (const one of row.cases) await open.measure({ case: one, seconds })
}

async function measure(runner: Runner, options: RunOptions): Promise<void> {
  const { row, open, rounds } = runner
  for (const one of row.cases) {
    const { algorithm, name } = one
    const { seconds, measureCeiling, say } = options
    const ceilingPerSecond = algorithm && (await measureCeiling(algorithm, seconds))
    const measured = await open.measure({ case: one, seconds })
    const round = { measured, ...(ceilingPerSecond !== undefined && { ceilingPerSecond }) }
    rounds.set(name, [...(rounds.get(name) ?? []), round])
    say(`  ${row.name} ${name} ${JSON.stringify({ ...measured, ceilingPerSecond })}`)
  }
}

function resultOf({ row, open, rounds, leftOut }: Runner): RowResult {
  const { name, title, kind, cases } = row
  const measured = cases.filter((one) => rounds.has(one.name))
  return {
    name,
    title,
    kind,
    ...(open.note !== undefined && { note: open.note }),
    ...(leftOut !== undefined && { leftOut }),
    cases: measured.map((one) => summarise(one, rounds.get(one.name) ?? [])),
  }
}

function inOrder(rows: readonly BenchRow[], results: readonly RowResult[]): RowResult[] {
  return rows.flatMap(({ name }) => results.find((result) => result.name === name) ?? [])
}
