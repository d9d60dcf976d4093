import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import { makeClaims } from '../../src/batches/claims.ts'
import { type BatchFiles, openBatchFiles } from '../../src/batches/files/batch-files.ts'
import type { Batch } from '../../src/batches/model.ts'
import { type Runner, type RunnerDeps, startRunner } from '../../src/batches/runner.ts'
import { type Batches, makeBatches } from '../../src/batches/service.ts'
import type { Db } from '../../src/db/database.ts'
import type { Dialect } from '../../src/db/schema.ts'
import { makeIdMaker } from '../../src/ids.ts'
import { makeSealAccess } from '../../src/sealing/seal-access.ts'
import { makeInlineEngine } from './inline-engine.ts'
import { makeSealingBench, type SealingBench } from './sealing-bench.ts'
import { makePdf } from './test-pdf.ts'

/** One of the servers that work on batches of the same database and folder. */
export interface BatchNode {
  readonly batches: Batches
  readonly files: BatchFiles
  readonly runner: Runner
  readonly told: readonly string[]
}

export interface BatchBench extends SealingBench {
  readonly dir: string
  startNode(name: string, wish?: Partial<RunnerDeps> & { dialect?: Dialect }): Promise<BatchNode>
}

export async function makeBatchBench(db?: Db): Promise<BatchBench> {
  const bench = await makeSealingBench(db)
  const dir = await mkdtemp(join(tmpdir(), 'sceau-batches-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return { ...bench, dir, startNode: (name, wish) => startNode(bench, { dir, name, wish }) }
}

async function startNode(
  bench: SealingBench,
  given: {
    dir: string
    name: string
    wish: (Partial<RunnerDeps> & { dialect?: Dialect }) | undefined
  },
): Promise<BatchNode> {
  const { dir, name, wish } = given
  const { dialect = 'sqlite', ...overridden } = wish ?? {}
  const { db, clock } = bench
  const now = () => clock.now
  const files = await openBatchFiles(dir, { node: name })
  const access = makeSealAccess({ db, now })
  const makeId = makeIdMaker()
  const told: string[] = []
  const deps: RunnerDeps = {
    ...{ db, files, access, makeId, now: Date.now },
    claims: makeClaims({ dialect, node: name }),
    engine: makeEngine(bench, dir, name),
    retentionMs: undefined,
    isAlone: false,
    onFinished: async () => {},
    onProgress: (id) => told.push(id),
    log: pino({ level: 'silent' }),
    ...overridden,
  }
  const runner = startRunner(deps)
  onTestFinished(async () => {
    await runner.stop()
    await files.close()
  })
  const wake = () => runner.wake()
  const batches = makeBatches({ ...deps, wake, now })
  return { batches, files, runner, told }
}

/** The engine of a node, in this thread. */
export function makeEngine({ token }: Pick<SealingBench, 'token'>, dir: string, node: string) {
  return makeInlineEngine({ signDigest: token.signDigest, logs: { dir, node } })
}

/** Documents that all differ; `bad` of them are no PDFs. */
export function documents(count: number, bad: readonly number[] = []) {
  return Array.from({ length: count }, (_, i) => ({
    name: `lettre-${i}.pdf`,
    bytes: bad.includes(i)
      ? Buffer.from(`not a pdf ${i}`)
      : Buffer.concat([makePdf(), Buffer.from(`% ${i}\n`)]),
  }))
}

export async function fill(
  { batches }: BatchNode,
  { client }: BatchBench,
  given: readonly { name: string; bytes: Uint8Array }[],
): Promise<Batch> {
  const options = { level: 'B-B' } as const
  const batch = await batches.open({ client, sealId: 'conseil', options, requestId: 'r-1' })
  const entries = (async function* () {
    for (const { name, bytes } of given) yield { name, chunks: chunksOf(bytes) }
  })()
  await batches.putArchive(client, batch.id, entries)
  return batches.get(client, batch.id)
}

export async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** Wait until the batch is what is wanted. */
export async function untilBatch(
  { batches }: BatchNode,
  { client }: BatchBench,
  wanted: { id: string; is: (batch: Batch) => boolean },
): Promise<Batch> {
  for (const endAt = Date.now() + 30_000; ; ) {
    const batch = await batches.get(client, wanted.id)
    if (wanted.is(batch)) return batch
    if (Date.now() > endAt) throw new Error(`the batch stays ${JSON.stringify(batch)}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

export async function octets(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}
