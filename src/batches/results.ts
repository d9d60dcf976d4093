import type { Tx } from '../db/database.ts'
import { makeUpdateRows } from '../db/update-rows.ts'
import type { Outcome } from '../engine/job.ts'
import { appendEntries } from '../journal/store.ts'
import type { Delegation } from '../rights/can.ts'
import type { Seal } from '../sealing/model.ts'
import { type GroupOperation, recordGroup } from '../sealing/record-group.ts'
import type { Claim, Claims } from './claims.ts'
import type { BatchFiles } from './files/batch-files.ts'
import { type Batch, nextRate } from './model.ts'
import { moveBatch, toBatch } from './store.ts'

/** What became of the documents of a claim. */
export interface ClaimResult {
  readonly claim: Claim
  readonly batch: Pick<Batch, 'id' | 'clientId' | 'options' | 'requestId'>
  readonly seal: Seal
  readonly delegation: Delegation
  /** The time the seals say, Unix ms. */
  readonly sealedAt: number
  readonly documents: readonly { readonly seq: number; readonly outcome: Outcome }[]
}

interface RecordDeps {
  readonly claims: Claims
  readonly makeId: (at: number) => string
  /** How long the files of a finished batch are kept; undefined for ever. */
  readonly retentionMs: number | undefined
  /** Called for a batch that has just finished, in the transaction. */
  readonly onFinished: (tx: Tx, batch: Batch) => Promise<void>
}

const updateDocuments = makeUpdateRows('batch_document', {
  scope: 'batch_id',
  key: 'seq',
  columns: {
    seq: 'bigint',
    state: 'text',
    problem_json: 'text',
    operation_id: 'text',
    log: 'text',
    log_offset: 'bigint',
    appended_bytes: 'bigint',
    sealed_sha256: 'text',
    event_no: 'bigint',
  },
})

/**
 * Write down what became of claims: documents, operations, journal and counts, all in the caller's
 * transaction. A claim that is not this node's any more counts nothing.
 */
export async function recordResults(
  deps: RecordDeps,
  tx: Tx,
  results: readonly ClaimResult[],
  now: number,
): Promise<void> {
  const byBatch = new Map<string, ClaimResult[]>()
  for (const result of results) {
    if (!(await deps.claims.settle(tx, result.claim))) continue
    const { id } = result.batch
    byBatch.set(id, [...(byBatch.get(id) ?? []), result])
  }
  // Everybody locks batches in this order, and the journal after them: nobody waits in a circle.
  const ids = [...byBatch.keys()].sort()
  const counted: { batch: Batch; operations: Grouped[] }[] = []
  for (const id of ids) counted.push(await countResults(deps, tx, byBatch.get(id) ?? [], now))
  for (const { batch, operations } of counted) {
    for (const group of groupsOf(operations)) await recordOperations(tx, batch, group, now)
    if (batch.counts.pending === 0) await finish(deps, tx, batch, now)
  }
}

interface Grouped {
  readonly result: ClaimResult
  readonly operation: GroupOperation
}

async function countResults(
  { makeId }: RecordDeps,
  tx: Tx,
  results: readonly ClaimResult[],
  now: number,
): Promise<{ batch: Batch; operations: Grouped[] }> {
  const [first] = results
  if (first === undefined) throw new RangeError('a batch without results is not counted')
  const before = await lockBatch(tx, first.batch.id)
  let eventNo = before.eventNo
  const operations: Grouped[] = []
  const rows = results.flatMap((result) =>
    result.documents.map(({ seq, outcome }) => {
      eventNo += 1
      if (!outcome.ok) return failedRow(seq, outcome, eventNo)
      const operation = toOperation(makeId(now), outcome, result.sealedAt)
      operations.push({ result, operation })
      return sealedRow(seq, { outcome, eventNo, operationId: operation.id })
    }),
  )
  await updateDocuments(tx, before.id, rows)
  const startedAt = before.startedAt ?? now
  const rate = nextRate(before.rate, { documents: rows.length, now, startedAt })
  const row = await tx
    .updateTable('batch')
    .set((eb) => ({
      sealed: eb('sealed', '+', operations.length),
      failed: eb('failed', '+', rows.length - operations.length),
      event_no: eventNo,
      rate: rate.perSecond,
      rate_at: rate.at,
      waiting_json: null,
    }))
    .where('id', '=', before.id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return { batch: toBatch(row), operations }
}

async function lockBatch(tx: Tx, id: string): Promise<Batch> {
  // An update locks the row in both databases, without a word that only one of them knows.
  const row = await tx
    .updateTable('batch')
    .set((eb) => ({ event_no: eb.ref('event_no') }))
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirstOrThrow()
  return toBatch(row)
}

/** Operations under the same right share an entry of the journal. */
function groupsOf(operations: readonly Grouped[]): Grouped[][] {
  const groups = new Map<string, Grouped[]>()
  for (const one of operations) {
    const { seal, delegation } = one.result
    const name = `${seal.certificate.id} ${delegation.id}`
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [one])
    else group.push(one)
  }
  return [...groups.values()]
}

