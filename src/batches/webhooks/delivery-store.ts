import type { Db, Tx } from '../../db/database.ts'
import type { Dialect, NewRow, Row } from '../../db/schema.ts'

/** A message whose time has come, held for one attempt. */
export interface DueDelivery {
  readonly id: string
  readonly batchId: string
  readonly body: string
  readonly url: string
  readonly secret: string
  /** 1, 2, 3 … */
  readonly attempt: number
  readonly createdAt: number
}

/** What became of an attempt, and what comes next. */
export interface Attempted {
  readonly at: number
  readonly durationMs: number
  readonly status: number | undefined
  readonly error: string | undefined
  readonly state: Row<'webhook_delivery'>['state']
  /** Of the next attempt, Unix ms; means nothing unless it waits. */
  readonly nextAt: number
}

/** A message as its client is told. */
export interface Delivery {
  readonly id: string
  readonly state: Row<'webhook_delivery'>['state']
  readonly createdAt: number
  /** Unix ms; undefined when there is none. */
  readonly nextAttemptAt: number | undefined
  readonly attempts: readonly {
    readonly number: number
    readonly at: number
    readonly durationMs: number
    readonly status: number | undefined
    readonly error: string | undefined
  }[]
}

export async function insertDelivery(tx: Tx, row: NewRow<'webhook_delivery'>): Promise<void> {
  await tx.insertInto('webhook_delivery').values(row).execute()
}

/**
 * Take messages that are due, the longest due first, for one attempt each. Those that another
 * node is just taking are passed over; to all others they are not due until `heldUntil`, so that
 * what a node that dies has taken is sent by another.
 */
export async function claimDue(
  db: Db,
  dialect: Dialect,
  { now, heldUntil, limit }: { now: number; heldUntil: number; limit: number },
): Promise<DueDelivery[]> {
  if (!(await isAnyDue(db, now))) return []
  return db.transaction().execute(async (tx) => {
    const due = await tx
      .selectFrom('webhook_delivery')
      .select('id')
      .where('state', '=', 'waiting')
      .where('next_at', '<=', now)
      .orderBy('next_at')
      .limit(limit)
      .$if(dialect === 'postgres', (query) => query.forUpdate().skipLocked())
      .execute()
    const ids = due.map(({ id }) => id)
    if (ids.length === 0) return []
    await tx
      .updateTable('webhook_delivery')
      .set((eb) => ({ attempts: eb('attempts', '+', 1), next_at: heldUntil }))
      .where('id', 'in', ids)
      .execute()
    return readClaimed(tx, ids)
  })
}

/** A transaction each second would be a write each second. */
async function isAnyDue(db: Db, now: number): Promise<boolean> {
  const row = await db
    .selectFrom('webhook_delivery')
    .select('id')
    .where('state', '=', 'waiting')
    .where('next_at', '<=', now)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

async function readClaimed(tx: Tx, ids: readonly string[]): Promise<DueDelivery[]> {
  const rows = await tx
    .selectFrom('webhook_delivery')
    .innerJoin('batch', 'batch.id', 'webhook_delivery.batch_id')
    .selectAll('webhook_delivery')
    .select(['batch.callback_url', 'batch.callback_secret'])
    .where('webhook_delivery.id', 'in', ids)
    .execute()
  return rows.map((row) => {
    if (row.callback_url === null || row.callback_secret === null) {
      throw new RangeError(`the message ${row.id} has nobody to go to`)
    }
    return {
      id: row.id,
      batchId: row.batch_id,
      body: row.body_json,
      url: row.callback_url,
      secret: row.callback_secret,
      attempt: row.attempts,
      createdAt: row.created_at,
    }
  })
}

/** Write an attempt down, unless the message is gone with its batch or was taken by another since. */
export async function recordAttempt(
  db: Db,
  { id, attempt }: DueDelivery,
  { at, durationMs, status, error, state, nextAt }: Attempted,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { numUpdatedRows } = await tx
      .updateTable('webhook_delivery')
      .set({ state, next_at: nextAt })
      .where('id', '=', id)
      .where('attempts', '=', attempt)
      .executeTakeFirst()
    if (numUpdatedRows === 0n) return
    await tx
      .insertInto('webhook_attempt')
      .values({
        ...{ delivery_id: id, number: attempt, at, duration_ms: durationMs },
        ...{ status: status ?? null, error: error ?? null },
      })
      .execute()
  })
}

/** As many as a client could want to see: a batch has one for each time that it ended. */
const DELIVERIES_MAX = 100

/** The messages of a batch with their attempts, the newest first. */
export async function listDeliveries(db: Db, batchId: string): Promise<Delivery[]> {
  const deliveries = await db
    .selectFrom('webhook_delivery')
    .selectAll()
    .where('batch_id', '=', batchId)
    .orderBy('id', 'desc')
    .limit(DELIVERIES_MAX)
    .execute()
  if (deliveries.length === 0) return []
  const attempts = await db
    .selectFrom('webhook_attempt')
    .selectAll()
    .where(
      'delivery_id',
      'in',
      deliveries.map(({ id }) => id),
    )
    .orderBy('number')
    .execute()
  return deliveries.map(({ id, state, created_at, next_at }) => ({
    ...{ id, state, createdAt: created_at },
    nextAttemptAt: state === 'waiting' ? next_at : undefined,
    attempts: attempts.filter(({ delivery_id }) => delivery_id === id).map(toAttempt),
  }))
}

function toAttempt(row: Row<'webhook_attempt'>): Delivery['attempts'][number] {
  const { number, at, duration_ms: durationMs, status, error } = row
  return { number, at, durationMs, status: status ?? undefined, error: error ?? undefined }
}
