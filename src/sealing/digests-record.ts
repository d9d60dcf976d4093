import type { Db } from '../db/database.ts'
import type { SignedDigests } from '../engine/digest-job.ts'
import type { DigestRight, DigestsRequest } from './digests-model.ts'
import { recordGroup } from './record-group.ts'
import { insertIdempotent } from './store.ts'

interface DigestsSigned {
  readonly request: DigestsRequest
  readonly right: DigestRight
  /** Unix ms. */
  readonly at: number
  /** Ids, in the order of the digests. */
  readonly operations: readonly string[]
  readonly signatures: SignedDigests['signatures']
  readonly idempotency?: {
    readonly key: string
    readonly requestSha256: string
    /** Of the answer, in the file store. */
    readonly answerSha256: string
  }
}

/** So many rows are written in some milliseconds; what else is to be done goes in between. */
const GROUP_OPERATIONS = 1_000

/**
 * Write signed digests down, an operation each, up to a thousand with one journal entry. What a
 * repetition needs comes with the last: before, a repetition signs anew.
 */
export async function recordDigests(db: Db, signed: DigestsSigned): Promise<void> {
  const { request, right, at, operations, signatures, idempotency } = signed
  const { client, digests, format, requestId } = request
  const rows = digests.map((digest, i) => {
    const id = operations[i]
    const signature = signatures[i]
    if (id === undefined || signature === undefined) throw new RangeError('a digest is not signed')
    const { signedDigest, sha256: sealedSha256, bytes } = signature
    const digestsOf = { originalSha256: digest, sealedSha256, signedDigest }
    return { id, at, fieldName: '', warnings: [], ...digestsOf, bytes }
  })
  for (let from = 0; from < rows.length; from += GROUP_OPERATIONS) {
    const to = from + GROUP_OPERATIONS
    await db.transaction().execute(async (tx) => {
      await recordGroup(tx, {
        kind: 'digest',
        at,
        subject: `digests:${requestId}`,
        common: { client, ...right, level: format, requestId },
        operations: rows.slice(from, to),
      })
      if (to < rows.length || idempotency === undefined) return
      await insertIdempotent(tx, [
        {
          client_id: client.id,
          key: idempotency.key,
          request_sha256: idempotency.requestSha256,
          operation_id: operations[0] ?? '',
          appendix_sha256: idempotency.answerSha256,
          created_at: at,
        },
      ])
    })
    await new Promise(setImmediate)
  }
}
