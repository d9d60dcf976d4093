import { createHash, randomBytes } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { ArchiveEntry } from '../archives/archive-entry.ts'
import type { OutgoingFile } from '../archives/outgoing-file.ts'
import { safeName } from '../archives/safe-name.ts'
import type { ApiClient } from '../clients/model.ts'
import type { Db } from '../db/database.ts'
import { transact } from '../db/transact.ts'
import type { SealOptions } from '../engine/seal-options.ts'
import { AppError } from '../errors.ts'
import { appendEntries } from '../journal/store.ts'
import { can } from '../rights/can.ts'
import type { SealAccess } from '../sealing/seal-access.ts'
import type { BatchFiles } from './files/batch-files.ts'
import type { Extent } from './files/extent.ts'
import { type ArchiveReport, nameTaken, requireFreeName, takeArchive } from './intake.ts'
import {
  type Batch,
  type BatchDocument,
  currentRate,
  type DocumentState,
  etaSeconds,
  isFinished,
} from './model.ts'
import { toAppError } from './problem.ts'
import { makeRegister, notOpen } from './register.ts'
import {
  deleteBatch,
  deleteChunks,
  findBatch,
  findBatchByKey,
  findDocument,
  insertBatch,
  insertChunks,
  listBatches,
  listDocuments,
  moveBatch,
  reopenFailed,
} from './store.ts'

export interface BatchesDeps {
  readonly db: Db
  readonly files: BatchFiles
  readonly access: SealAccess
  readonly makeId: (at: number) => string
  /** How long the files of a finished batch are kept; undefined for ever. */
  readonly retentionMs: number | undefined
  /** Called when a batch has something to do. */
  readonly wake: () => void
  readonly now: () => number
}

export interface OpenRequest {
  readonly client: ApiClient
  readonly sealId: string
  readonly options: SealOptions
  readonly label?: string
  readonly callbackUrl?: string
  readonly requestId: string
  readonly idempotencyKey?: string
}

/** As much as one document may have, in all its forms. */
const DOCUMENT_BYTES_MAX = 1024 ** 3
const PAGE_ROWS = 500
const RETRY_SECONDS_MAX = 30

export type Batches = ReturnType<typeof makeBatches>

