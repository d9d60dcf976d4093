import { createHash, randomBytes } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { ApiClient } from '../clients/model.ts'
import type { SealOptions } from '../engine/seal-options.ts'
import { AppError } from '../errors.ts'
import { appendEntries } from '../journal/store.ts'
import type { BatchesDeps } from './deps.ts'
import { entryOf } from './journal-entry.ts'
import type { Batch } from './model.ts'
import type { GetOwnBatch } from './own-batch.ts'
import { findBatchByKey, insertBatch } from './store.ts'

export interface OpenRequest {
  readonly client: ApiClient
  readonly sealId: string
  readonly options: SealOptions
  readonly label?: string
  readonly callbackUrl?: string
  readonly requestId: string
  readonly idempotencyKey?: string
}

/** Opens batches, and finds again what the same request opened before. */
export function makeOpening(deps: BatchesDeps, get: GetOwnBatch) {
  const { db, access, makeId, retentionMs, now } = deps

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

  return { open }
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
