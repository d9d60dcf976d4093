import { type Kysely, sql } from 'kysely'
import type { Dialect } from '../schema.ts'
import { tableMaker } from './create-table.ts'

/** Batches: their documents, who works on them, and whom to tell. */
export async function batches(db: Kysely<unknown>, dialect: Dialect): Promise<void> {
  const { create, bytes, integer, real } = tableMaker(db, dialect)

  await create('batch', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('client_id', 'text', (c) => c.notNull().references('api_client.id'))
      .addColumn('seal_id', 'text', (c) => c.notNull().references('seal.id'))
      .addColumn('label', 'text')
      .addColumn('options_json', 'text', (c) => c.notNull())
      .addColumn('request_id', 'text', (c) => c.notNull())
      .addColumn('idempotency_key', 'text')
      .addColumn('request_sha256', 'text', (c) => c.notNull())
      .addColumn('callback_url', 'text')
      .addColumn('callback_secret', 'text')
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('waiting_json', 'text')
      .addColumn('total', integer, (c) => c.notNull())
      .addColumn('sealed', integer, (c) => c.notNull())
      .addColumn('failed', integer, (c) => c.notNull())
      .addColumn('event_no', integer, (c) => c.notNull())
      .addColumn('rate', real, (c) => c.notNull())
      .addColumn('rate_at', integer, (c) => c.notNull())
      .addColumn('created_at', integer, (c) => c.notNull())
      .addColumn('started_at', integer)
      .addColumn('finished_at', integer)
      .addColumn('expires_at', integer)
      .addUniqueConstraint('batch_idempotency', ['client_id', 'idempotency_key']),
  )
  await create('batch_document', (t) =>
    t
      .addColumn('batch_id', 'text', (c) => c.notNull().references('batch.id'))
      .addColumn('seq', integer, (c) => c.notNull())
      .addColumn('name', 'text', (c) => c.notNull())
      .addColumn('bytes', integer, (c) => c.notNull())
      .addColumn('sha256', 'text', (c) => c.notNull())
      .addColumn('pack', 'text', (c) => c.notNull())
      .addColumn('pack_offset', integer, (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('problem_json', 'text')
      .addColumn('operation_id', 'text')
      .addColumn('log', 'text')
      .addColumn('log_offset', integer)
      .addColumn('appended_bytes', integer)
      .addColumn('sealed_sha256', 'text')
      .addColumn('event_no', integer)
      .addPrimaryKeyConstraint('batch_document_key', ['batch_id', 'seq'])
      .addUniqueConstraint('batch_document_name', ['batch_id', 'name']),
  )
  await create('batch_chunk', (t) =>
    t
      .addColumn('batch_id', 'text', (c) => c.notNull().references('batch.id'))
      .addColumn('first_seq', integer, (c) => c.notNull())
      .addColumn('last_seq', integer, (c) => c.notNull())
      .addColumn('node', 'text')
      .addColumn('claims', integer, (c) => c.notNull())
      .addColumn('lost', integer, (c) => c.notNull())
      .addColumn('lease_until', integer)
      .addPrimaryKeyConstraint('batch_chunk_key', ['batch_id', 'first_seq']),
  )
  await create('webhook_delivery', (t) =>
    t
      .addColumn('id', 'text', (c) => c.primaryKey())
      .addColumn('batch_id', 'text', (c) => c.notNull().references('batch.id'))
      .addColumn('body_json', 'text', (c) => c.notNull())
      .addColumn('state', 'text', (c) => c.notNull())
      .addColumn('attempts', integer, (c) => c.notNull())
      .addColumn('next_at', integer, (c) => c.notNull())
      .addColumn('created_at', integer, (c) => c.notNull()),
  )
  await create('webhook_attempt', (t) =>
    t
      .addColumn('delivery_id', 'text', (c) => c.notNull().references('webhook_delivery.id'))
      .addColumn('number', integer, (c) => c.notNull())
      .addColumn('at', integer, (c) => c.notNull())
      .addColumn('duration_ms', integer, (c) => c.notNull())
      .addColumn('status', integer)
      .addColumn('error', 'text')
      .addPrimaryKeyConstraint('webhook_attempt_key', ['delivery_id', 'number']),
  )
  await create('hot_folder', (t) =>
    t
      .addColumn('seal_id', 'text', (c) => c.primaryKey().references('seal.id'))
      .addColumn('client_id', 'text', (c) => c.notNull().references('api_client.id'))
      .addColumn('created_at', integer, (c) => c.notNull()),
  )
  await db.schema
    .alterTable('api_client')
    .addColumn('weight', integer, (c) => c.notNull().defaultTo(1))
    .execute()
  await db.schema.alterTable('operation').addColumn('leaf_index', integer).execute()
  await db.schema.alterTable('operation').addColumn('leaf_hash', bytes).execute()
  await indexes(db)
}

/** Each serves one question, and holds only the rows that are its answers. */
async function indexes(db: Kysely<unknown>): Promise<void> {
  await sql`create index batch_active on batch (state) where state in ('queued', 'running')`.execute(
    db,
  )
  await sql`create index batch_expiring on batch (expires_at) where expires_at is not null`.execute(
    db,
  )
  await sql`create index batch_of_client on batch (client_id, created_at)`.execute(db)
  await sql`create index batch_document_events on batch_document (batch_id, event_no)
    where event_no is not null`.execute(db)
  await sql`create index batch_document_failed on batch_document (batch_id, seq)
    where state = 'failed'`.execute(db)
  await sql`create index batch_chunk_held on batch_chunk (node) where node is not null`.execute(db)
  await sql`create index webhook_due on webhook_delivery (next_at) where state = 'waiting'`.execute(
    db,
  )
  await sql`create index idempotency_age on idempotency (created_at)`.execute(db)
  await sql`create index webhook_of_batch on webhook_delivery (batch_id)`.execute(db)
  // An entry has either one operation of its own or one for each leaf.
  await sql`create unique index operation_leaf
    on operation (journal_seq, (coalesce(leaf_index, -1)))`.execute(db)
}
