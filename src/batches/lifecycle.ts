import type { ApiClient } from '../clients/model.ts'
import { transact } from '../db/transact.ts'
import { AppError } from '../errors.ts'
import { appendEntries } from '../journal/store.ts'
import type { BatchesDeps } from './deps.ts'
import { entryOf } from './journal-entry.ts'
import { type Batch, isFinished } from './model.ts'
import type { GetOwnBatch } from './own-batch.ts'
import { notOpen } from './register.ts'
import { deleteBatch, deleteChunks, insertChunks, moveBatch, reopenFailed } from './store.ts'

/** What a client has done with a batch as a whole. */
export function makeLifecycle(deps: BatchesDeps, get: GetOwnBatch) {
  const { db, files, access, retentionMs, wake, now } = deps

  /**
   * Begin to seal. Once this has returned no crash loses a document. Asked again, it changes nothing.
   *
   * @throws AppError `invalid-request` when the batch is empty, `batch-not-open` when it was
   *   cancelled; when the client may not apply the seal now.
   */
  async function start(client: ApiClient, id: string): Promise<Batch> {
    const batch = await get(client, id)
    if (batch.state === 'cancelled') throw notOpen()
    if (batch.state !== 'open') return batch
    if (batch.counts.total === 0) {
      throw new AppError(
        'invalid-request',
        'The batch holds no document yet: add some, then start.',
      )
    }
    await access.forUse(batch.sealId, client)
    const at = now()
    await transact(db, async (tx) => {
      const begun = { started_at: at, expires_at: null, rate_at: at }
      const started = await moveBatch(tx, id, 'start', begun)
      if (started === undefined) return
      await insertChunks(tx, id)
      const detail = { total: started.counts.total }
      await appendEntries(tx, [entryOf(client, 'batch.started', { id, at, detail })])
    })
    wake()
    return get(client, id)
  }

  /**
   * Seal nothing more. What was sealed can still be fetched.
   *
   * @throws AppError `batch-not-open` when it is finished.
   */
  async function cancel(client: ApiClient, id: string): Promise<Batch> {
    const batch = await get(client, id)
    if (batch.state === 'cancelled') return batch
    const at = now()
    const isCancelled = await transact(db, async (tx) => {
      const ended = {
        finished_at: at,
        waiting_json: null,
        expires_at: retentionMs === undefined ? null : at + retentionMs,
      }
      const cancelled = await moveBatch(tx, id, 'cancel', ended)
      if (cancelled === undefined) return false
      await deleteChunks(tx, id)
      const { total, sealed, failed } = cancelled.counts
      const detail = { total, sealed, failed }
      await appendEntries(tx, [entryOf(client, 'batch.cancelled', { id, at, detail })])
      return true
    })
    if (!isCancelled) {
      throw new AppError('batch-not-open', 'The batch is finished: there is nothing to cancel.')
    }
    return get(client, id)
  }

  /** Try again what failed, and only that. @throws AppError `batch-not-open` if nothing failed. */
  async function retry(client: ApiClient, id: string): Promise<Batch> {
    const batch = await get(client, id)
    await access.forUse(batch.sealId, client)
    const at = now()
    const isReopened = await transact(db, async (tx) => {
      const again = { failed: 0, finished_at: null, expires_at: null }
      const reopened = await moveBatch(tx, id, 'retry', { ...again, rate: 0, rate_at: at })
      if (reopened === undefined) return false
      const detail = { documents: await reopenFailed(tx, id) }
      await insertChunks(tx, id)
      await appendEntries(tx, [entryOf(client, 'batch.retried', { id, at, detail })])
      return true
    })
    if (!isReopened) {
      throw new AppError('batch-not-open', 'Only a batch that ended with failures can be retried.')
    }
    wake()
    return get(client, id)
  }

  /** Remove the files and the rows of a batch. @throws AppError `batch-not-open` while it is at work. */
  async function remove(client: ApiClient, id: string): Promise<void> {
    const batch = await get(client, id)
    if (batch.state !== 'open' && !isFinished(batch.state)) {
      throw new AppError('batch-not-open', 'The batch is at work: cancel it first.')
    }
    // An open one would still take documents while it goes.
    if (batch.state === 'open') await cancel(client, id)
    await removeBatch({ db, files, now }, batch, `client:${client.id}`)
  }

  return { start, cancel, retry, remove }
}

/** Rows first: files without rows are rubbish, rows without files would be a lie. */
export async function removeBatch(
  { db, files, now }: Pick<BatchesDeps, 'db' | 'files' | 'now'>,
  batch: Batch,
  actor: string,
): Promise<void> {
  const { id } = batch
  const { total, sealed, failed } = batch.counts
  const detail = { total, sealed, failed }
  await db
    .transaction()
    .execute((tx) =>
      appendEntries(tx, [{ at: now(), actor, action: 'batch.removed', subject: id, detail }]),
    )
  await deleteBatch(db, batch)
  await files.remove(id)
}
