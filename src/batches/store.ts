import { setImmediate } from 'node:timers/promises'
import { sql } from 'kysely'
import type { Db, Tx } from '../db/database.ts'
import { makeInsertRows } from '../db/insert-rows.ts'
import type { NewRow, Row } from '../db/schema.ts'
import type { Extent } from './files/extent.ts'
import type { Batch, BatchDocument, BatchEvent, DocumentState } from './model.ts'
import { transition } from './model.ts'
import type { Problem } from './problem.ts'

export async function insertBatch(db: Db, batch: NewRow<'batch'>): Promise<void> {
  await db.insertInto('batch').values(batch).execute()
}

export async function findBatch(db: Db, id: string): Promise<Batch | undefined> {
  const row = await db.selectFrom('batch').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toBatch(row)
}

/** The batch that this client opened with this key, and what it asked then. */
export async function findBatchByKey(
  db: Db,
  clientId: string,
  key: string,
): Promise<{ batch: Batch; requestSha256: string } | undefined> {
  const row = await db
    .selectFrom('batch')
    .selectAll()
    .where('client_id', '=', clientId)
    .where('idempotency_key', '=', key)
    .executeTakeFirst()
  return row && { batch: toBatch(row), requestSha256: row.request_sha256 }
}

/** The batches of a client, the newest first. Ids sort by time. @param before - An id, exclusive. */
export async function listBatches(
  db: Db,
  clientId: string,
  page: { readonly before: string | undefined; readonly limit: number },
): Promise<Batch[]> {
  const { before, limit } = page
  const rows = await db
    .selectFrom('batch')
    .selectAll()
    .where('client_id', '=', clientId)
    .$if(before !== undefined, (query) => query.where('id', '<', before ?? ''))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toBatch)
}

/** Batches that are to be worked on, oldest start first, with their client's share. */
export async function listActiveBatches(
  db: Db,
): Promise<{ id: string; clientId: string; weight: number; isRevoked: boolean }[]> {
  const rows = await db
    .selectFrom('batch')
    .innerJoin('api_client', 'api_client.id', 'batch.client_id')
    .select(['batch.id', 'batch.client_id', 'api_client.weight', 'api_client.revoked_at'])
    .where('batch.state', 'in', ['queued', 'running'])
    .orderBy('batch.started_at')
    .execute()
  return rows.map(({ id, client_id, weight, revoked_at }) => {
    return { id, clientId: client_id, weight, isRevoked: revoked_at !== null }
  })
}

/** @returns The batch as it now stands, or undefined when the event does not fit its state. */
export async function moveBatch(
  db: Db,
  id: string,
  event: BatchEvent,
  changes: Partial<NewRow<'batch'>> = {},
): Promise<Batch | undefined> {
  const { from, to } = transition(event)
  const row = await db
    .updateTable('batch')
    .set({ ...changes, state: to })
    .where('id', '=', id)
    .where('state', 'in', from)
    .returningAll()
    .executeTakeFirst()
  return row && toBatch(row)
}

/** Say what a batch at work waits for. */
export async function noteWaiting(tx: Tx, id: string, problem: Problem): Promise<void> {
  await tx
    .updateTable('batch')
    .set({ waiting_json: JSON.stringify(problem) })
    .where('id', '=', id)
    .where('state', 'in', ['queued', 'running'])
    .execute()
}

/** Nobody else adds documents until this transaction ends. @returns How many it has, if it is open. */
export async function lockOpenBatch(tx: Tx, id: string): Promise<number | undefined> {
  const row = await tx
    .updateTable('batch')
    .set((eb) => ({ total: eb.ref('total') }))
    .where('id', '=', id)
    .where('state', '=', 'open')
    .returning('total')
    .executeTakeFirst()
  return row?.total
}

export async function setTotal(tx: Tx, id: string, total: number): Promise<void> {
  await tx.updateTable('batch').set({ total }).where('id', '=', id).execute()
}

export const insertDocuments = makeInsertRows('batch_document', [
  'batch_id',
  'seq',
  'name',
  'bytes',
  'sha256',
  'pack',
  'pack_offset',
  'state',
])

/** Names in one question: SQLite takes 32,766 variables. */
const NAMES_MAX = 5_000

/** Those of these names that the batch holds, with the digest of what they are. */
export async function findNames(
  db: Db,
  batchId: string,
  names: readonly string[],
): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (let from = 0; from < names.length; from += NAMES_MAX) {
    const rows = await db
      .selectFrom('batch_document')
      .select(['name', 'sha256'])
      .where('batch_id', '=', batchId)
      .where('name', 'in', names.slice(from, from + NAMES_MAX))
      .execute()
    for (const { name, sha256 } of rows) found.set(name, sha256)
  }
  return found
}

export async function findDocument(
  db: Db,
  batchId: string,
  name: string,
): Promise<(BatchDocument & { parts: readonly Extent[] }) | undefined> {
  const row = await db
    .selectFrom('batch_document')
    .selectAll()
    .where('batch_id', '=', batchId)
    .where('name', '=', name)
    .executeTakeFirst()
  return row && { ...toDocument(row), parts: sealedParts(row) }
}

/** Documents in the order of their arrival. @param after - A seq, exclusive. */
export async function listDocuments(
  db: Db,
  batchId: string,
  page: {
    readonly state?: DocumentState | undefined
    readonly after: number
    readonly limit: number
  },
): Promise<(BatchDocument & { parts: readonly Extent[] })[]> {
  const { state, after, limit } = page
  const rows = await db
    .selectFrom('batch_document')
    .selectAll()
    .where('batch_id', '=', batchId)
    .where('seq', '>', after)
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'pending'))
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map((row) => ({ ...toDocument(row), parts: sealedParts(row) }))
}

