import type { Logger } from 'pino'
import type { Db } from '../db/database.ts'
import type { FailedOutcome, SealedOutcome } from '../engine/job.ts'
import { type GroupOperation, recordGroup } from './record-group.ts'
import {
  type Delivery,
  errorOf,
  type FinishedJob,
  INTERNAL,
  type StreamDocument,
  type StreamRequest,
  type StreamRight,
} from './stream-model.ts'

export interface StreamRecorderDeps {
  readonly db: Db
  readonly makeId: (at: number) => string
  readonly now: () => number
  readonly log: Logger
  /** Between attempts to write a group down. */
  readonly recordPausesMs?: readonly number[]
}

/** A database that is locked, or a disk that is full, may be better after a while. */
const PAUSES_MS = [100, 1_000, 5_000]

interface SealedDocument {
  readonly document: StreamDocument
  readonly outcome: SealedOutcome
  readonly right: StreamRight
  readonly id: string
}

/**
 * Writes down what was sealed, one transaction for all that is handed over at once.
 *
 * @returns A function that gives back what may leave now: what could not be written down has failed.
 */
export function makeStreamRecorder(
  { db, makeId, now, log, recordPausesMs = PAUSES_MS }: StreamRecorderDeps,
  request: StreamRequest,
): (finished: readonly FinishedJob[]) => Promise<Delivery[]> {
  return async (finished) => {
    const sealed: SealedDocument[] = []
    const deliveries: Delivery[] = []
    for (const { job, outcomes, right } of finished) {
      for (const [i, document] of job.documents.entries()) {
        const outcome = outcomes[i]
        if (outcome === undefined) throw new RangeError('a document has no outcome')
        if (!outcome.ok) deliveries.push(failedDelivery(document, outcome))
        else if (right === undefined) throw new RangeError('a document was sealed without a right')
        else sealed.push({ document, outcome, right, id: makeId(now()) })
      }
    }
    const isWritten = await record(sealed)
    for (const one of sealed) {
      if (isWritten) deliveries.push(sealedDelivery(one))
      else deliveries.push({ kind: 'failed', name: one.document.name, error: INTERNAL })
    }
    return deliveries
  }

  async function record(sealed: readonly SealedDocument[]): Promise<boolean> {
    if (sealed.length === 0) return true
    const groups = groupsOf(sealed)
    for (const pauseMs of [...recordPausesMs, undefined]) {
      try {
        await db.transaction().execute(async (tx) => {
          for (const group of groups) await recordGroup(tx, toGroup(group))
        })
        return true
      } catch (error) {
        log.error({ err: error, documents: sealed.length }, 'stream: a group is not written down')
        if (pauseMs !== undefined) await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    }
    return false
  }

  function toGroup(group: readonly SealedDocument[]): Parameters<typeof recordGroup>[1] {
    const [first] = group
    if (first === undefined) throw new RangeError('a group has documents')
    const { seal, delegation } = first.right
    const { client, options, requestId } = request
    return {
      at: now(),
      subject: `stream:${requestId}`,
      common: { client, seal, delegation, level: options.level, requestId },
      operations: group.map(toOperation),
    }
  }
}

/** Operations under the same right share an entry of the journal. */
function groupsOf(sealed: readonly SealedDocument[]): SealedDocument[][] {
  const groups = new Map<string, SealedDocument[]>()
  for (const one of sealed) {
    const { seal, delegation } = one.right
    const name = `${seal.certificate.id} ${delegation.id}`
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [one])
    else group.push(one)
  }
  return [...groups.values()]
}

function toOperation({ id, outcome, right }: SealedDocument): GroupOperation {
  const { fieldName, warnings, originalSha256, sealedSha256, signedDigest } = outcome
  const bytes = outcome.originalBytes + outcome.appended.length
  const digests = { originalSha256, sealedSha256, signedDigest }
  return { id, at: right.at, fieldName, warnings, ...digests, bytes }
}

function failedDelivery({ name }: StreamDocument, outcome: FailedOutcome): Delivery {
  return { kind: 'failed', name, error: errorOf(outcome) }
}

function sealedDelivery({ document, outcome, id }: SealedDocument): Delivery {
  const { appended, sealedSha256, warnings } = outcome
  if (!(appended instanceof Uint8Array)) throw new RangeError('a section went to a log')
  return {
    kind: 'sealed',
    name: document.name,
    operationId: id,
    original: document.place,
    originalBytes: document.bytes,
    appended,
    sealedSha256,
    warnings,
  }
}
