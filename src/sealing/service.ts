import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { SignDigest } from '../../hsm/algorithms.ts'
import { type FinishedSignature, type PreparedSignature, prepareSignature } from '../ades/pades.ts'
import type { ApiClient } from '../clients/model.ts'
import type { Db } from '../db/database.ts'
import { type DrawSeal, sealContent } from '../engine/seal-content.ts'
import { type SealOptions, type Warning, warningsOf } from '../engine/seal-options.ts'
import { type ReportFault, type SignDigests, signDocuments } from '../engine/sign-documents.ts'
import { AppError } from '../errors.ts'
import { makeIdMaker } from '../ids.ts'
import type { PdfSource } from '../pdf/source.ts'
import { can } from '../rights/can.ts'
import { describeOperation, describeSeal } from './describe.ts'
import { evidenceOf, hex } from './evidence.ts'
import type { FileStore } from './file-store.ts'
import { proveOperation } from './operation-proof.ts'
import { makeRecorder } from './recorder.ts'
import { findDelegation, type SealAccess } from './seal-access.ts'
import { findIdempotent, findOperation, listSealIds } from './store.ts'

export interface SealingDeps {
  readonly db: Db
  readonly access: SealAccess
  readonly files: FileStore
  readonly signDigest: SignDigest
  readonly reportFault: ReportFault
  readonly drawSeal: DrawSeal
  readonly now: () => number
}

export interface ApplyRequest {
  readonly client: ApiClient
  readonly sealId: string
  readonly source: PdfSource
  readonly options: SealOptions
  readonly requestId: string
  readonly idempotencyKey?: string
}

export interface SealedDocument extends FinishedSignature {
  readonly operation: { readonly id: string }
  readonly warnings: readonly Warning[]
}

export type Sealing = ReturnType<typeof makeSealing>

/** Applying seals, and what is told of it afterwards. */
export function makeSealing(deps: SealingDeps) {
  const { db, access, now } = deps
  let underWay = 0
  const record = makeRecorder(db, () => underWay)
  const makeId = makeIdMaker()
  const signer = {
    // One by one they travel with those of other requests.
    signDigests: ({ digests, ...key }: Parameters<SignDigests>[0]) =>
      Promise.all(digests.map((digest) => deps.signDigest({ ...key, digest }))),
    reportFault: deps.reportFault,
  }
  const running = new Map<string, Promise<SealedDocument>>()

  /**
   * Seal one PDF (PAdES B-B). The answer exists only once the act is in the journal.
   *
   * @throws AppError for every reason not to: the seal, the right, the document, the HSM.
   */
  async function apply(request: ApplyRequest): Promise<SealedDocument> {
    const { client, idempotencyKey } = request
    if (idempotencyKey === undefined) return counted(request)
    // A repetition that comes while the first is still running waits for it, then reads its result.
    const name = `${client.id} ${idempotencyKey}`
    for (let first = running.get(name); first !== undefined; first = running.get(name)) {
      await first.catch(() => {})
    }
    const attempt = counted(request).finally(() => running.delete(name))
    running.set(name, attempt)
    return attempt
  }

  async function counted(request: ApplyRequest): Promise<SealedDocument> {
    underWay += 1
    try {
      return await applyOnce(request)
    } finally {
      underWay -= 1
    }
  }

  async function applyOnce(request: ApplyRequest): Promise<SealedDocument> {
    const { client, options, sealId } = request
    const at = now()
    const { seal, delegation } = await access.forUse(sealId, client)
    const prepared = await prepareSignature(
      request.source,
      seal.tools.encoder,
      { ...options, signedAt: at, signerName: seal.organisation },
      (box) => deps.drawSeal(sealContent(seal.tools.kit, options, at), box),
    )
    const requestSha256 = digestRequest(request, prepared)
    const earlier = await findEarlier(request, requestSha256)
    if (earlier !== undefined) return replay(earlier, prepared)
    const [finished] = await signDocuments(signer, seal.tools, [prepared])
    if (finished === undefined) throw new RangeError('a document has no signature')
    const operationId = makeId(at)
    const sealed = { ...request, operationId, at, seal, delegation, prepared, finished }
    const idempotency = await repeatable(request, requestSha256, { operationId, at, finished })
    try {
      await record({ ...evidenceOf(sealed), idempotency })
    } catch (error) {
      // On several nodes the same request may run twice at once: the one written down is the result.
      const other = await findEarlier(request, requestSha256)
      if (other === undefined) throw error
      return replay(other, prepared)
    }
    return { ...finished, operation: { id: operationId }, warnings: warningsOf(prepared.plan) }
  }

  async function findEarlier({ client, idempotencyKey }: ApplyRequest, requestSha256: string) {
    if (idempotencyKey === undefined) return undefined
    const earlier = await findIdempotent(db, client.id, idempotencyKey)
    if (earlier !== undefined && earlier.request_sha256 !== requestSha256) {
      throw new AppError(
        'idempotency-conflict',
        'This Idempotency-Key was used for another document or other options. Use a new one.',
        { hints: { field: 'Idempotency-Key' } },
      )
    }
    return earlier
  }

  /** The original has come again and is a prefix of the sealed file, so only the rest was kept. */
  async function replay(
    earlier: { operation_id: string; appendix_sha256: string },
    { afterOriginal, plan }: PreparedSignature,
  ): Promise<SealedDocument> {
    const appendix = await deps.files.get(earlier.appendix_sha256)
    const sha256 = afterOriginal.copy().update(appendix).digest()
    const operation = { id: earlier.operation_id }
    return { appendix, sha256, operation, warnings: warningsOf(plan) }
  }

  async function repeatable(
    { client, idempotencyKey }: ApplyRequest,
    requestSha256: string,
    done: { operationId: string; at: number; finished: FinishedSignature },
  ) {
    if (idempotencyKey === undefined) return undefined
    return {
      client_id: client.id,
      key: idempotencyKey,
      request_sha256: requestSha256,
      operation_id: done.operationId,
      appendix_sha256: await deps.files.put(done.finished.appendix),
      created_at: done.at,
    }
  }

  /** The seals this client may apply now, each with the delegation that allows it. */
  async function listSeals(client: ApiClient) {
    const at = now()
    const seals = await Promise.all((await listSealIds(db)).map((id) => access.get(id)))
    return seals.flatMap((seal) => {
      const delegation = findDelegation(seal, client, at)
      return delegation === undefined ? [] : [describeSeal(seal, delegation)]
    })
  }

  /** One operation with its evidence. @throws AppError `not-found`, also for another client's. */
  async function getOperation(client: ApiClient, id: string) {
    const row = await findOperation(db, id)
    const isOwn =
      row !== undefined &&
      can(
        { kind: 'api-client', id: client.id },
        { action: 'operation.read', clientId: row.client_id },
        [],
        now(),
      ).allowed
    if (!isOwn) throw new AppError('not-found', 'There is no operation of this id.')
    return describeOperation(row, await proveOperation(db, row))
  }

  return { apply, listSeals, getOperation }
}

/** What makes two requests the same: the seal, the options, the document. */
function digestRequest(
  { sealId, options }: ApplyRequest,
  { originalSha256 }: PreparedSignature,
): string {
  const text = canonicalize({ sealId, options, originalSha256: hex(originalSha256) })
  return createHash('sha256').update(String(text)).digest('hex')
}