async function recordOperations(
  tx: Tx,
  batch: Batch,
  group: readonly Grouped[],
  now: number,
): Promise<void> {
  const [first] = group
  if (first === undefined) return
  const { seal, delegation } = first.result
  await recordGroup(tx, {
    at: now,
    subject: batch.id,
    batchId: batch.id,
    common: {
      client: { id: batch.clientId },
      seal,
      delegation,
      level: batch.options.level,
      requestId: batch.requestId,
    },
    operations: group.map(({ operation }) => operation),
  })
}

async function finish(
  { retentionMs, onFinished }: RecordDeps,
  tx: Tx,
  { id, counts }: Batch,
  now: number,
): Promise<void> {
  const finished = await moveBatch(tx, id, counts.failed === 0 ? 'complete' : 'fail', {
    finished_at: now,
    expires_at: retentionMs === undefined ? null : now + retentionMs,
  })
  if (finished === undefined) return
  const { total, sealed, failed } = counts
  const detail = { total, sealed, failed }
  await appendEntries(tx, [
    { at: now, actor: 'system', action: 'batch.finished', subject: id, detail },
  ])
  await onFinished(tx, finished)
}

function toOperation(
  id: string,
  outcome: Extract<Outcome, { ok: true }>,
  sealedAt: number,
): GroupOperation {
  const { fieldName, warnings, originalSha256, sealedSha256, signedDigest } = outcome
  const bytes = outcome.originalBytes + outcome.appended.length
  return {
    id,
    at: sealedAt,
    fieldName,
    warnings,
    originalSha256,
    sealedSha256,
    signedDigest,
    bytes,
  }
}

function sealedRow(
  seq: number,
  done: { outcome: Extract<Outcome, { ok: true }>; eventNo: number; operationId: string },
) {
  const { appended, sealedSha256 } = done.outcome
  if (appended instanceof Uint8Array) throw new RangeError('a section of a batch goes to its log')
  return {
    seq,
    state: 'sealed',
    problem_json: null,
    operation_id: done.operationId,
    log: appended.file,
    log_offset: appended.offset,
    appended_bytes: appended.length,
    sealed_sha256: sealedSha256,
    event_no: done.eventNo,
  }
}

function failedRow(
  seq: number,
  { code, message, hints }: Extract<Outcome, { ok: false }>,
  eventNo: number,
) {
  return {
    seq,
    state: 'failed',
    problem_json: JSON.stringify({ code, message, hints }),
    operation_id: null,
    log: null,
    log_offset: null,
    appended_bytes: null,
    sealed_sha256: null,
    event_no: eventNo,
  }
}

/**
 * What the logs hold of these results must survive a power cut before their rows do.
 *
 * @returns The batches of whose logs nobody knows any more what they hold, and why.
 */
export async function syncLogs(
  files: BatchFiles,
  results: readonly ClaimResult[],
): Promise<Map<string, unknown>> {
  const logs = new Map<string, Set<string>>()
  for (const { batch, documents } of results) {
    const names = logs.get(batch.id) ?? new Set()
    logs.set(batch.id, names)
    for (const { outcome } of documents) {
      if (outcome.ok && !(outcome.appended instanceof Uint8Array)) names.add(outcome.appended.file)
    }
  }
  const failures = new Map<string, unknown>()
  const syncing = [...logs].map(([batchId, names]) =>
    files.sync(batchId, [...names]).catch((error) => failures.set(batchId, error)),
  )
  await Promise.all(syncing)
  return failures
}
