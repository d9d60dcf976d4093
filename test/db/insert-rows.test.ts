import { expect, test } from 'vitest'
import { makeInsertRows } from '../../src/db/insert-rows.ts'
import { describeEachDatabase } from '../support/databases.ts'

const COLUMNS = ['id', 'kind', 'name', 'siren', 'created_at'] as const

const organisations = (count: number, prefix: string) =>
  Array.from({ length: count }, (_, i) => ({
    id: `${prefix}-${i}`,
    kind: 'firm' as const,
    name: `Cabinet « ${prefix} » n° ${i}'; --`,
    siren: '123456782',
    created_at: i,
  }))

describeEachDatabase('rows inserted by a statement that was compiled once', (open) => {
  test.each([1, 3, 3, 100])('%i of them are read back as they were given', async (count) => {
    const { db } = await open()
    const insert = makeInsertRows('organisation', COLUMNS)
    const rows = [...organisations(count, 'a'), ...organisations(count, 'b')]

    await insert(db, rows.slice(0, count))
    await db.transaction().execute((tx) => insert(tx, rows.slice(count)))

    const found = await db.selectFrom('organisation').select(COLUMNS).execute()
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1)
    expect(found.sort(byId)).toEqual(rows.sort(byId))
  })

  test('none are no statement at all', async () => {
    const { db } = await open()

    await expect(makeInsertRows('organisation', COLUMNS)(db, [])).resolves.toBeUndefined()
  })
})
