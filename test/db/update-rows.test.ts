import { CompiledQuery } from 'kysely'
import { expect, test } from 'vitest'
import type { Db } from '../../src/db/database.ts'
import { makeUpdateRows } from '../../src/db/update-rows.ts'
import { makeBatchBench } from '../support/batch-bench.ts'
import { describeEachDatabase, openTestDatabase } from '../support/databases.ts'

const update = makeUpdateRows('batch_document', {
  scope: 'batch_id',
  key: 'seq',
  columns: { seq: 'bigint', state: 'text', problem_json: 'text', log_offset: 'bigint' },
})

describeEachDatabase('an update of many rows', (open, dialect) => {
  test('writes to each what is its own, and to no other row', async () => {
    const bench = await makeBatchBench((await open()).db)
    const { db } = bench
    const { batches } = await bench.startNode('a', { dialect })
    const ids = await Promise.all(
      ['r-1', 'r-2'].map(async (requestId) => {
        const options = { level: 'B-B' } as const
        const asked = { client: bench.client, sealId: 'conseil', options, requestId }
        return (await batches.open(asked)).id
      }),
    )
    const [id = '', other = ''] = ids
    for (const batch_id of ids) {
      for (let seq = 1; seq <= 200; seq += 1) {
        const place = { pack: 'a-1.pack', pack_offset: 0, bytes: 1, sha256: '00' }
        const row = { batch_id, seq, name: `n${seq}`, ...place, state: 'pending' } as const
        await db.insertInto('batch_document').values(row).execute()
      }
    }
    const seqs = Array.from({ length: 150 }, (_, i) => i + 10)

    await db.transaction().execute((tx) =>
      update(
        tx,
        id,
        seqs.map((seq) => ({
          seq,
          state: seq % 2 === 0 ? 'sealed' : 'failed',
          problem_json: seq % 2 === 0 ? null : `p${seq}`,
          log_offset: seq % 2 === 0 ? 2 ** 40 + seq : null,
        })),
      ),
    )

    const rows = await db.selectFrom('batch_document').selectAll().orderBy('seq').execute()
    for (const { batch_id, seq, state, problem_json, log_offset } of rows) {
      const isWritten = batch_id === id && seq >= 10 && seq < 160
      const even = seq % 2 === 0
      expect({ state, problem_json, log_offset }).toEqual(
        isWritten
          ? {
              state: even ? 'sealed' : 'failed',
              problem_json: even ? null : `p${seq}`,
              log_offset: even ? 2 ** 40 + seq : null,
            }
          : { state: 'pending', problem_json: null, log_offset: null },
      )
    }
    expect(other).not.toBe('')
  })
})

test('finds each row by scope and key, however many rows the scope has (SQLite)', async () => {
  const { db } = await openTestDatabase('sqlite')
  const asked: { sql: string; parameters: readonly unknown[] }[] = []

  const written = { state: 'sealed', problem_json: null, log_offset: 1 }
  const rows = Array.from({ length: 64 }, (_, seq) => ({ seq, ...written }))
  await update(noting(db, asked), 'b', rows)

  const [query = { sql: '', parameters: [] }] = asked
  const plan = await db.executeQuery<{ detail: string }>(
    CompiledQuery.raw(`explain query plan ${query.sql}`, [...query.parameters]),
  )
  expect(plan.rows.map(({ detail }) => detail)).toContainEqual(
    expect.stringMatching(/^SEARCH batch_document .*\(batch_id=\? AND seq=\?\)$/),
  )
})

/** The same database, and what it was asked. */
function noting(db: Db, asked: { sql: string; parameters: readonly unknown[] }[]): Db {
  return new Proxy(db, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target)
      if (typeof member !== 'function') return member
      if (key !== 'executeQuery') return member.bind(target)
      return (query: CompiledQuery) => {
        asked.push(query)
        return target.executeQuery(query)
      }
    },
  })
}
