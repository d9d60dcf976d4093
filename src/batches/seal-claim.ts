import type { Logger } from 'pino'
import { type Engine, SET_ASIDE } from '../engine/engine.ts'
import type { Outcome } from '../engine/job.ts'
import { AppError } from '../errors.ts'
import type { SealAccess } from '../sealing/seal-access.ts'
import type { Claim, ClaimedDocument } from './claims.ts'
import type { BatchFiles } from './files/batch-files.ts'
import type { Batch } from './model.ts'
import type { ClaimResult } from './results.ts'
import { isToBeSetAside } from './suspects.ts'

interface SealClaimDeps {
  readonly access: SealAccess
  readonly engine: Pick<Engine, 'seal'>
  readonly files: Pick<BatchFiles, 'pathOf'>
  readonly now: () => number
  readonly log: Logger
}

interface BatchAtWork {
  readonly batch: Batch
  readonly isRevoked: boolean
  readonly logEpoch: number
}

/**
 * Seal the documents of a claim, by the right their client has at this moment.
 *
 * @throws AppError for what is not the documents' fault: they wait.
 */
export async function sealClaim(
  { access, engine, files, now, log }: SealClaimDeps,
  { batch, isRevoked, logEpoch }: BatchAtWork,
  { claim, documents }: { readonly claim: Claim; readonly documents: readonly ClaimedDocument[] },
): Promise<ClaimResult> {
  if (isRevoked) throw new AppError('not-authorised', 'The API client of this batch is revoked.')
  const { seal, delegation } = await access.forUse(batch.sealId, { id: batch.clientId })
  const sealedAt = now()
  const places = documents.map(({ original: { file, offset, length } }) => {
    return { path: files.pathOf(batch.id, file), offset, length }
  })
  const outcomes: readonly Outcome[] = isToBeSetAside(claim)
    ? documents.map(() => SET_ASIDE)
    : await engine.seal(seal.tools.kit, {
        options: batch.options,
        at: sealedAt,
        documents: places,
        ...{ logOf: batch.id, logEpoch },
        priority: 'batch',
      })
  logFaults(log, batch.id, outcomes)
  return {
    claim,
    batch,
    seal,
    delegation,
    sealedAt,
    documents: documents.map(({ seq }, i) => {
      const outcome = outcomes[i]
      if (outcome === undefined) throw new RangeError('a document has no outcome')
      return { seq, outcome }
    }),
  }
}

function logFaults(log: Logger, batchId: string, outcomes: readonly Outcome[]): void {
  for (const outcome of outcomes) {
    if (outcome.ok || outcome.stack === undefined) continue
    log.error({ batchId, stack: outcome.stack }, 'batches: a document met a fault of ours')
  }
}
