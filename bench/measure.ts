import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KeyAlgorithm } from '../hsm/algorithms.ts'
import { type BenchAppliance, startAppliance } from './appliance.ts'
import { type MeasureCeiling, makeMeasureCeiling } from './ceiling.ts'
import { makeDocument } from './document.ts'
import { compareWithPeers, type Results, type RowResult } from './results.ts'
import type { Bench, BenchRow } from './row.ts'
import { type RunOptions, runRows } from './run.ts'
import { spreadOf } from './statistics.ts'

/** The row that peers are compared with. */
const OURS = 'engine'

/** Measure rows on an appliance made for them. @param onResults - After every round, those so far. */
export async function measureRows(
  rows: readonly BenchRow[],
  options: Omit<RunOptions, 'measureCeiling'>,
  onResults: (results: Results) => void,
): Promise<void> {
  const { rounds, seconds } = options
  const cores = availableParallelism()
  const machine = { cores, cpu: cpus()[0]?.model ?? '', node: process.version }
  const ceilings = new Map<KeyAlgorithm, number[]>()
  const resultsOf = (measured: readonly RowResult[]): Results => ({
    machine,
    settings: { rounds, seconds },
    ceilings: [...ceilings].map(([algorithm, values]) => ({
      algorithm,
      threads: cores,
      perSecond: spreadOf(values),
    })),
    rows: compareWithPeers(measured, OURS),
  })
  await withBench(rows, cores, async (bench, ceiling) => {
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
  cores: number,
  use: (bench: Bench, ceiling: () => Promise<MeasureCeiling>) => Promise<void>,
): Promise<void> {
  const named = rows.flatMap(({ cases }) => cases.flatMap(({ algorithm }) => algorithm ?? []))
  // Some rows need keys without being compared with their ceiling.
  const algorithms = [...new Set<KeyAlgorithm>(['rsa-2048', 'p-256', ...named])]
  const dir = await mkdtemp(join(tmpdir(), 'sceau-bench-work-'))
  let appliance: Promise<BenchAppliance> | undefined
  let ceiling: MeasureCeiling | undefined
  const bench: Bench = {
    dir,
    cores,
    document: makeDocument(100 * 1024),
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
    await (await appliance)?.remove()
    await rm(dir, { recursive: true, force: true })
  }
}
