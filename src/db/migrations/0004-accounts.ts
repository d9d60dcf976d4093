import type { Kysely } from 'kysely'
import type { Dialect } from '../schema.ts'
import { tableMaker } from './create-table.ts'

/** How persons sign in: accounts, sessions, factors, and what keeps guessers out. */
export async function accountsTables(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { create, bytes, integer } = tableMaker(db, dialect)

  await create('account', (t) =>
    t
      .addColumn('person_id', 'text', (c) => c.primaryKey().references('person.id'))
      .addColumn('password_hash', 'text')
      .addColumn('password_at', integer)
      .addColumn('created_at', integer, (c) => c.notNull()),
  )
  await create('session', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('token_sha256', 'text', (c) => c.notNull().unique())
      .addColumn('person_id', 'text', (c) => c.notNull().references('person.id'))
      .addColumn('organisation_id', 'text', (c) => c.references('organisation.id'))
      .addColumn('csrf', 'text', (c) => c.notNull())
      .addColumn('methods', 'text', (c) => c.notNull())
      .addColumn('ip', 'text', (c) => c.notNull())
      .addColumn('user_agent', 'text', (c) => c.notNull())
      .addColumn('created_at', integer, (c) => c.notNull())
      .addColumn('last_seen_at', integer, (c) => c.notNull())
      .addColumn('step_up_at', integer),
  )
  await create('passkey', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('person_id', 'text', (c) => c.notNull().references('person.id'))
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('public_key', bytes, (c) => c.notNull())
      .addColumn('counter', integer, (c) => c.notNull())
      .addColumn('transports', 'text', (c) => c.notNull())
      .addColumn('created_at', integer, (c) => c.notNull())
      .addColumn('last_used_at', integer),
  )
  await create('totp', (t) =>
    t
      .addColumn('person_id', 'text', (c) => c.notNull().references('person.id'))
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('sealed_secret', bytes, (c) => c.notNull())
      .addColumn('last_step', integer, (c) => c.notNull())
      .addColumn('created_at', integer, (c) => c.notNull())
      .addPrimaryKeyConstraint('totp_key', ['person_id', 'state']),
  )
  await create('recovery_code', (t) =>
    t
      .addColumn('person_id', 'text', (c) => c.notNull().references('person.id'))
      .addColumn('code_sha256', 'text', (c) => c.notNull())
      .addColumn('used_at', integer)
      .addPrimaryKeyConstraint('recovery_code_key', ['person_id', 'code_sha256']),
  )
  await create('login_challenge', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('kind', 'text', (c) => c.notNull())
      .addColumn('bound_to', 'text', (c) => c.notNull())
      .addColumn('person_id', 'text')
      .addColumn('detail_json', 'text', (c) => c.notNull())
      .addColumn('tries', integer, (c) => c.notNull())
      .addColumn('expires_at', integer, (c) => c.notNull()),
  )
  await create('login_throttle', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('failures', integer, (c) => c.notNull())
      .addColumn('last_at', integer, (c) => c.notNull())
      .addColumn('blocked_until', integer, (c) => c.notNull()),
  )
  await create('known_device', (t) =>
    t
      .addColumn('person_id', 'text', (c) => c.notNull().references('person.id'))
      .addColumn('device_sha256', 'text', (c) => c.notNull())
      .addColumn('last_at', integer, (c) => c.notNull())
      .addPrimaryKeyConstraint('known_device_key', ['person_id', 'device_sha256']),
  )
  await create('oidc_subject', (t) =>
    t
      .addColumn('issuer', 'text', (c) => c.notNull())
      .addColumn('subject', 'text', (c) => c.notNull())
      .addColumn('person_id', 'text', (c) => c.notNull().references('person.id'))
      .addColumn('professional_id', 'text')
      .addColumn('created_at', integer, (c) => c.notNull())
      .addPrimaryKeyConstraint('oidc_subject_key', ['issuer', 'subject']),
  )
  await indexes(db)
}

async function indexes(db: Kysely<unknown>): Promise<void> {
  const on = (name: string, table: string, columns: string[]) =>
    db.schema.createIndex(name).on(table).columns(columns).execute()
  await on('session_of_person', 'session', ['person_id', 'last_seen_at'])
  await on('session_seen', 'session', ['last_seen_at'])
  await on('passkey_of_person', 'passkey', ['person_id', 'created_at'])
  await on('login_challenge_binding', 'login_challenge', ['bound_to', 'kind'])
  await on('login_challenge_end', 'login_challenge', ['expires_at'])
  await on('login_throttle_age', 'login_throttle', ['last_at'])
  await on('oidc_subject_of_person', 'oidc_subject', ['person_id'])
}
