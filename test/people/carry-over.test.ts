import { Kysely, sql } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { firstTables } from '../../src/db/migrations/0001-first-tables.ts'
import { batches } from '../../src/db/migrations/0002-batches.ts'
import { makeSqliteDialect } from '../../src/db/sqlite-dialect.ts'
import { findMember } from '../../src/people/member.ts'
import { findActor } from '../../src/people/standing.ts'
import { makeDatabaseUrl } from '../support/databases.ts'

test('members of an appliance from before have their function and its term', async () => {
  const url = await makeDatabaseUrl('sqlite')
  const old = new Kysely<unknown>({ dialect: makeSqliteDialect(url.replace('sqlite:', '')) })
  await old.transaction().execute(async (tx) => {
    await firstTables(tx, 'sqlite')
    await batches(tx, 'sqlite')
  })
  await sql`insert into organisation values ('o', 'council', 'Conseil', '123456782', 1)`.execute(
    old,
  )
  await sql`insert into person values ('p', 'Zoé', 'MARTIN', 'Zoe@Croec.example', 1)`.execute(old)
  await sql`insert into membership values ('m', 'o', 'p', 'president', 10, 20, 'active')`.execute(
    old,
  )
  await sql`create table kysely_migration (name varchar(255) not null primary key,
    timestamp varchar(255) not null)`.execute(old)
  await sql`insert into kysely_migration values ('0001-first-tables', '1'), ('0002-batches', '2')`.execute(
    old,
  )
  await old.destroy()

  const db = await openDatabase(url)
  onTestFinished(() => db.destroy())

  const of = { organisationId: 'o', personId: 'p' }
  expect(await findMember(db, of)).toMatchObject({
    ...{ givenName: 'Zoé', familyName: 'MARTIN', email: 'zoe@croec.example', state: 'active' },
    functions: [{ function: 'president', validFrom: 10, validTo: 20, capacities: [] }],
  })
  expect((await findActor(db, { ...of, now: 19 }))?.functions).toEqual(['president'])
  expect((await findActor(db, { ...of, now: 20 }))?.functions).toEqual([])
})
