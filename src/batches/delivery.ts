import type { OutgoingFile } from '../archives/outgoing-file.ts'
import type { ApiClient } from '../clients/model.ts'
import { AppError } from '../errors.ts'
import type { BatchesDeps } from './deps.ts'
import type { Extent } from './files/extent.ts'
import {
  type Batch,
  type BatchDocument,
  currentRate,
  type DocumentState,
  etaSeconds,
  isFinished,
} from './model.ts'
import type { GetOwnBatch } from './own-batch.ts'
import { toAppError } from './problem.ts'
import { findDocument, listDocuments } from './store.ts'

const PAGE_ROWS = 500
const RETRY_SECONDS_MAX = 30

/** What became of the documents of batches. */
export function makeDelivery({ db, files, now }: BatchesDeps, get: GetOwnBatch) {
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

  return { documents, readDocument, sealedFiles, everyDocument }
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