/** How documents ended, in the order in which they did. @param after - An event's number, exclusive. */
export async function listEvents(
  db: Db,
  batchId: string,
  page: { readonly after: number; readonly limit: number },
): Promise<(BatchDocument & { eventNo: number })[]> {
  const rows = await db
    .selectFrom('batch_document')
    .selectAll()
    .where('batch_id', '=', batchId)
    .where('event_no', 'is not', null)
    .where('event_no', '>', page.after)
    .orderBy('event_no')
    .limit(page.limit)
    .execute()
  return rows.map((row) => ({ ...toDocument(row), eventNo: row.event_no ?? 0 }))
}

/** Failed documents are pending once more. @returns How many. */
export async function reopenFailed(db: Db, batchId: string): Promise<number> {
  const { numUpdatedRows } = await db
    .updateTable('batch_document')
    .set({ state: 'pending', problem_json: null, event_no: null })
    .where('batch_id', '=', batchId)
    .where('state', '=', 'failed')
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

/** Documents that are claimed together. */
const CHUNK_DOCUMENTS = 64

/** Every pending document of the batch in a chunk that is to be had. */
export async function insertChunks(db: Db, batchId: string): Promise<void> {
  const width = sql.lit(CHUNK_DOCUMENTS)
  await sql`insert into batch_chunk (batch_id, first_seq, last_seq, claims, lost)
    select batch_id, ((seq - 1) / ${width}) * ${width} + 1,
      ((seq - 1) / ${width} + 1) * ${width}, 0, 0
    from batch_document where batch_id = ${batchId} and state = 'pending'
    group by batch_id, (seq - 1) / ${width}`.execute(db)
}

export async function deleteChunks(db: Db, batchId: string): Promise<void> {
  await db.deleteFrom('batch_chunk').where('batch_id', '=', batchId).execute()
}

/** So many documents go in one transaction, that others are not kept waiting. */
const DELETED_AT_ONCE = 1_000

/** Everything that is kept of a batch but its operations, which are evidence. The batch goes last. */
export async function deleteBatch(
  db: Db,
  { id, counts }: Pick<Batch, 'id' | 'counts'>,
): Promise<void> {
  await deleteChunks(db, id)
  for (let first = 1; first <= counts.total; first += DELETED_AT_ONCE) {
    await db
      .deleteFrom('batch_document')
      .where('batch_id', '=', id)
      .where('seq', '>=', first)
      .where('seq', '<', first + DELETED_AT_ONCE)
      .execute()
    // SQLite answers without a pause: nothing else would be served until the last one is gone.
    await setImmediate()
  }
  await db.transaction().execute(async (tx) => {
    // Held first: an attempt that is just written down must not come between the two deletions.
    await tx
      .updateTable('webhook_delivery')
      .set({ state: 'given-up' })
      .where('batch_id', '=', id)
      .execute()
    const deliveries = tx.selectFrom('webhook_delivery').select('id').where('batch_id', '=', id)
    await tx.deleteFrom('webhook_attempt').where('delivery_id', 'in', deliveries).execute()
    await tx.deleteFrom('webhook_delivery').where('batch_id', '=', id).execute()
    await tx.deleteFrom('batch_document').where('batch_id', '=', id).execute()
    await tx.deleteFrom('batch').where('id', '=', id).execute()
  })
}

/** Batches whose time is over, a few at a time. */
export async function listExpired(db: Db, now: number, limit: number): Promise<Batch[]> {
  const rows = await db
    .selectFrom('batch')
    .selectAll()
    .where('expires_at', 'is not', null)
    .where('expires_at', '<=', now)
    .orderBy('expires_at')
    .limit(limit)
    .execute()
  return rows.map(toBatch)
}

export function toBatch(row: Row<'batch'>): Batch {
  const { total, sealed, failed } = row
  return {
    id: row.id,
    clientId: row.client_id,
    sealId: row.seal_id,
    label: row.label ?? undefined,
    options: JSON.parse(row.options_json),
    requestId: row.request_id,
    callback:
      row.callback_url === null || row.callback_secret === null
        ? undefined
        : { url: row.callback_url, secret: row.callback_secret },
    state: row.state,
    waiting: parseProblem(row.waiting_json),
    counts: { total, sealed, failed, pending: total - sealed - failed },
    eventNo: row.event_no,
    rate: { perSecond: row.rate, at: row.rate_at },
    createdAt: row.created_at,
    startedAt: row.started_at ?? undefined,
    finishedAt: row.finished_at ?? undefined,
    expiresAt: row.expires_at ?? undefined,
  }
}

function toDocument(row: Row<'batch_document'>): BatchDocument {
  const { seq, name, state, bytes, sha256 } = row
  const sealed =
    row.operation_id === null || row.sealed_sha256 === null
      ? undefined
      : {
          operationId: row.operation_id,
          sha256: row.sealed_sha256,
          bytes: bytes + (row.appended_bytes ?? 0),
        }
  return { seq, name, state, bytes, sha256, sealed, problem: parseProblem(row.problem_json) }
}

/** The sealed file: the original, and the section that was appended. Empty until it is sealed. */
function sealedParts(row: Row<'batch_document'>): readonly Extent[] {
  if (row.log === null || row.log_offset === null || row.appended_bytes === null) return []
  return [
    { file: row.pack, offset: row.pack_offset, length: row.bytes },
    { file: row.log, offset: row.log_offset, length: row.appended_bytes },
  ]
}

function parseProblem(json: string | null): Problem | undefined {
  return json === null ? undefined : JSON.parse(json)
}
