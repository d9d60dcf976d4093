import { createHash, type Hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import canonicalize from 'canonicalize'
import type { ApiClient } from '../clients/model.ts'
import type { Db } from '../db/database.ts'
import type { Engine } from '../engine/engine.ts'
import type { DocumentPlace, Outcome } from '../engine/job.ts'
import type { SealOptions, Warning } from '../engine/seal-options.ts'
import { AppError } from '../errors.ts'
import { makeIdMaker } from '../ids.ts'
import { can } from '../rights/can.ts'
import { describeOperation, describeSeal, parseWarnings } from './describe.ts'
import { evidenceOf, type SealedInMemory } from './evidence.ts'
import type { FileStore } from './file-store.ts'
import { proveOperation } from './operation-proof.ts'
import { makeRecorder } from './recorder.ts'
import { findDelegation, type SealAccess } from './seal-access.ts'
import { findIdempotent, findOperation, listSealIds } from './store.ts'

export interface SealingDeps {
  readonly db: Db
  readonly access: SealAccess
  readonly files: FileStore
  readonly engine: Pick<Engine, 'seal'>
  readonly now: () => number
}

export interface ApplyRequest {
  readonly client: ApiClient
  readonly sealId: string
  readonly document: DocumentPlace
  readonly options: SealOptions
  readonly requestId: string
  readonly idempotencyKey?: string
}

export interface SealedDocument {
  /** What follows the original octets in the sealed file. */
  readonly appendix: Uint8Array
  /** SHA-256 of the whole sealed file, lower-case hex. */
  readonly sha256: string
  readonly operation: { readonly id: string }
  readonly warnings: readonly Warning[]
}

type Earlier = NonNullable<Awaited<ReturnType<typeof findIdempotent>>>

export type Sealing = ReturnType<typeof makeSealing>

/** Applying seals, and what is told of it afterwards. */
export function makeSealing(deps: SealingDeps) {
  const { db, access, engine, now } = deps
  let underWay = 0
  const record = makeRecorder(db, () => underWay)
  const makeId = makeIdMaker()
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
    const { client, document, options, sealId } = request
    const { seal, delegation } = await access.forUse(sealId, client)
    const earlier = await findEarlier(request)
    if (earlier !== undefined) return replay(request, earlier)
    const at = now()
    const job = { options, at, documents: [document], priority: 'interactive' } as const
    const outcome = requireSealed(await engine.seal(seal.tools.kit, job))
    const sealed = { operationId: makeId(at), at, seal, delegation, outcome }
    const idempotency = await repeatable(request, sealed)
    try {
      await record({ ...evidenceOf({ ...request, ...sealed }), idempotency })
    } catch (error) {
      // On several nodes the same request may run twice at once: the one written down is the result.
      const other = await findEarlier(request)
      if (other === undefined) throw error
      return replay(request, other)
    }
    const { warnings, sealedSha256: sha256 } = outcome
    return { appendix: outcome.appended, sha256, operation: { id: sealed.operationId }, warnings }
  }

  async function findEarlier({ client, idempotencyKey }: ApplyRequest) {
    return idempotencyKey === undefined ? undefined : findIdempotent(db, client.id, idempotencyKey)
  }

  /** The original has come again and is a prefix of the sealed file, so only the rest was kept. */
  async function replay(request: ApplyRequest, earlier: Earlier): Promise<SealedDocument> {
    const hash = await hashDocument(request.document)
    if (earlier.request_sha256 !== digestRequest(request, hash.copy().digest('hex'))) {
      throw new AppError(
        'idempotency-conflict',
        'This Idempotency-Key was used for another document or other options. Use a new one.',
        { hints: { field: 'Idempotency-Key' } },
      )
    }
    const appendix = await deps.files.get(earlier.appendix_sha256)
    const sha256 = hash.update(appendix).digest('hex')
    const operation = { id: earlier.operation_id }
    return { appendix, sha256, operation, warnings: parseWarnings(earlier.warnings) }
  }

  async function repeatable(
    request: ApplyRequest,
    { operationId, at, outcome }: { operationId: string; at: number; outcome: SealedInMemory },
  ) {
    const { client, idempotencyKey } = request
    if (idempotencyKey === undefined) return undefined
    return {
      client_id: client.id,
      key: idempotencyKey,
      request_sha256: digestRequest(request, outcome.originalSha256),
      operation_id: operationId,
      appendix_sha256: await deps.files.put(outcome.appended),
      created_at: at,
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
function digestRequest({ sealId, options }: ApplyRequest, originalSha256: string): string {
  const text = canonicalize({ sealId, options, originalSha256 })
  return createHash('sha256').update(String(text)).digest('hex')
}

async function hashDocument(document: DocumentPlace): Promise<Hash> {
  const hash = createHash('sha256')
  if ('bytes' in document) return hash.update(document.bytes)
  const { path, offset, length } = document
  if (length === 0) return hash
  for await (const chunk of createReadStream(path, { start: offset, end: offset + length - 1 })) {
    hash.update(chunk)
  }
  return hash
}

/** The engine's outcome of the one document of a job whose sections come back. */
function requireSealed([outcome]: readonly Outcome[]): SealedInMemory {
  if (outcome === undefined) throw new RangeError('a document has no outcome')
  if (!outcome.ok) {
    const { code, message, hints, stack } = outcome
    throw new AppError(code, message, { hints, ...(stack !== undefined && { cause: stack }) })
  }
  const { appended } = outcome
  if (!(appended instanceof Uint8Array)) throw new RangeError('the section went to a log')
  return { ...outcome, appended }
}
