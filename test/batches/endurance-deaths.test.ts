import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { makeClaims } from '../../src/batches/claims.ts'
import { isFinished } from '../../src/batches/model.ts'
import type { SealJob } from '../../src/engine/job.ts'
import {
  type BatchBench,
  type BatchNode,
  documents,
  fill,
  makeBatchBench,
  makeEngine,
} from '../support/batch-bench.ts'
import { describeEachDatabase } from '../support/databases.ts'

interface Mortal {
  readonly node: BatchNode
  readonly isDead: boolean
}

interface Fate {
  readonly name: string
  readonly dialect: 'sqlite' | 'postgres'
  /** A job that the whole server dies of. */
  readonly isDeadly: (job: SealJob) => boolean
}

/** A server that dies of some jobs: from then on it writes nothing, and nobody renews its leases. */
async function startMortal(bench: BatchBench, fate: Fate): Promise<Mortal> {
  const { name, dialect, isDeadly } = fate
  let isDead = false
  const engine = makeEngine(bench, bench.dir, `${name}1`)
  const claims = makeClaims({ dialect, node: name })
  const node = await bench.startNode(name, {
    dialect,
    // With SQLite there is no other: it takes over at once what the one before has left.
    isAlone: dialect === 'sqlite',
    engine: {
      threads: 2,
      async seal(kit, job) {
        if (isDead || isDeadly(job)) {
          isDead = true
          throw new Error('it is dead')
        }
        return engine.seal(kit, job)
      },
    },
    claims: {
      ...claims,
      claim: async (...of) => (isDead ? [] : claims.claim(...of)),
      begin: async (...of) => !isDead && claims.begin(...of),
      settle: async (...of) => !isDead && claims.settle(...of),
      split: async (...of) => (isDead ? undefined : claims.split(...of)),
      release: async (...of) => (isDead ? undefined : claims.release(...of)),
      releaseAll: async (...of) => (isDead ? undefined : claims.releaseAll(...of)),
      renew: async (...of) => (isDead ? undefined : claims.renew(...of)),
    },
  })
  return {
    node,
    get isDead() {
      return isDead
    },
  }
}

/** One server after the other, until the batch is finished. @returns How many died. */
async function outlive(
  bench: BatchBench,
  { id, dialect, isDeadly }: { id: string } & Pick<Fate, 'dialect' | 'isDeadly'>,
): Promise<{ deaths: number; node: BatchNode }> {
  for (let deaths = 0; ; deaths += 1) {
    const mortal = await startMortal(bench, { name: `m${deaths}`, dialect, isDeadly })
    while (!mortal.isDead) {
      const batch = await mortal.node.batches.get(bench.client, id)
      if (isFinished(batch.state)) return { deaths, node: mortal.node }
      await sleep(10)
    }
    await sleep(20)
    await bench.db
      .updateTable('batch_chunk')
      .set({ lease_until: 1 })
      .where('node', '=', `m${deaths}`)
      .execute()
  }
}

describeEachDatabase('servers that die one after the other', (open, dialect) => {
  test('set no innocent document aside, however often they die', async () => {
    const bench = await makeBatchBench((await open()).db)
    const first = await startMortal(bench, { name: 'first', dialect, isDeadly: () => true })
    const { id } = await fill(first.node, bench, documents(150))
    await first.node.batches.start(bench.client, id)
    while (!first.isDead) await sleep(10)
    await bench.db.updateTable('batch_chunk').set({ lease_until: 1 }).execute()
    const ends = Array.from({ length: 9 }, (_, i) => i)
    const isDeadly = () => ends.pop() !== undefined

    const { node } = await outlive(bench, { id, dialect, isDeadly })

    const batch = await node.batches.get(bench.client, id)
    expect(batch.counts).toEqual({ total: 150, sealed: 150, failed: 0, pending: 0 })
  })

  test('set the one document aside that they die of, and seal all others', async () => {
    const bench = await makeBatchBench((await open()).db)
    let poisonAt = -1
    const isDeadly = ({ documents: places }: SealJob) =>
      places.some((place) => 'offset' in place && place.offset === poisonAt)
    const first = await startMortal(bench, { name: 'first', dialect, isDeadly: () => true })
    const { id } = await fill(first.node, bench, documents(150))
    const poison = await bench.db
      .selectFrom('batch_document')
      .select('pack_offset')
      .where('seq', '=', 77)
      .executeTakeFirstOrThrow()
    poisonAt = poison.pack_offset
    await first.node.batches.start(bench.client, id)
    while (!first.isDead) await sleep(10)
    await bench.db.updateTable('batch_chunk').set({ lease_until: 1 }).execute()

    const { deaths, node } = await outlive(bench, { id, dialect, isDeadly })

    const batch = await node.batches.get(bench.client, id)
    expect(batch.counts).toEqual({ total: 150, sealed: 149, failed: 1, pending: 0 })
    const [failed] = await node.batches.documents(bench.client, id, {
      ...{ state: 'failed', after: 0, limit: 9 },
    })
    expect(failed).toMatchObject({
      seq: 77,
      problem: { code: 'pdf-damaged', message: expect.stringMatching(/set aside/) },
    })
    expect(deaths).toBe(4)
  })
})
