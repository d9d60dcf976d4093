import type { KyselyPlugin } from 'kysely'
import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { makeBatchEvents, type WatchEvent } from '../../src/batches/events.ts'
import { deleteBatch, insertDocuments, reopenFailed } from '../../src/batches/store.ts'
import type { Db } from '../../src/db/database.ts'
import { insertBatchRow } from '../support/batch-rows.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { insertSealRows } from '../support/recorded-operations.ts'

const log = pino({ level: 'silent' })
/** Longer than any test: who waits for a look waits in vain. */
const NEVER_MS = 600_000

/** Sees every query, and lets none through while it is told so. */
function spyOn(db: Db) {
  const spy = { batches: 0, documents: 0, isBroken: false }
  const plugin: KyselyPlugin = {
    transformQuery({ node }) {
      if (spy.isBroken) throw new Error('the database is away')
      const text = JSON.stringify(node)
      if (text.includes('"batch_document"')) spy.documents += 1
      else if (text.includes('"batch"')) spy.batches += 1
      return node
    },
    transformResult: async ({ result }) => result,
  }
  return { spy, spied: db.withPlugin(plugin) }
}

/** A batch at work of so many documents, and somebody who ends them. */
async function makeBatch(db: Db, total: number) {
  await insertSealRows(db)
  const times = { finished_at: null, expires_at: null }
  const id = await insertBatchRow(db, { state: 'running', total, ...times })
  const rows = Array.from({ length: total }, (_, i) => ({
    ...{ batch_id: id, seq: i + 1, name: `${i + 1}.pdf`, bytes: 1, sha256: 'aa' },
    ...{ pack: 'n-1.pack', pack_offset: i, state: 'pending' as const },
  }))
  await insertDocuments(db, rows)
  let no = 0
  let failed = 0
  return {
    id,
    /** The next documents end, in one group. */
    async end(count: number, state: 'sealed' | 'failed' = 'sealed', seq = no + 1) {
      await db.transaction().execute(async (tx) => {
        await tx
          .updateTable('batch_document')
          .set((eb) => ({ state, event_no: eb('seq', '+', no + 1 - seq) }))
          .where('batch_id', '=', id)
          .where('seq', '>=', seq)
          .where('seq', '<', seq + count)
          .execute()
        no += count
        failed += state === 'failed' ? count : 0
        const counts = { sealed: no - failed, failed }
        await tx
          .updateTable('batch')
          .set({ event_no: no, ...counts })
          .execute()
      })
    },
    async finish() {
      await db.updateTable('batch').set({ state: 'completed' }).execute()
    },
    /** What failed is pending again. */
    async retry() {
      await db.updateTable('batch').set({ state: 'queued', failed: 0 }).execute()
      await reopenFailed(db, id)
    },
  }
}

function watcher(db: Db, wish: { lookMs?: number; quietMs?: number } = {}) {
  const events = makeBatchEvents({ db, log, lookMs: 5, quietMs: NEVER_MS, ...wish })
  onTestFinished(() => events.close())
  return events
}

/** Of a client that does not go away. */
const staying = () => new AbortController().signal

type Watch = AsyncGenerator<readonly WatchEvent[], void, undefined>

async function readAll(watch: Watch): Promise<WatchEvent[]> {
  const all: WatchEvent[] = []
  for await (const page of watch) all.push(...page)
  return all
}

const numbersOf = (events: readonly WatchEvent[]) =>
  events.flatMap(({ kind, no }) => (kind === 'document' ? [no] : []))

const upTo = (last: number, after = 0) =>
  Array.from({ length: last - after }, (_, i) => after + i + 1)

