/**
 * `npm run bench`: the raw ceiling of the token and our own paths, alternating in one run. Ratios
 * hold from machine to machine, absolute figures do not. Writes `bench/results.json`.
 */
import { writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { KeyAlgorithm } from '../hsm/algorithms.ts'
import { table } from '../src/cli/output.ts'
import { startAppliance } from './appliance.ts'
import { makeCeiling } from './ceiling.ts'
import { makeDocument } from './document.ts'
import { type Load, loadApply, loadEcho } from './load.ts'
import { measurePipeline } from './pipeline.ts'

const RESULTS = join(dirname(fileURLToPath(import.meta.url)), '../../bench/results.json')
const ALGORITHMS: readonly KeyAlgorithm[] = ['rsa-2048', 'p-256']
const ROUNDS = 5
const SECONDS = 5
const WARM_SECONDS = 20
const CLIENTS = 8
const PIPELINE_ROUNDS = 4_000

interface Round {
  readonly ceiling: number
  readonly apply: Load
}

const cores = availableParallelism()
const document = makeDocument(100 * 1024)
const pipeline = await measurePipeline(document, PIPELINE_ROUNDS)
const appliance = await startAppliance(ALGORITHMS)
const echoes: Load[] = []
const rounds = new Map<KeyAlgorithm, Round[]>(ALGORITHMS.map((algorithm) => [algorithm, []]))
try {
  const ceiling = makeCeiling(appliance, cores)
  const asked = { document, clients: CLIENTS, seconds: SECONDS }
  // What runs for the first time runs slowly: everyone is warmed before anything is measured.
  const warming = { ...asked, seconds: WARM_SECONDS }
  for (const algorithm of ALGORITHMS) await loadApply(appliance, { ...warming, algorithm })
  for (let round = 0; round < ROUNDS; round += 1) {
    echoes.push(await loadEcho(appliance, asked))
    for (const algorithm of ALGORITHMS) {
      const most = ceiling(algorithm, SECONDS)
      const apply = await loadApply(appliance, { ...asked, algorithm })
      rounds.get(algorithm)?.push({ ceiling: most, apply })
    }
  }
} finally {
  await appliance.remove()
}

const apply = ALGORITHMS.map((algorithm) => summarise(algorithm, rounds.get(algorithm) ?? []))
const echoPerSecond = spread(echoes.map(({ perSecond }) => perSecond))
const machine = { cores, cpu: cpus()[0]?.model ?? '', node: process.version }
writeFileSync(RESULTS, `${JSON.stringify({ machine, pipeline, echoPerSecond, apply }, null, 2)}\n`)
process.stdout.write(`${pipelineTable()}\n\n${applyTable()}\n`)

function summarise(algorithm: KeyAlgorithm, measured: readonly Round[]) {
  return {
    algorithm,
    clients: CLIENTS,
    ceilingPerSecond: spread(measured.map((round) => round.ceiling)),
    applyPerSecond: spread(measured.map((round) => round.apply.perSecond)),
    ratio: spread(measured.map((round) => round.apply.perSecond / round.ceiling)),
    p50Ms: spread(measured.map((round) => round.apply.p50Ms)),
    p99Ms: spread(measured.map((round) => round.apply.p99Ms)),
  }
}

interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (index: number) => Math.round((sorted[index] ?? Number.NaN) * 1000) / 1000
  return { median: at(Math.floor(sorted.length / 2)), min: at(0), max: at(sorted.length - 1) }
}

function pipelineTable(): string {
  const { hashMs, outsideMs, checkMs } = pipeline
  return table([
    ['100 KB document, one thread, P-256', 'CPU ms a document'],
    ['SHA-256 alone', hashMs.toFixed(3)],
    ['read, plan, hash, attributes, CMS, embed', outsideMs.toFixed(3)],
    ['check of the signature before release', checkMs.toFixed(3)],
  ])
}

function applyTable(): string {
  const shown = ({ median, min, max }: Spread) => `${median} (${min}–${max})`
  const rows = apply.map((row) => [
    row.algorithm,
    shown(row.ceilingPerSecond),
    shown(row.applyPerSecond),
    shown(row.ratio),
    shown(row.p50Ms),
    shown(row.p99Ms),
  ])
  rows.push(['HTTPS alone, no sealing', '', shown(echoPerSecond), '', '', ''])
  const head = ['apply, 8 clients', 'ceiling /s', 'sealed /s', 'ratio', 'p50 ms', 'p99 ms']
  return table([head, ...rows])
}
