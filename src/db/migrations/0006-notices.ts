import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../schema.ts'
import { tableMaker } from './create-table.ts'

/** The outbox: what people are told by mail and by SMS. */
export async function noticesTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { create, integer } = tableMaker(db, dialect)
  await create('notice', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('channel', 'text', (c) => c.notNull())
      .addColumn('locale', 'text', (c) => c.notNull())
      .addColumn('recipient', 'text', (c) => c.notNull())
      .addColumn('person_id', 'text', (c) => c.references('person.id'))
      .addColumn('organisation_id', 'text', (c) => c.references('organisation.id'))
      .addColumn('data_json', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('attempts', integer, (c) => c.notNull())
      .addColumn('next_at', integer, (c) => c.notNull())
      .addColumn('expires_at', integer, (c) => c.notNull())
      .addColumn('created_at', integer, (c) => c.notNull())
      .addColumn('ended_at', integer)
      .addColumn('last_words', 'text'),
  )
  await sql`create index notice_due on notice (channel, next_at) where state = 'waiting'`.execute(
    db,
  )
  await sql`create index notice_ended on notice (ended_at) where state <> 'waiting'`.execute(db)
  await sql`create index notice_of_organisation on notice (organisation_id, id)`.execute(db)
  await sql`create index notice_of_person on notice (person_id)`.execute(db)
}
