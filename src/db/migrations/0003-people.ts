import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../schema.ts'
import { tableMaker } from './create-table.ts'

/** Several functions for a membership, each with its term; what is known of persons. */
export async function peopleTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { create, integer } = tableMaker(db, dialect)
  const alter = (table: string) => db.schema.alterTable(table)

  await alter('organisation')
    .addColumn('address', 'text', (c) => c.notNull().defaultTo(''))
    .execute()
  await alter('organisation')
    .addColumn('settings_json', 'text', (c) => c.notNull().defaultTo('{}'))
    .execute()
  await alter('person').addColumn('mobile', 'text').execute()
  await alter('person').addColumn('professional_id', 'text').execute()
  await alter('person')
    .addColumn('locale', 'text', (c) => c.notNull().defaultTo('fr'))
    .execute()
  for (const column of ['given_name', 'family_name', 'sort_name']) {
    await alter('membership')
      .addColumn(column, 'text', (c) => c.notNull().defaultTo(''))
      .execute()
  }
  await alter('membership')
    .addColumn('state_at', integer, (c) => c.notNull().defaultTo(0))
    .execute()

  await create('member_function', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('membership_id', 'text', (c) => c.notNull().references('membership.id'))
      .addColumn('function', 'text', (c) => c.notNull())
      .addColumn('valid_from', integer, (c) => c.notNull())
      .addColumn('valid_to', integer)
      .addColumn('created_at', integer, (c) => c.notNull()),
  )
  await create('signing_capacity', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('function_id', 'text', (c) => c.notNull().references('member_function.id'))
      .addColumn('text', 'text', (c) => c.notNull())
      .addColumn('type', 'text', (c) => c.notNull()),
  )
  await carryOver(db)
  await indexes(db)
}

/** What was one function of a membership becomes the first of several. */
async function carryOver(db: Kysely<unknown>): Promise<void> {
  await sql`update person set email = lower(email)`.execute(db)
  await sql`insert into member_function
      (id, membership_id, "function", valid_from, valid_to, created_at)
    select id, id, "function", valid_from, valid_to, valid_from from membership`.execute(db)
  await sql`update membership set valid_to = null, state_at = valid_from,
      given_name = (select given_name from person where person.id = person_id),
      family_name = (select family_name from person where person.id = person_id),
      sort_name = (select lower(family_name || ' ' || given_name || ' ' || email)
        from person where person.id = person_id)`.execute(db)
  await db.schema.alterTable('membership').dropColumn('function').execute()
}

/** Each serves one list. */
async function indexes(db: Kysely<unknown>): Promise<void> {
  const on = (name: string, table: string, columns: string[]) =>
    db.schema.createIndex(name).on(table).columns(columns)
  await on('membership_pair', 'membership', ['organisation_id', 'person_id']).unique().execute()
  await on('membership_of_person', 'membership', ['person_id']).execute()
  await on('membership_by_name', 'membership', ['organisation_id', 'sort_name', 'id']).execute()
  await on('membership_by_state', 'membership', [
    'organisation_id',
    'state',
    'sort_name',
    'id',
  ]).execute()
  await on('function_of_member', 'member_function', ['membership_id', 'function']).execute()
  await on('capacity_of_function', 'signing_capacity', ['function_id']).execute()
  await on('organisation_by_age', 'organisation', ['created_at']).execute()
  await on('organisation_siren', 'organisation', ['siren']).execute()
  // What happened to a thing. Sealings are many and have another way: their operations.
  await sql`create index journal_of_subject on journal_entry (subject, seq)
    where action not in ('document.sealed', 'documents.sealed', 'digests.signed')`.execute(db)
}
