/**
 * `npm run bench`: the raw ceiling of the token, our own paths and installed peers, alternating in
 * one run. Ratios hold from machine to machine, absolute figures do not. A run of all rows writes
 * `bench/results.json` and the plot.
 */
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { KeyAlgorithm } from '../hsm/algorithms.ts'
import { type BenchAppliance, startAppliance } from './appliance.ts'
import { type MeasureCeiling, makeMeasureCeiling } from './ceiling.ts'
import { makeDocument } from './document.ts'
import { readOptions } from './options.ts'
import type { Results, RowResult } from './results.ts'
import { resultsTable } from './results-table.ts'
import type { Bench } from './row.ts'
import { ROWS } from './rows.ts'
import { runRows } from './run.ts'
import { spreadOf } from './statistics.ts'

const RESULTS = fileURLToPath(new URL('../../bench/results.json', import.meta.url))
const say = (line: string) => void process.stdout.write(`${line}\n`)

const names = ROWS.map(({ name }) => name)
const options = readOptions(process.argv.slice(2), names)
const { only, rounds, seconds } = options
const rows = ROWS.filter(({ name }) => only.length === 0 || only.includes(name))
const algorithms = [...new Set(ROWS.flatMap((row) => row.cases.flatMap((c) => c.algorithm ?? [])))]

const cores = availableParallelism()
const machine = { cores, cpu: cpus()[0]?.model ?? '', node: process.version }
const dir = await mkdtemp(join(tmpdir(), 'sceau-bench-work-'))
let started: Promise<BenchAppliance> | undefined
let ceiling: MeasureCeiling | undefined
const ceilings = new Map<KeyAlgorithm, number[]>()
const appliance = () => {
  started ??= startAppliance(algorithms)
  return started
}
const bench: Bench = { dir, cores, document: makeDocument(100 * 1024), appliance }

async function measureCeiling(algorithm: KeyAlgorithm, duration: number): Promise<number> {
  ceiling ??= makeMeasureCeiling(await appliance(), dir)
  const perSecond = await ceiling({ algorithm, threads: cores, seconds: duration })
  ceilings.set(algorithm, [...(ceilings.get(algorithm) ?? []), perSecond])
  return perSecond
}

function resultsWith(measured: readonly RowResult[]): Results {
  return {
    machine,
    settings: { rounds, seconds },
    ceilings: [...ceilings].map(([algorithm, values]) => ({
      algorithm,
      threads: cores,
      perSecond: spreadOf(values),
    })),
    rows: measured,
  }
}

let results: Results | undefined
try {
  const running = { rounds, seconds, warmSecondsMax: options.warm, measureCeiling, say }
  await runRows(bench, rows, running, (measured) => {
    results = resultsWith(measured)
    if (only.length === 0) writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`)
  })
} finally {
  await (await started)?.remove()
  await rm(dir, { recursive: true, force: true })
}
if (results !== undefined) say(`\n${resultsTable(results)}`)
