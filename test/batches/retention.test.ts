import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pino from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { openBatchFiles } from '../../src/batches/files/batch-files.ts'
import {
  type RetentionDeps,
  removeExpired,
  startRetention,
  sweepOrphans,
} from '../../src/batches/retention.ts'
import { takeExpired } from '../../src/batches/retention-store.ts'
import { findBatch, insertDocuments, listExpired, moveBatch } from '../../src/batches/store.ts'
import { insertDelivery } from '../../src/batches/webhooks/delivery-store.ts'
import type { Db } from '../../src/db/database.ts'
import { insertBatchRow } from '../support/batch-rows.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { insertSealRows } from '../support/recorded-operations.ts'

const NOW = Date.UTC(2027, 0, 1)
const DAY_MS = 86_400_000

async function makeBench(db: Db) {
  await insertSealRows(db)
  const dir = await mkdtemp(join(tmpdir(), 'sceau-retention-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const files = await openBatchFiles(dir)
  onTestFinished(() => files.close())
  const clock = { now: NOW }
  const deps = { db, files, dir, now: () => clock.now, log: pino({ level: 'silent' }) }
  return { dir, files, clock, deps }
}

/** A batch with a document, its file, and a message about it. */
async function fillBatch(
  { db, files }: Pick<RetentionDeps, 'db' | 'files'>,
  wish: Parameters<typeof insertBatchRow>[1],
): Promise<string> {
  const id = await insertBatchRow(db, { total: 1, sealed: 1, ...wish })
  const { extent, sha256 } = await files.put(id, Buffer.from('%PDF-'), { maxBytes: 100 })
  const place = { pack: extent.file, pack_offset: extent.offset, bytes: extent.length }
  const document = {
    batch_id: id,
    seq: 1,
    name: 'a.pdf',
    sha256,
    state: 'sealed',
    ...place,
  } as const
  await insertDocuments(db, [document])
  await db.transaction().execute((tx) =>
    insertDelivery(tx, {
      ...{ id: randomUUID(), batch_id: id, body_json: '{}', state: 'given-up' },
      ...{ attempts: 0, next_at: 0, created_at: 0 },
    }),
  )
  return id
}

async function removals(db: Db) {
  return db
    .selectFrom('journal_entry')
    .select(['subject', 'actor'])
    .where('action', '=', 'batch.removed')
    .execute()
}

describeEachDatabase('an expired batch', (open) => {
  test.each([
    { state: 'completed' },
    { state: 'completed_with_failures' },
    { state: 'cancelled' },
    { state: 'open' },
  ] as const)(
    'that is $state goes with its rows and its files; the journal has it',
    async ({ state }) => {
      const { db } = await open()
      const { deps, dir } = await makeBench(db)
      const id = await fillBatch(deps, { state, expires_at: NOW })
      const kept = await fillBatch(deps, { state, expires_at: NOW + 1 })

      await removeExpired(deps)

      expect(await findBatch(db, id)).toBeUndefined()
      expect(existsSync(join(dir, id))).toBe(false)
      expect(await findBatch(db, kept)).toMatchObject({ id: kept, state })
      expect(existsSync(join(dir, kept))).toBe(true)
      expect(await removals(db)).toEqual([{ subject: id, actor: 'server' }])
      expect(await db.selectFrom('batch_document').select('batch_id').execute()).toEqual([
        { batch_id: kept },
      ])
    },
  )

  test('is removed once, however many nodes come to it', async () => {
    const { db } = await open()
    const { deps } = await makeBench(db)
    const ids: string[] = []
    for (let i = 0; i < 5; i += 1) ids.push(await fillBatch(deps, { expires_at: NOW }))

    await Promise.all([removeExpired(deps), removeExpired(deps), removeExpired(deps)])

    expect((await removals(db)).map(({ subject }) => subject).sort()).toEqual(ids.sort())
  })

  test('that a node took and left half removed is removed by another an hour later', async () => {
    const { db } = await open()
    const { deps, clock } = await makeBench(db)
    const id = await fillBatch(deps, { expires_at: NOW })
    const [expired] = await listExpired(db, NOW, 1)
    if (expired === undefined) throw new Error('nothing expired')
    await takeExpired(db, expired, NOW + 3_600_000)

    await removeExpired(deps)
    expect(await findBatch(db, id)).toBeDefined()
    clock.now += 3_600_000
    await removeExpired(deps)

    expect(await findBatch(db, id)).toBeUndefined()
  })

  test('that is retried in the meantime stays; one that was taken is not retried', async () => {
    const { db } = await open()
    const { deps } = await makeBench(db)
    const state = 'completed_with_failures'
    const retried = await fillBatch(deps, { state, expires_at: NOW })
    const taken = await fillBatch(deps, { state, expires_at: NOW - 1 })
    const seen = await listExpired(db, NOW, 10)
    const [first, second] = seen
    if (first === undefined || second === undefined) throw new Error('two have expired')

    await takeExpired(db, first, NOW + 1)
    expect(await moveBatch(db, taken, 'retry', { expires_at: null })).toBeUndefined()
    expect(await moveBatch(db, retried, 'retry', { expires_at: null })).toBeDefined()
    expect(await takeExpired(db, second, NOW + 1)).toBeUndefined()
  })

  test('that cannot be removed does not keep the others', async () => {
    const { db } = await open()
    const { deps } = await makeBench(db)
    const id = await fillBatch(deps, { expires_at: NOW - 1 })
    const other = await fillBatch(deps, { expires_at: NOW })
    const remove = async (batchId: string) => {
      if (batchId === id) throw new Error('disk')
      await deps.files.remove(batchId)
    }

    await removeExpired({ ...deps, files: { ...deps.files, remove } })

    expect(await findBatch(db, other)).toBeUndefined()
  })
})

describeEachDatabase('a folder without a batch', (open) => {
  async function makeFolder(dir: string, name: string, at: number) {
    await mkdir(join(dir, name))
    await writeFile(join(dir, name, 'a-1.pack'), 'x')
    await utimes(join(dir, name), at / 1000, at / 1000)
  }

  test('is removed a day after it was last touched; nothing else is', async () => {
    const { db } = await open()
    const { deps, dir } = await makeBench(db)
    const [old, fresh, owned] = [randomUUID(), randomUUID(), randomUUID()]
    await makeFolder(dir, old, NOW - DAY_MS)
    await makeFolder(dir, fresh, NOW - DAY_MS + 1000)
    await makeFolder(dir, 'lost+found', NOW - 9 * DAY_MS)
    await insertBatchRow(db, { id: owned })
    await makeFolder(dir, owned, NOW - 9 * DAY_MS)

    await sweepOrphans(deps)

    expect(existsSync(join(dir, old))).toBe(false)
    for (const name of [fresh, owned, 'lost+found']) expect(existsSync(join(dir, name))).toBe(true)
  })

  test('is found among hundreds, at the start of the server', async () => {
    const { db } = await open()
    const { deps, dir } = await makeBench(db)
    const ids = Array.from({ length: 450 }, () => randomUUID())
    for (const id of ids) await makeFolder(dir, id, NOW - 2 * DAY_MS)

    const retention = startRetention(deps)
    onTestFinished(() => retention.stop())

    await vi.waitFor(
      () => expect(ids.filter((id) => existsSync(join(dir, id)))).toEqual([]),
      20_000,
    )
  })
})
