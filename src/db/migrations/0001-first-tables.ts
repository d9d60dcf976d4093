import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../schema.ts'
import { tableMaker } from './create-table.ts'

/** The first tables. A migration that has been released is never edited. */
export async function firstTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { create, bytes, integer } = tableMaker(db, dialect)

  await create('organisation', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('siren', 'text', (c) => c.notNull())
      .addColumn('created_at', integer, (c) => c.notNull()),
  )
  await create('person', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('given_name', 'text', (c) => c.notNull())
      .addColumn('family_name', 'text', (c) => c.notNull())
      .addColumn('email', 'text', (c) => c.notNull().unique())
      .addColumn('created_at', integer, (c) => c.notNull()),
  )
  await create('membership', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('organisation_id', 'text', (c) => c.notNull().references('organisation.id'))
      .addColumn('person_id', 'text', (c) => c.notNull().references('person.id'))
      .addColumn('function', 'text', (c) => c.notNull())
      .addColumn('valid_from', integer, (c) => c.notNull())
      .addColumn('valid_to', integer)
      .addColumn('state', 'text', (c) => c.notNull()),
  )
  await create('signing_key', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('label', 'text', (c) => c.notNull())
      .addColumn('algorithm', 'text', (c) => c.notNull())
      .addColumn('public_key', bytes, (c) => c.notNull())
      .addColumn('birth_json', 'text', (c) => c.notNull())
      .addColumn('purpose', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('created_at', integer, (c) => c.notNull()),
  )
  await create('certificate', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('profile', 'text', (c) => c.notNull())
      .addColumn('issuer_id', 'text', (c) => c.references('certificate.id'))
      .addColumn('key_id', 'text', (c) => c.references('signing_key.id'))
      .addColumn('serial', 'text', (c) => c.notNull())
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('der', bytes, (c) => c.notNull())
      .addColumn('not_before', integer, (c) => c.notNull())
      .addColumn('not_after', integer, (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('revoked_at', integer)
      .addColumn('revocation_reason', integer)
      .addColumn('created_at', integer, (c) => c.notNull())
      .addUniqueConstraint('certificate_serial', ['issuer_id', 'serial']),
  )
  await create('crl', (t) =>
    t
      .addColumn('issuer_id', 'text', (c) => c.notNull().references('certificate.id'))
      .addColumn('number', integer, (c) => c.notNull())
      .addColumn('der', bytes, (c) => c.notNull())
      .addColumn('this_update', integer, (c) => c.notNull())
      .addColumn('next_update', integer, (c) => c.notNull())
      .addPrimaryKeyConstraint('crl_key', ['issuer_id', 'number']),
  )
  await create('seal', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('organisation_id', 'text', (c) => c.notNull().references('organisation.id'))
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('key_id', 'text', (c) => c.notNull().references('signing_key.id'))
      .addColumn('certificate_id', 'text', (c) => c.notNull().references('certificate.id'))
      .addColumn('signature_algorithm', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('logo', bytes)
      .addColumn('logo_type', 'text')
      .addColumn('created_at', integer, (c) => c.notNull()),
  )
  await create('api_client', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('key_sha256', 'text', (c) => c.notNull().unique())
      .addColumn('created_at', integer, (c) => c.notNull())
      .addColumn('revoked_at', integer)
      .addColumn('last_used_at', integer),
  )
  await create('delegation', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('number', 'text', (c) => c.notNull())
      .addColumn('version', integer, (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('organisation_id', 'text', (c) => c.notNull().references('organisation.id'))
      .addColumn('grantor_person_id', 'text', (c) => c.references('person.id'))
      .addColumn('grantee_client_id', 'text', (c) => c.references('api_client.id'))
      .addColumn('grantee_person_id', 'text', (c) => c.references('person.id'))
      .addColumn('seal_id', 'text', (c) => c.references('seal.id'))
      .addColumn('valid_from', integer, (c) => c.notNull())
      .addColumn('valid_to', integer)
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('created_at', integer, (c) => c.notNull())
      .addUniqueConstraint('delegation_number', ['organisation_id', 'number', 'version']),
  )
  await create('journal_entry', (t) =>
    t
      .addColumn('seq', integer, (c) => c.primaryKey())
      .addColumn('at', integer, (c) => c.notNull())
      .addColumn('actor', 'text', (c) => c.notNull())
      .addColumn('action', 'text', (c) => c.notNull())
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('detail_json', 'text', (c) => c.notNull())
      .addColumn('previous_hash', 'text', (c) => c.notNull())
      .addColumn('hash', 'text', (c) => c.notNull()),
  )
  await create('journal_head', (t) =>
    t
      .addColumn('id', integer, (c) => c.primaryKey())
      .addColumn('seq', integer, (c) => c.notNull())
      .addColumn('hash', 'text', (c) => c.notNull()),
  )
  await create('operation', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('at', integer, (c) => c.notNull())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('seal_id', 'text', (c) => c.notNull().references('seal.id'))
      .addColumn('client_id', 'text', (c) => c.notNull().references('api_client.id'))
      .addColumn('delegation_id', 'text', (c) => c.notNull().references('delegation.id'))
      .addColumn('delegation_version', integer, (c) => c.notNull())
      .addColumn('key_id', 'text', (c) => c.notNull())
      .addColumn('certificate_id', 'text', (c) => c.notNull())
      .addColumn('level', 'text', (c) => c.notNull())
      .addColumn('field_name', 'text', (c) => c.notNull())
      .addColumn('original_sha256', 'text', (c) => c.notNull())
      .addColumn('sealed_sha256', 'text', (c) => c.notNull())
      .addColumn('signed_digest', 'text', (c) => c.notNull())
      .addColumn('bytes', integer, (c) => c.notNull())
      .addColumn('request_id', 'text', (c) => c.notNull())
      .addColumn('warnings', 'text', (c) => c.notNull())
      .addColumn('journal_seq', integer, (c) => c.notNull().references('journal_entry.seq')),
  )
  await create('idempotency', (t) =>
    t
      .addColumn('client_id', 'text', (c) => c.notNull().references('api_client.id'))
      .addColumn('key', 'text', (c) => c.notNull())
      .addColumn('request_sha256', 'text', (c) => c.notNull())
      .addColumn('operation_id', 'text', (c) => c.notNull().references('operation.id'))
      .addColumn('appendix_sha256', 'text', (c) => c.notNull())
      .addColumn('created_at', integer, (c) => c.notNull())
      .addPrimaryKeyConstraint('idempotency_key', ['client_id', 'key']),
  )
  await db.schema.createIndex('delegation_seal').on('delegation').column('seal_id').execute()
  await sql`insert into journal_head (id, seq, hash) values (1, 0, '')`.execute(db)
  await refuseChanges(db, dialect)
}

/** The journal is only ever added to; the database itself refuses the rest. */
async function refuseChanges(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  if (dialect === 'sqlite') {
    for (const change of ['update', 'delete']) {
      await sql`create trigger ${sql.raw(`journal_no_${change}`)} before ${sql.raw(change)} on journal_entry
        begin select raise(abort, 'the journal is append-only'); end`.execute(db)
    }
    return
  }
  await sql`create function journal_append_only() returns trigger language plpgsql as
    $$ begin raise exception 'the journal is append-only'; end $$`.execute(db)
  await sql`create trigger journal_append_only before update or delete or truncate on journal_entry
    for each statement execute function journal_append_only()`.execute(db)
}
