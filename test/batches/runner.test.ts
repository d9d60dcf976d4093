import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { makeClaims } from '../../src/batches/claims.ts'
import type { Batch } from '../../src/batches/model.ts'
import { isFinished } from '../../src/batches/model.ts'
import { AppError } from '../../src/errors.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { changeSeal } from '../../src/sealing/administration.ts'
import { makeOperationWitness } from '../../src/sealing/operation-witness.ts'
import {
  type BatchBench,
  type BatchNode,
  documents,
  fill,
  makeBatchBench,
  makeEngine,
  octets,
  untilBatch,
} from '../support/batch-bench.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { judgeSignatures } from '../support/judges.ts'

const done = ({ state }: Batch) => isFinished(state)

/** Every document sealed once, one operation each, and the journal proves them. */
async function expectWhole(bench: BatchBench, batch: Batch): Promise<void> {
  const { sealed, failed, total } = batch.counts
  expect(batch.counts).toMatchObject({ pending: 0, total: sealed + failed })
  const rows = await bench.db
    .selectFrom('batch_document')
    .selectAll()
    .where('batch_id', '=', batch.id)
    .orderBy('seq')
    .execute()
  expect(rows.map(({ seq }) => seq)).toEqual(Array.from({ length: total }, (_, i) => i + 1))
  const numbers = rows.map(({ event_no }) => event_no).sort((a, b) => Number(a) - Number(b))
  expect(numbers).toEqual(Array.from({ length: total }, (_, i) => i + 1))
  const operations = await bench.db.selectFrom('operation').select('id').execute()
  const named = rows.flatMap(({ operation_id }) => operation_id ?? [])
  expect(new Set(named).size).toBe(sealed)
  expect(new Set(operations.map(({ id }) => id))).toEqual(new Set(named))
  expect(await bench.db.selectFrom('batch_chunk').selectAll().execute()).toEqual([])
  const verdict = await verifyJournal(bench.db, makeOperationWitness(bench.db))
  expect(verdict).toMatchObject({ intact: true })
}

async function sealedFile(
  { batches }: BatchNode,
  { client }: BatchBench,
  id: string,
  name: string,
) {
  const { document, parts, read } = await batches.readDocument(client, id, name)
  const file = await octets(read(parts))
  expect(createHash('sha256').update(file).digest('hex')).toBe(document.sealed?.sha256)
  return file
}

