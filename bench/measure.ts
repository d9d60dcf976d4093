import { rmSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { KeyAlgorithm } from '../hsm/algorithms.ts'
import { type BenchAppliance, startAppliance } from './appliance.ts'
import { type MeasureCeiling, makeMeasureCeiling } from './ceiling.ts'
import { atEnd } from './leftovers.ts'
import { compareWithPeers, type Results, type RowResult } from './results.ts'
import type { Bench, BenchRow } from './row.ts'
import { type RunOptions, runRows } from './run.ts'
import { spreadOf } from './statistics.ts'

/** The row that peers are compared with. */
const OURS = 'engine'

/**
 * Measure rows on an appliance made for them.
 *
 * @param options.document - Path of the PDF that everybody signs.
 * @param onResults - Is given the results so far, after every round.
 */
export async function measureRows(
  rows: readonly BenchRow[],
  options: Omit<RunOptions, 'measureCeiling'> & { readonly document: string },
  onResults: (results: Results) => void,
): Promise<void> {
  const { rounds, seconds } = options
  const document = await readFile(options.document)
  const cores = availableParallelism()
  const machine = { cores, cpu: cpus()[0]?.model ?? '', node: process.version }
  const ceilings = new Map<KeyAlgorithm, number[]>()
  const resultsOf = (measured: readonly RowResult[]): Results => ({
    machine,
    settings: {
      rounds,
      seconds,
      document: { name: basename(options.document), bytes: document.length },
    },
    ceilings: [...ceilings].map(([algorithm, values]) => ({
      algorithm,
      threads: cores,
      perSecond: spreadOf(values),
    })),
    rows: compareWithPeers(measured, OURS),
  })
  await withBench(rows, { cores, document }, async (bench, ceiling) => {
    const measureCeiling = async (algorithm: KeyAlgorithm, duration: number) => {
      const perSecond = await (await ceiling())({ algorithm, threads: cores, seconds: duration })
      ceilings.set(algorithm, [...(ceilings.get(algorithm) ?? []), perSecond])
      return perSecond
    }
    const run = { ...options, measureCeiling }
    await runRows(bench, rows, run, (measured) => onResults(resultsOf(measured)))
  })
}

async function withBench(
  rows: readonly BenchRow[],
  { cores, document }: Pick<Bench, 'cores' | 'document'>,
  use: (bench: Bench, ceiling: () => Promise<MeasureCeiling>) => Promise<void>,
): Promise<void> {
  const named = rows.flatMap(({ cases }) => cases.flatMap(({ algorithm }) => algorithm ?? []))
  // Some rows need keys without being compared with their ceiling.
  const algorithms = [...new Set<KeyAlgorithm>(['rsa-2048', 'p-256', ...named])]
  const dir = await mkdtemp(join(tmpdir(), 'sceau-bench-work-'))
  atEnd(() => rmSync(dir, { recursive: true, force: true }))
  let appliance: Promise<BenchAppliance> | undefined
  let ceiling: MeasureCeiling | undefined
  const bench: Bench = {
    dir,
    cores,
    document,
    appliance() {
      appliance ??= startAppliance(algorithms)
      return appliance
    },
  }
  try {
    await use(bench, async () => {
      ceiling ??= makeMeasureCeiling(await bench.appliance(), dir)
      return ceiling
    })
  } finally {
    // One that could not be founded has nothing left to remove.
    await (await appliance?.catch(() => undefined))?.remove()
    await rm(dir, { recursive: true, force: true })
  }
}
