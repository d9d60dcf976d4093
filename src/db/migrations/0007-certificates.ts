import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../schema.ts'
import { tableMaker } from './create-table.ts'

/** Whose certificates are, the life they lead, OCSP answers, external issuers, reminders. */
export async function certificatesTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { create, bytes, integer } = tableMaker(db, dialect)
  const alter = () => db.schema.alterTable('certificate')

  await alter()
    .addColumn('organisation_id', 'text', (c) => c.references('organisation.id'))
    .execute()
  await alter()
    .addColumn('person_id', 'text', (c) => c.references('person.id'))
    .execute()
  await alter()
    .addColumn('superseded_by', 'text', (c) => c.references('certificate.id'))
    .execute()
  await alter().addColumn('held_until', integer).execute()
  await alter()
    .addColumn('version', integer, (c) => c.notNull().defaultTo(0))
    .execute()

  await create('ocsp_response', (t) =>
    t
      .addColumn('certificate_id', 'text', (c) => c.notNull().references('certificate.id'))
      .addColumn('form', 'text', (c) => c.notNull())
      .addColumn('version', integer, (c) => c.notNull())
      .addColumn('der', bytes, (c) => c.notNull())
      .addColumn('this_update', integer, (c) => c.notNull())
      .addColumn('next_update', integer, (c) => c.notNull())
      .addPrimaryKeyConstraint('ocsp_response_key', ['certificate_id', 'form']),
  )
  await create('certificate_chain', (t) =>
    t
      .addColumn('certificate_id', 'text', (c) => c.notNull().references('certificate.id'))
      .addColumn('position', integer, (c) => c.notNull())
      .addColumn('der', bytes, (c) => c.notNull())
      .addPrimaryKeyConstraint('certificate_chain_key', ['certificate_id', 'position']),
  )
  await create('certificate_request', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('key_id', 'text', (c) => c.notNull().unique().references('signing_key.id'))
      .addColumn('profile', 'text', (c) => c.notNull())
      .addColumn('seal_id', 'text', (c) => c.references('seal.id'))
      .addColumn('person_id', 'text', (c) => c.references('person.id'))
      .addColumn('der', bytes, (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('certificate_id', 'text', (c) => c.references('certificate.id'))
      .addColumn('created_at', integer, (c) => c.notNull()),
  )
  await create('certificate_renewal', (t) =>
    t
      .addColumn('certificate_id', 'text', (c) => c.primaryKey().references('certificate.id'))
      .addColumn('key_id', 'text', (c) => c.notNull())
      .addColumn('wanted_at', integer, (c) => c.notNull()),
  )
  await create('certificate_reminder', (t) =>
    t
      .addColumn('certificate_id', 'text', (c) => c.notNull().references('certificate.id'))
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('sent_at', integer, (c) => c.notNull())
      .addPrimaryKeyConstraint('certificate_reminder_key', ['certificate_id', 'kind']),
  )
  await sql`update certificate set organisation_id =
    (select organisation_id from seal where seal.certificate_id = certificate.id)`.execute(db)
  await indexes(db)
}

/** Each serves one question. */
async function indexes(db: Kysely<unknown>): Promise<void> {
  const on = (name: string, table: string, columns: string[]) =>
    db.schema.createIndex(name).on(table).columns(columns).execute()
  await on('certificate_of_person', 'certificate', ['person_id', 'state'])
  await on('certificate_of_organisation', 'certificate', ['organisation_id', 'not_after'])
  await on('certificate_by_profile', 'certificate', ['profile', 'created_at'])
  await on('certificate_of_key', 'certificate', ['key_id'])
  await on('seal_of_certificate', 'seal', ['certificate_id'])
  await sql`create index certificate_ending on certificate (not_after)
    where state in ('active', 'suspended')`.execute(db)
  await sql`create index certificate_withdrawn on certificate (issuer_id)
    where state in ('revoked', 'suspended')`.execute(db)
}
