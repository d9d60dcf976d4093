import { expect, test } from 'vitest'
import { makeClaims } from '../../src/batches/claims.ts'
import { isFinished } from '../../src/batches/model.ts'
import type { Db } from '../../src/db/database.ts'
import { documents, fill, makeBatchBench, untilBatch } from '../support/batch-bench.ts'
import { describeEachDatabase } from '../support/databases.ts'

/** A database that does what it was told, and whose answer is then lost on the way. */
function makeUnsureDb(db: Db, isAnswerLost: () => boolean): Db {
  return new Proxy(db, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target)
      if (typeof member !== 'function') return member
      if (key !== 'transaction') return member.bind(target)
      return () => ({
        async execute(work: Parameters<ReturnType<Db['transaction']>['execute']>[0]) {
          const done = await target.transaction().execute(work)
          if (isAnswerLost()) throw new Error('the connection was lost')
          return done
        },
      })
    },
  })
}

describeEachDatabase('a batch whose database fails now and then', (open, dialect) => {
  test('is finished when what was claimed cannot be read at once', async () => {
    const bench = await makeBatchBench((await open()).db)
    const claims = makeClaims({ dialect, node: 'a' })
    let failures = 2
    const node = await bench.startNode('a', {
      dialect,
      claims: {
        ...claims,
        async listClaimed(...of) {
          if (failures-- > 0) throw new Error('the database is away')
          return claims.listClaimed(...of)
        },
      },
    })
    const { id } = await fill(node, bench, documents(150))

    await node.batches.start(bench.client, id)
    const batch = await untilBatch(node, bench, { id, is: ({ state }) => isFinished(state) })

    expect(batch.counts).toEqual({ total: 150, sealed: 150, failed: 0, pending: 0 })
  })

  test('is sealed once when the answer to a commit is lost', async () => {
    const bench = await makeBatchBench((await open()).db)
    let transactions = 0
    let isLossy = false
    const isAnswerLost = () => {
      transactions += 1
      return isLossy && transactions % 2 === 0
    }
    const node = await bench.startNode('a', { dialect, db: makeUnsureDb(bench.db, isAnswerLost) })
    const { id } = await fill(node, bench, documents(300))
    await node.batches.start(bench.client, id)
    isLossy = true

    const batch = await untilBatch(node, bench, { id, is: ({ state }) => isFinished(state) })

    isLossy = false
    expect(batch.counts).toEqual({ total: 300, sealed: 300, failed: 0, pending: 0 })
    const operations = await bench.db.selectFrom('operation').select('id').execute()
    expect(operations).toHaveLength(300)
  })
})
