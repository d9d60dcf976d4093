import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { Db } from '../../src/db/database.ts'
import { type FileStore, makeFileStore } from '../../src/sealing/file-store.ts'
import { forgetOldRepetitions, forgetRepetitions } from '../../src/sealing/repetitions.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { makeSealingBench, requestOf, START } from '../support/sealing-bench.ts'

async function makeBench(db: Db) {
  const bench = await makeSealingBench(db)
  const files = makeFileStore(bench.filesDir)
  const sealing = bench.makeSealing()
  const seal = (idempotencyKey: string) => sealing.apply(requestOf(bench, { idempotencyKey }))
  return { ...bench, files, seal }
}

const keysOf = async (db: Db) =>
  (await db.selectFrom('idempotency').select('key').orderBy('key').execute()).map(({ key }) => key)

async function isKept({ db, filesDir }: { db: Db; filesDir: string }, key: string) {
  const { appendix_sha256: sha256 } = await db
    .selectFrom('idempotency')
    .select('appendix_sha256')
    .where('key', '=', key)
    .executeTakeFirstOrThrow()
  return () => existsSync(`${filesDir}/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`)
}

describeEachDatabase('an answer that may be asked for again', (open) => {
  test('is forgotten with its file; the operation stays, and the key is free', async () => {
    const { db } = await open()
    const bench = await makeBench(db)
    const first = await bench.seal('a')
    await bench.seal('b')
    const [a, b] = [await isKept(bench, 'a'), await isKept(bench, 'b')]
    expect([a(), b()]).toEqual([true, true])

    await forgetRepetitions(bench, bench.client.id, ['a', 'never-used'])
    await forgetRepetitions(bench, 'another client', ['b'])

    expect(await keysOf(db)).toEqual(['b'])
    expect([a(), b()]).toEqual([false, true])
    expect((await bench.seal('a')).operation.id).not.toBe(first.operation.id)
    expect(await db.selectFrom('operation').select('id').execute()).toHaveLength(3)
  })

  test('goes when it is old, some at a time', async () => {
    const { db } = await open()
    const bench = await makeBench(db)
    for (const key of ['1', '2', '3', '4']) {
      await bench.seal(key)
      bench.clock.now += 1000
    }

    expect(await forgetOldRepetitions(bench, START + 3000, 2)).toBe(true)
    expect(await keysOf(db)).toEqual(['3', '4'])
    expect(await forgetOldRepetitions(bench, START + 3000, 2)).toBe(false)
    expect(await keysOf(db)).toEqual(['4'])
  })

  test('keeps its file while another answer is the same octets', async () => {
    const { db } = await open()
    const bench = await makeBench(db)
    await bench.seal('a')
    const file = await isKept(bench, 'a')
    const row = await db.selectFrom('idempotency').selectAll().executeTakeFirstOrThrow()
    const twin = { ...row, key: 'b', created_at: row.created_at + 7 }
    await db.insertInto('idempotency').values(twin).execute()
    const removed: string[] = []
    const files: FileStore = {
      ...bench.files,
      async remove(sha256) {
        removed.push(sha256)
        await bench.files.remove(sha256)
      },
    }

    await forgetRepetitions({ db, files }, bench.client.id, ['a'])
    expect([removed, file()]).toEqual([[], true])
    await forgetRepetitions({ db, files }, bench.client.id, ['b'])

    expect([removed, file()]).toEqual([[row.appendix_sha256], false])
  })
})
