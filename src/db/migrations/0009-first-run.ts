import type { Kysely } from 'kysely'
import type { Dialect } from '../schema.ts'
import { tableMaker } from './create-table.ts'

/** How far the first run has come: it goes on after a closed browser and a killed server. */
export async function firstRunTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { create, bytes, integer } = tableMaker(db, dialect)

  await create('first_run', (t) =>
    t
      .addColumn('id', integer, (c) => c.primaryKey())
      .addColumn('token_sha256', 'text', (c) => c.notNull())
      .addColumn('session_sha256', 'text', (c) => c.notNull())
      .addColumn('locale', 'text', (c) => c.notNull())
      .addColumn('organisation_id', 'text', (c) => c.references('organisation.id'))
      .addColumn('person_id', 'text', (c) => c.references('person.id'))
      .addColumn('began_at', integer, (c) => c.notNull())
      .addColumn('finished_at', integer),
  )
  await create('first_run_step', (t) =>
    t
      .addColumn('step', 'text', (c) => c.primaryKey())
      .addColumn('detail_json', 'text', (c) => c.notNull())
      .addColumn('document', bytes)
      .addColumn('done_at', integer, (c) => c.notNull()),
  )
}
