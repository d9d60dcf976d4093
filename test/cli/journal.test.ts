import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { runSceau } from '../support/cli.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { insertSealRows, operationsOf, recordOperations } from '../support/recorded-operations.ts'

describeEachDatabase('sceau journal verify', (open) => {
  test('names the entry and the operation that do not fit, and fails', async () => {
    const { db, url } = await open()
    await insertSealRows(db)
    await recordOperations(db, operationsOf('first', 2))
    await recordOperations(db, operationsOf('second', 5))
    const env = { DATABASE_URL: url }
    const before = await runSceau(['journal', 'verify'], env)
    await sql`update operation set sealed_sha256 = '00' where id = 'second-0003'`.execute(db)

    const words = await runSceau(['journal', 'verify'], env)
    const json = await runSceau(['journal', 'verify', '--json'], env)

    expect(before.stdout).toMatch(/^intact: 2 entries, last hash [0-9a-f]{64}\n$/)
    expect(words.stdout).toBe(
      'BROKEN at entry 2, operation second-0003: it is not what was written down\n',
    )
    expect([before, words, json].map(({ exitCode }) => exitCode)).toEqual([0, 1, 1])
    expect(JSON.parse(json.stdout)).toEqual({
      ...{ intact: false, seq: 2, operation: 'second-0003' },
      reason: 'it is not what was written down',
    })
  })
})