/** Batches as their client handles them. What belongs to another is not there. */
export function makeBatches(deps: BatchesDeps) {
  const { db, files, access, makeId, retentionMs, wake, now } = deps
  const register = makeRegister(db)

  /**
   * @throws AppError when the client may not apply the seal now; `idempotency-conflict`.
   */
  async function open(request: OpenRequest): Promise<Batch> {
    const { client, sealId, options, idempotencyKey } = request
    const requestSha256 = digestRequest(request)
    const earlier = await findEarlier(request, requestSha256)
    if (earlier !== undefined) return earlier
    await access.forUse(sealId, client)
    const at = now()
    const id = makeId(at)
    const { callbackUrl, label } = request
    const row = {
      id,
      client_id: client.id,
      seal_id: sealId,
      label: label ?? null,
      options_json: JSON.stringify(options),
      request_id: request.requestId,
      idempotency_key: idempotencyKey ?? null,
      request_sha256: requestSha256,
      callback_url: callbackUrl ?? null,
      callback_secret: callbackUrl === undefined ? null : makeWebhookSecret(),
      state: 'open',
      waiting_json: null,
      ...{ total: 0, sealed: 0, failed: 0, event_no: 0, rate: 0, rate_at: at },
      ...{ created_at: at, started_at: null, finished_at: null },
      // One that is never started goes too.
      expires_at: retentionMs === undefined ? null : at + retentionMs,
    } as const
    try {
      await db.transaction().execute(async (tx) => {
        await insertBatch(tx, row)
        const opened = { id, at, detail: { seal: sealId } }
        await appendEntries(tx, [entryOf(client, 'batch.opened', opened)])
      })
    } catch (error) {
      // The same request at the same moment: the one that came first is the result.
      const other = await findEarlier(request, requestSha256)
      if (other === undefined) throw error
      return other
    }
    return get(client, id)
  }

  async function findEarlier({ client, idempotencyKey }: OpenRequest, requestSha256: string) {
    if (idempotencyKey === undefined) return undefined
    const earlier = await findBatchByKey(db, client.id, idempotencyKey)
    if (earlier !== undefined && earlier.requestSha256 !== requestSha256) {
      throw new AppError(
        'idempotency-conflict',
        'This Idempotency-Key was used for a batch with other options. Use a new one.',
        { hints: { field: 'Idempotency-Key' } },
      )
    }
    return earlier?.batch
  }

  /** @throws AppError `not-found`, also for the batch of another client. */
  async function get(client: ApiClient, id: string): Promise<Batch> {
    const batch = await findBatch(db, id)
    const actor = { kind: 'api-client', id: client.id } as const
    const isOwn =
      batch !== undefined &&
      can(actor, { action: 'batch.use', clientId: batch.clientId }, [], now()).allowed
    if (!isOwn) throw new AppError('not-found', 'There is no batch of this id.')
    return batch
  }

  /**
   * Store one document in an open batch.
   *
   * @returns Whether it is new: the same name with the same octets again changes nothing.
   * @throws AppError `document-exists` when the name has other octets, `batch-not-open`,
   *   `archive-entry-unsafe`, `document-too-large`, `storage-full`.
   */
  async function put(
    client: ApiClient,
    id: string,
    document: { readonly name: string; readonly chunks: AsyncIterable<Uint8Array> },
  ): Promise<{ isNew: boolean; name: string; bytes: number; sha256: string }> {
    const { state } = await get(client, id)
    if (state !== 'open') throw notOpen()
    const name = requireName(document.name)
    const stored = await files.put(id, document.chunks, { maxBytes: DOCUMENT_BYTES_MAX })
    const discard = () => files.discard(id, stored.extent)
    const [registration] = await register(id, [{ name, stored }]).catch(async (error) => {
      await discard()
      throw error
    })
    if (registration !== 'new') await discard()
    if (registration === 'taken') throw nameTaken(name)
    const { extent, sha256 } = stored
    return { isNew: registration === 'new', name, bytes: extent.length, sha256 }
  }

  /** Store the documents of an archive in an open batch (`takeArchive`). */
  async function putArchive(
    client: ApiClient,
    id: string,
    entries: AsyncIterable<ArchiveEntry>,
  ): Promise<ArchiveReport> {
    const { state } = await get(client, id)
    if (state !== 'open') throw notOpen()
    const into = { batchId: id, documentBytesMax: DOCUMENT_BYTES_MAX }
    return takeArchive({ files, register }, into, entries)
  }

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

  async function list(client: ApiClient, page: { before: string | undefined; limit: number }) {
    return listBatches(db, client.id, page)
  }

  async function documents(
    client: ApiClient,
    id: string,
    page: { state?: DocumentState | undefined; after: number; limit: number },
  ): Promise<BatchDocument[]> {
    await get(client, id)
    return listDocuments(db, id, page)
  }

  /** @throws AppError `not-found`; why it failed, when it did; `not-sealed-yet`. */
  async function readDocument(
    client: ApiClient,
    id: string,
    name: string,
  ): Promise<{
    document: BatchDocument
    parts: readonly Extent[]
    read(parts: readonly Extent[]): AsyncIterable<Uint8Array>
  }> {
    const batch = await get(client, id)
    const document = await findDocument(db, id, name.normalize('NFC'))
    if (document === undefined) throw new AppError('not-found', 'The batch has no such document.')
    if (document.problem !== undefined) throw toAppError(document.problem)
    if (document.sealed === undefined) throw notSealedYet(batch, now())
    return { document, parts: document.parts, read: (parts) => files.read(id, parts) }
  }

  /** Every file that is sealed, in the order of arrival, read as it is asked for. */
  async function* sealedFiles(batch: Batch): AsyncGenerator<OutgoingFile & { seq: number }> {
    const modifiedAt = batch.finishedAt ?? batch.startedAt ?? batch.createdAt
    for await (const { seq, name, parts } of everyDocument(batch.id, 'sealed')) {
      const bytes = parts.reduce((sum, { length }) => sum + length, 0)
      yield { seq, name, bytes, modifiedAt, chunks: files.read(batch.id, parts) }
    }
  }

  async function* everyDocument(id: string, state?: DocumentState) {
    for (let after = 0; ; ) {
      const page = await listDocuments(db, id, { state, after, limit: PAGE_ROWS })
      yield* page
      const last = page.at(-1)
      if (last === undefined || page.length < PAGE_ROWS) return
      after = last.seq
    }
  }

  return {
    ...{ open, get, list, put, putArchive, start, cancel, retry, remove },
    ...{ documents, readDocument, sealedFiles, everyDocument },
  }
}

/** Why a document of the batch has no sealed file, and when it may have one. */
export function notSealedYet({ state, counts, rate }: Batch, now: number): AppError {
  if (state === 'open') {
    return new AppError('not-sealed-yet', 'The batch has not been started: start it first.')
  }
  if (isFinished(state)) {
    return new AppError('not-sealed-yet', 'The batch was cancelled before this was sealed.')
  }
  const seconds = etaSeconds(counts.pending, currentRate(rate, now)) ?? RETRY_SECONDS_MAX
  const retryAfterSeconds = Math.min(Math.max(1, seconds), RETRY_SECONDS_MAX)
  return new AppError('not-sealed-yet', 'This is not sealed yet: ask again a little later.', {
    hints: { retryAfterSeconds },
  })
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

function entryOf(
  client: ApiClient,
  action: string,
  { id, at, detail }: { id: string; at: number; detail: Record<string, string | number> },
) {
  return { at, actor: `client:${client.id}`, action, subject: id, detail }
}

function requireName(given: string): string {
  const checked = safeName(given)
  if ('name' in checked) return requireFreeName(checked.name)
  throw new AppError(
    'archive-entry-unsafe',
    `The name is refused because ${checked.reason}. Use letters, digits, hyphens and “/”.`,
    { hints: { field: 'name' } },
  )
}

/** As the Standard Webhooks specification writes a symmetric secret. */
function makeWebhookSecret(): string {
  return `whsec_${randomBytes(32).toString('base64')}`
}

/** What makes two requests to open a batch the same. */
function digestRequest({ sealId, options, label, callbackUrl }: OpenRequest): string {
  const text = canonicalize({
    sealId,
    options,
    label: label ?? null,
    callbackUrl: callbackUrl ?? null,
  })
  return createHash('sha256').update(String(text)).digest('hex')
}
