import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../schema.ts'
import { tableMaker } from './create-table.ts'

/** The way of a person to a certificate, from the invitation on. */
export async function enrolmentTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { create, integer } = tableMaker(db, dialect)

  await create('enrolment', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('person_id', 'text', (c) => c.notNull().references('person.id'))
      .addColumn('organisation_id', 'text', (c) => c.notNull().references('organisation.id'))
      .addColumn('invited_by', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('created_at', integer, (c) => c.notNull())
      .addColumn('moved_at', integer, (c) => c.notNull())
      .addColumn('reminders', integer, (c) => c.notNull())
      .addColumn('rejections', integer, (c) => c.notNull())
      .addColumn('email_at', integer)
      .addColumn('mobile', 'text')
      .addColumn('mobile_at', integer)
      .addColumn('professional_id', 'text')
      .addColumn('professional_id_source', 'text')
      .addColumn('identity_at', integer)
      .addColumn('factor_at', integer)
      .addColumn('key_wanted_at', integer)
      .addColumn('key_id', 'text')
      .addColumn('key_at', integer)
      .addColumn('certificate_id', 'text', (c) => c.references('certificate.id'))
      .addColumn('certificate_at', integer)
      .addColumn('terms_version', 'text')
      .addColumn('terms_locale', 'text')
      .addColumn('terms_sha256', 'text')
      .addColumn('terms_at', integer),
  )
  await create('enrolment_link', (t) =>
    t
      .addColumn('token_sha256', 'text', (c) => c.primaryKey())
      .addColumn('enrolment_id', 'text', (c) => c.notNull().references('enrolment.id'))
      .addColumn('expires_at', integer, (c) => c.notNull()),
  )
  await create('enrolment_code', (t) =>
    t
      .addColumn('enrolment_id', 'text', (c) => c.notNull().references('enrolment.id'))
      .addColumn('channel', 'text', (c) => c.notNull())
      .addColumn('mac', 'text')
      .addColumn('sent_at', integer, (c) => c.notNull())
      .addColumn('expires_at', integer, (c) => c.notNull())
      .addColumn('tries', integer, (c) => c.notNull())
      .addColumn('sends', integer, (c) => c.notNull())
      .addColumn('window_at', integer, (c) => c.notNull())
      .addPrimaryKeyConstraint('enrolment_code_key', ['enrolment_id', 'channel']),
  )
  await create('identity_proof', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('enrolment_id', 'text', (c) => c.notNull().references('enrolment.id'))
      .addColumn('submitted_at', integer, (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('last4', 'text', (c) => c.notNull())
      .addColumn('expires_on', 'text', (c) => c.notNull())
      .addColumn('file_type', 'text', (c) => c.notNull())
      .addColumn('file_sha256', 'text', (c) => c.notNull())
      .addColumn('file_id', 'text')
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('method', 'text')
      .addColumn('decided_by', 'text')
      .addColumn('decided_at', integer)
      .addColumn('reason', 'text'),
  )
  // A person is on one way at a time; those that ended stay as what happened.
  await sql`create unique index enrolment_of_person on enrolment (person_id)
    where state not in ('active', 'abandoned', 'blocked')`.execute(db)
  await db.schema
    .createIndex('enrolment_queue')
    .on('enrolment')
    .columns(['organisation_id', 'state', 'moved_at'])
    .execute()
  await db.schema
    .createIndex('enrolment_link_of')
    .on('enrolment_link')
    .column('enrolment_id')
    .execute()
  await db.schema
    .createIndex('identity_proof_of')
    .on('identity_proof')
    .columns(['enrolment_id', 'submitted_at'])
    .execute()
  await sql`create index identity_file on identity_proof (file_id)
    where file_id is not null`.execute(db)
}
