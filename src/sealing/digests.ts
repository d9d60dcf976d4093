import { createHash } from 'node:crypto'
import { SIGNATURE_ALGORITHMS } from '../../hsm/algorithms.ts'
import type { Db } from '../db/database.ts'
import type { SignedDigests } from '../engine/digest-job.ts'
import type { Engine } from '../engine/engine.ts'
import { AppError } from '../errors.ts'
import type { DigestRight, DigestsRequest } from './digests-model.ts'
import { recordDigests } from './digests-record.ts'
import type { FileStore } from './file-store.ts'
import type { SealAccess } from './seal-access.ts'
import { findIdempotent } from './store.ts'

export interface SignDigestsDeps {
  readonly db: Db
  readonly access: SealAccess
  readonly engine: Pick<Engine, 'sign' | 'threads'>
  readonly files: FileStore
  readonly makeId: (at: number) => string
  readonly now: () => number
}

/**
 * Signatures over digests of documents that stay with the client. Each is an operation of its own;
 * nothing is given out before all are in the journal.
 *
 * @returns JSON in UTF-8: `signatures` and `operations` in the order of the digests, and
 *   `certificates`, the seal's first.
 * @throws AppError for every reason not to: the seal, the right, the digests, the HSM.
 */
export type SealDigests = (request: DigestsRequest) => Promise<Uint8Array<ArrayBuffer>>

/** Digests of one job: short enough that a thread does other work in between. */
const JOB_DIGESTS = 32
const JOBS_PER_THREAD = 2
/** Each holds its answer in memory. */
const REQUESTS_MAX = 8

export function makeSealDigests(deps: SignDigestsDeps): SealDigests {
  const running = new Map<string, Promise<Uint8Array<ArrayBuffer>>>()
  let requests = 0

  return async (request) => {
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

  async function counted(request: DigestsRequest): Promise<Uint8Array<ArrayBuffer>> {
    if (requests >= REQUESTS_MAX) throw tooMany()
    requests += 1
    try {
      return await signOnce(deps, request)
    } finally {
      requests -= 1
    }
  }
}

async function signOnce(
  deps: SignDigestsDeps,
  request: DigestsRequest,
): Promise<Uint8Array<ArrayBuffer>> {
  const { db, access, files, now } = deps
  const right = await access.forUse(request.sealId, request.client)
  requireFit(right, request)
  const requestSha256 = digestRequest(request)
  const earlier = await findEarlier(db, request, requestSha256)
  if (earlier !== undefined) return files.get(earlier)
  const signed = await signAll(deps, request, right)
  const at = now()
  const operations = request.digests.map(() => deps.makeId(at))
  const answer = toJson(right, signed, operations)
  const { idempotencyKey } = request
  const repeatable = idempotencyKey !== undefined && {
    idempotency: {
      key: idempotencyKey,
      requestSha256,
      answerSha256: await files.put(answer),
    },
  }
  try {
    const signatures = signed.flatMap((part) => part.signatures)
    await recordDigests(db, { request, right, at, operations, signatures, ...repeatable })
  } catch (error) {
    // On several nodes the same request may run twice at once: the one written down is the result.
    const other = await findEarlier(db, request, requestSha256)
    if (other === undefined) throw error
    return files.get(other)
  }
  return answer
}

/** @throws AppError `invalid-request` that says what fits. */
function requireFit({ seal }: DigestRight, { digestAlgorithm, digests }: DigestsRequest): void {
  const { hash, digestBytes } = SIGNATURE_ALGORITHMS[seal.algorithm]
  if (digestAlgorithm !== hash) {
    throw new AppError(
      'invalid-request',
      `The seal ${seal.id} signs with ${seal.algorithm}: send digests of ${hash}.`,
      { hints: { field: 'digestAlgorithm', fits: hash } },
    )
  }
  const wrong = digests.findIndex((digest) => digest.length !== 2 * digestBytes)
  if (wrong === -1) return
  throw new AppError(
    'invalid-request',
    `A digest of ${hash} is ${2 * digestBytes} hex digits long; digest ${wrong} is not.`,
    { hints: { field: `digests.${wrong}` } },
  )
}

/** What makes two requests the same: the seal, the format, the digests. */
function digestRequest({ sealId, digestAlgorithm, format, digests }: DigestsRequest): string {
  const text = JSON.stringify(['digests', sealId, digestAlgorithm, format, digests])
  return createHash('sha256').update(text).digest('hex')
}

/** @returns The digest of the answer that was given. @throws AppError `idempotency-conflict`. */
async function findEarlier(
  db: Db,
  { client, idempotencyKey }: DigestsRequest,
  requestSha256: string,
): Promise<string | undefined> {
  if (idempotencyKey === undefined) return undefined
  const earlier = await findIdempotent(db, client.id, idempotencyKey)
  if (earlier === undefined) return undefined
  if (earlier.request_sha256 === requestSha256) return earlier.appendix_sha256
  throw new AppError(
    'idempotency-conflict',
    'This Idempotency-Key was used for another request. Use a new one.',
    { hints: { field: 'Idempotency-Key' } },
  )
}

/** So many jobs at once as keep the threads busy; the right is looked at again before each. */
async function signAll(
  { access, engine }: SignDigestsDeps,
  { client, sealId, digests, format }: DigestsRequest,
  { seal }: DigestRight,
): Promise<SignedDigests[]> {
  const signed: SignedDigests[] = []
  const jobs = Math.ceil(digests.length / JOB_DIGESTS)
  let next = 0
  const work = async () => {
    while (next < jobs) {
      const job = next
      next += 1
      const some = digests.slice(job * JOB_DIGESTS, (job + 1) * JOB_DIGESTS)
      await access.forUse(sealId, client)
      const asked = { format, digests: some.map((digest) => Buffer.from(digest, 'hex')) }
      signed[job] = await engine.sign(seal.tools.kit, asked)
    }
  }
  const workers = Array.from({ length: Math.min(jobs, JOBS_PER_THREAD * engine.threads) }, work)
  await Promise.all(workers)
  return signed
}

/** Signatures are text already; they are only put together. */
function toJson(
  { seal }: DigestRight,
  signed: readonly SignedDigests[],
  operations: readonly string[],
): Uint8Array<ArrayBuffer> {
  const { certificate, chain } = seal.tools.kit
  const certificates = [certificate, ...chain].map((der) => Buffer.from(der).toString('base64'))
  const parts: Uint8Array[] = [Buffer.from('{"signatures":[')]
  for (const [i, { json }] of signed.entries()) {
    if (i > 0) parts.push(COMMA)
    parts.push(json)
  }
  const rest = JSON.stringify({ certificates, operations }).slice(1)
  return Buffer.concat([...parts, Buffer.from(`],${rest}`)])
}

const COMMA = Buffer.from(',')

function tooMany(): AppError {
  return new AppError(
    'too-many-requests',
    `This server works on ${REQUESTS_MAX} requests of digests at once. Ask again in a moment.`,
    { hints: { retryAfterSeconds: 2 } },
  )
}