describeEachDatabase('the events of a batch', (open) => {
  test('are told once each, in order, while they happen, wherever one begins', async () => {
    const { db } = await open()
    const batch = await makeBatch(db, 1_300)
    const events = watcher(db)
    await batch.end(7)
    const afters = [0, 1, 6, 7]
    const watching = afters.map((after) =>
      readAll(events.watch(batch.id, { after, signal: staying() })),
    )
    for (const count of [1, 600, 5, 687]) await batch.end(count)
    await batch.finish()
    const told = await Promise.all(watching)

    for (const [i, after] of afters.entries()) {
      const all = told[i] ?? []
      expect(numbersOf(all)).toEqual(upTo(1_300, after))
      expect(all.at(-1)).toMatchObject({ kind: 'done', no: 1_300, batch: { state: 'completed' } })
      // What lies behind documents is how the batch stands with them.
      for (const event of all) {
        if (event.kind !== 'document') expect(event.batch.eventNo).toBe(event.no)
      }
    }
  })

  test('are told at once when this node says so', async () => {
    const { db } = await open()
    const batch = await makeBatch(db, 3)
    const events = watcher(db, { lookMs: NEVER_MS })
    const watch = events.watch(batch.id, { after: 0, signal: staying() })
    const first = await watch.next()
    const second = watch.next()
    await batch.end(2)
    events.touch(batch.id)
    events.touch('somebody else')

    expect(first.value).toMatchObject([{ kind: 'progress', no: 0 }])
    expect(numbersOf((await second).value ?? [])).toEqual([1, 2])
  })

  test('are read only as they are asked for, a page at a time', async () => {
    const { db } = await open()
    const batch = await makeBatch(db, 1_200)
    const { spy, spied } = spyOn(db)
    const events = watcher(spied)
    const watch = events.watch(batch.id, { after: 0, signal: staying() })
    await watch.next()
    await batch.end(1_200)
    const looks = spy.batches
    await expect.poll(() => spy.batches).toBeGreaterThan(looks + 3)

    expect(spy.documents).toBe(0)
    const sizes = [await watch.next(), await watch.next(), await watch.next()].map(
      ({ value }) => value?.length,
    )
    expect(sizes).toEqual([500, 500, 200])
    expect(spy.documents).toBe(3)
  })

  test('are read once for all who have come as far, and looked for once for all', async () => {
    const { db } = await open()
    const batch = await makeBatch(db, 2)
    const { spy, spied } = spyOn(db)
    const events = watcher(spied, { lookMs: NEVER_MS })
    const watches = Array.from({ length: 20 }, () =>
      events.watch(batch.id, { after: 0, signal: staying() }),
    )
    await Promise.all(watches.map((watch) => watch.next()))
    const { batches } = spy
    const waiting = watches.map((watch) => watch.next())
    await batch.end(2)
    events.touch(batch.id)
    const told = await Promise.all(waiting)

    expect(told.map(({ value }) => numbersOf(value ?? []))).toEqual(Array(20).fill([1, 2]))
    expect(spy.documents).toBe(1)
    expect(spy.batches - batches).toBeLessThan(4)
  })

  test('told by another node are not repeated to who comes with them', async () => {
    const { db } = await open()
    const batch = await makeBatch(db, 10)
    const events = watcher(db, { lookMs: NEVER_MS })
    // It keeps this node's knowledge of the batch alive, and old.
    const slow = events.watch(batch.id, { after: 0, signal: staying() })
    await slow.next()
    await batch.end(10)
    await batch.finish()
    const fast = await readAll(events.watch(batch.id, { after: 10, signal: staying() }))

    expect(numbersOf(fast)).toEqual([])
    expect(fast.at(-1)).toMatchObject({ kind: 'done', no: 10 })
    await slow.return()
  })

  test('go on after a retry, which has taken some of them back', async () => {
    const { db } = await open()
    const batch = await makeBatch(db, 4)
    await batch.end(2)
    await batch.end(2, 'failed')
    await batch.retry()
    await batch.end(2, 'sealed', 3)
    await batch.finish()
    const events = watcher(db)
    const all = await readAll(events.watch(batch.id, { after: 0, signal: staying() }))

    expect(numbersOf(all)).toEqual([1, 2, 5, 6])
    expect(all.at(-1)).toMatchObject({ kind: 'done', no: 6 })
  })

  test('of a batch whose last numbers were taken back end all the same', async () => {
    const { db } = await open()
    const batch = await makeBatch(db, 2)
    await batch.end(1)
    await batch.end(1, 'failed')
    await batch.retry()
    const events = watcher(db)
    const watch = events.watch(batch.id, { after: 0, signal: staying() })

    expect(numbersOf((await watch.next()).value ?? [])).toEqual([1])
    expect((await watch.next()).value).toMatchObject([{ kind: 'progress', no: 2 }])
    await watch.return()
  })

  test('that do not come are an empty list, and then how the batch stands', async () => {
    const { db } = await open()
    const batch = await makeBatch(db, 1)
    const events = watcher(db, { quietMs: 20 })
    const watch = events.watch(batch.id, { after: 0, signal: staying() })
    await watch.next()

    expect((await watch.next()).value).toEqual([])
    expect((await watch.next()).value).toMatchObject([{ kind: 'progress' }])
    await watch.return()
  })

  test('end when the client goes, and nobody looks any more', async () => {
    const { db } = await open()
    const batch = await makeBatch(db, 1)
    const { spy, spied } = spyOn(db)
    const events = watcher(spied)
    const gone = new AbortController()
    const watch = events.watch(batch.id, { after: 0, signal: gone.signal })
    await watch.next()
    const waiting = watch.next()
    gone.abort()

    expect((await waiting).done).toBe(true)
    const looks = spy.batches
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(spy.batches).toBeLessThanOrEqual(looks + 1)
  })

  test('end when the batch is removed, and when the server is closed', async () => {
    const { db } = await open()
    const batch = await makeBatch(db, 1)
    const events = watcher(db)
    const removed = readAll(events.watch(batch.id, { after: 0, signal: staying() }))
    await deleteBatch(db, { id: batch.id, counts: { total: 1, sealed: 0, failed: 0, pending: 1 } })
    expect((await removed).every(({ kind }) => kind === 'progress')).toBe(true)

    const other = await insertBatchRow(db, { state: 'running' })
    const closed = events.watch(other, { after: 0, signal: staying() })
    await closed.next()
    const waiting = closed.next()
    events.close()
    expect((await waiting).done).toBe(true)
    expect(await readAll(events.watch(other, { after: 0, signal: staying() }))).toEqual([])
  })

  test('go on when the database has been away', async () => {
    const { db } = await open()
    const batch = await makeBatch(db, 2)
    const { spy, spied } = spyOn(db)
    const events = watcher(spied)
    const watch = events.watch(batch.id, { after: 0, signal: staying() })
    await watch.next()
    spy.isBroken = true
    const waiting = watch.next()
    await new Promise((resolve) => setTimeout(resolve, 30))
    await batch.end(2)
    spy.isBroken = false

    expect(numbersOf((await waiting).value ?? [])).toEqual([1, 2])
    await watch.return()
  })
})