describeEachDatabase('a batch', (open, dialect) => {
  test('is sealed, each document once, in files that pdfsig accepts', async () => {
    const bench = await makeBatchBench((await open()).db)
    const node = await bench.startNode('a', { dialect })
    const { id } = await fill(node, bench, documents(150, [3, 149]))

    await node.batches.start(bench.client, id)
    const batch = await untilBatch(node, bench, { id, is: done })

    expect(batch).toMatchObject({
      state: 'completed_with_failures',
      counts: { total: 150, sealed: 148, failed: 2, pending: 0 },
      waiting: undefined,
    })
    await expectWhole(bench, batch)
    const file = await sealedFile(node, bench, id, 'lettre-77.pdf')
    expect(file.subarray(0, documents(78)[77]?.bytes.length)).toEqual(documents(78)[77]?.bytes)
    expect(judgeSignatures(file)).toMatchObject({ valid: 1 })
    const [failed] = await node.batches.documents(bench.client, id, {
      state: 'failed',
      after: 0,
      limit: 1,
    })
    expect(failed).toMatchObject({ name: 'lettre-3.pdf', problem: { code: 'not-a-pdf' } })
  })

  test('whose failures are tried again keeps what was sealed', async () => {
    const bench = await makeBatchBench((await open()).db)
    const engine = makeEngine(bench, bench.dir, 'a1')
    let isMean = true
    const seal: typeof engine.seal = async (kit, job) => {
      const outcomes = await engine.seal(kit, job)
      if (!isMean) return outcomes
      return outcomes.map((outcome, i) =>
        i % 10 === 0 ? { ok: false, code: 'internal', message: 'mean', hints: {} } : outcome,
      )
    }
    const node = await bench.startNode('a', { dialect, engine: { threads: 2, seal } })
    const { id } = await fill(node, bench, documents(100))
    await node.batches.start(bench.client, id)
    const first = await untilBatch(node, bench, { id, is: done })
    expect(first.counts).toEqual({ total: 100, sealed: 89, failed: 11, pending: 0 })
    const before = await bench.db.selectFrom('operation').select('id').execute()

    isMean = false
    await node.batches.retry(bench.client, id)
    const second = await untilBatch(node, bench, { id, is: done })

    expect(second).toMatchObject({ state: 'completed', counts: { sealed: 100, failed: 0 } })
    const after = await bench.db.selectFrom('operation').select('id').execute()
    expect(after).toHaveLength(100)
    expect(after).toEqual(expect.arrayContaining(before))
  })

  test('waits while the HSM is away and says so, and fails no document for it', async () => {
    const bench = await makeBatchBench((await open()).db)
    const engine = makeEngine(bench, bench.dir, 'a1')
    let isAway = true
    const seal: typeof engine.seal = async (kit, job) => {
      if (isAway) throw new AppError('hsm-unavailable', 'away', { hints: { retryAfterSeconds: 5 } })
      return engine.seal(kit, job)
    }
    const node = await bench.startNode('a', { dialect, engine: { threads: 2, seal } })
    const { id } = await fill(node, bench, documents(70))
    await node.batches.start(bench.client, id)

    const waiting = await untilBatch(node, bench, {
      id,
      is: (batch) => batch.waiting !== undefined,
    })
    expect(waiting).toMatchObject({ state: 'running', waiting: { code: 'hsm-unavailable' } })
    isAway = false
    const batch = await untilBatch(node, bench, { id, is: done })

    expect(batch).toMatchObject({ state: 'completed', waiting: undefined })
    await expectWhole(bench, batch)
  })

  test('waits while its seal is suspended, and goes on when it is resumed', async () => {
    const bench = await makeBatchBench((await open()).db)
    const node = await bench.startNode('a', { dialect })
    const { id } = await fill(node, bench, documents(10))
    await node.batches.start(bench.client, id)
    await untilBatch(node, bench, { id, is: done })
    const other = await fill(node, bench, documents(10))
    bench.clock.now += 1_000
    await node.batches.start(bench.client, other.id)
    await changeSeal(bench.administration, 'conseil', 'suspend')
    bench.clock.now += 1_000

    const seen = await untilBatch(node, bench, {
      id: other.id,
      is: (batch) => batch.waiting !== undefined || done(batch),
    })
    await changeSeal(bench.administration, 'conseil', 'resume')
    bench.clock.now += 1_000
    const batch = await untilBatch(node, bench, { id: other.id, is: done })

    // It may have been quicker than the suspension.
    if (!done(seen)) expect(seen.waiting).toMatchObject({ code: 'seal-suspended' })
    expect(batch.state).toBe('completed')
  })

  test('goes on after its server died with documents under way', async () => {
    const bench = await makeBatchBench((await open()).db)
    const dying = new AbortController()
    const seal = () =>
      new Promise<never>((_resolve, reject) => {
        dying.signal.addEventListener('abort', () => reject(new Error('it is dead')))
      })
    const claims = makeClaims({ dialect, node: 'dead' })
    const dead = await bench.startNode('dead', {
      dialect,
      engine: { threads: 2, seal },
      claims: {
        ...claims,
        claim: async (...of) => (dying.signal.aborted ? [] : claims.claim(...of)),
      },
    })
    const { id } = await fill(dead, bench, documents(300))
    await dead.batches.start(bench.client, id)
    await untilBatch(dead, bench, { id, is: ({ state }) => state === 'running' })
    // Its death: it does nothing more, and nobody renews its lease.
    dying.abort()
    await bench.db.updateTable('batch_chunk').set({ lease_until: 1 }).execute()

    const node = await bench.startNode('b', { dialect })
    const batch = await untilBatch(node, bench, { id, is: done })

    expect(batch.state).toBe('completed')
    await expectWhole(bench, batch)
  })

  test('that was taken over from a slow node is not written by it', async () => {
    const bench = await makeBatchBench((await open()).db)
    const engine = makeEngine(bench, bench.dir, 'slow1')
    let letGo: (() => void)[] = []
    const seal: typeof engine.seal = async (kit, job) => {
      const outcomes = await engine.seal(kit, job)
      await new Promise<void>((resolve) => letGo.push(resolve))
      return outcomes
    }
    const slow = await bench.startNode('slow', { dialect, engine: { threads: 2, seal } })
    const { id } = await fill(slow, bench, documents(100))
    await slow.batches.start(bench.client, id)
    await untilBatch(slow, bench, { id, is: () => letGo.length > 0 })
    await bench.db.updateTable('batch_chunk').set({ lease_until: 1 }).execute()
    const quick = await bench.startNode('quick', { dialect })
    const batch = await untilBatch(quick, bench, { id, is: done })

    for (const resolve of letGo) resolve()
    letGo = []
    await slow.runner.stop()

    expect(await quick.batches.get(bench.client, id)).toEqual(batch)
    await expectWhole(bench, batch)
  })

  test('that is cancelled seals nothing more, and keeps what is sealed', async () => {
    const bench = await makeBatchBench((await open()).db)
    const engine = makeEngine(bench, bench.dir, 'a1')
    let jobs = 0
    const held: (() => void)[] = []
    const seal: typeof engine.seal = async (kit, job) => {
      jobs += 1
      if (jobs > 1) await new Promise<void>((resolve) => held.push(resolve))
      return engine.seal(kit, job)
    }
    const node = await bench.startNode('a', { dialect, engine: { threads: 2, seal } })
    const { id } = await fill(node, bench, documents(640))
    await node.batches.start(bench.client, id)
    await untilBatch(node, bench, { id, is: ({ counts }) => counts.sealed > 0 })

    const cancelled = await node.batches.cancel(bench.client, id)
    for (const resolve of held.splice(0)) resolve()
    await node.runner.stop()

    expect(cancelled.state).toBe('cancelled')
    const after = await node.batches.get(bench.client, id)
    expect(after.counts).toEqual(cancelled.counts)
    const operations = await bench.db.selectFrom('operation').select('id').execute()
    expect(operations).toHaveLength(cancelled.counts.sealed)
    await sealedFile(node, bench, id, 'lettre-0.pdf')
  })
})
