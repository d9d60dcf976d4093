import { expect, test, vi } from 'vitest'
import type { Db } from '../../src/db/database.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { type Act, makeRecorder } from '../../src/sealing/recorder.ts'
import { findSeal } from '../../src/sealing/store.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { makeSealingBench, type SealingBench, START } from '../support/sealing-bench.ts'

/** Acts as the service makes them; ids count from 0. */
async function makeActs({ db, client }: SealingBench, count: number): Promise<Act[]> {
  const seal = await findSeal(db, 'conseil')
  const [delegation] = seal?.delegations ?? []
  if (seal === undefined || delegation === undefined) throw new Error('the bench has a seal')
  return Array.from({ length: count }, (_, index): Act => {
    const id = `op-${index}`
    const operation = {
      id,
      at: START,
      kind: 'seal',
      seal_id: seal.id,
      client_id: client.id,
      delegation_id: delegation.id,
      delegation_version: 1,
      key_id: seal.keyId,
      certificate_id: seal.certificate.id,
      level: 'B-B',
      field_name: 'Signature1',
      original_sha256: '00',
      sealed_sha256: '01',
      signed_digest: '02',
      bytes: 1,
      request_id: 'r',
      warnings: '',
    } as const
    const entry = { at: START, actor: 'client', action: 'document.sealed', subject: id, detail: {} }
    const idempotency = {
      client_id: client.id,
      key: `key-${index}`,
      request_sha256: '03',
      operation_id: id,
      appendix_sha256: '04',
      created_at: START,
    }
    return { operation, entry, idempotency }
  })
}

async function recordedIds(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('operation').select('id').orderBy('journal_seq').execute()
  return rows.map(({ id }) => id)
}

describeEachDatabase('the recorder', (open) => {
  test('writes many acts of one moment in few transactions, each with its own entry', async () => {
    const bench = await makeSealingBench((await open()).db)
    const record = makeRecorder(bench.db)
    const acts = await makeActs(bench, 700)
    const transactions = vi.spyOn(bench.db, 'transaction')

    const entries = await Promise.all(acts.map(record))

    expect(transactions.mock.calls.length).toBe(2)
    expect(entries.map(({ subject }) => subject)).toEqual(acts.map(({ entry }) => entry.subject))
    const rows = await bench.db
      .selectFrom('operation')
      .innerJoin('journal_entry', 'journal_entry.seq', 'operation.journal_seq')
      .select(['operation.id', 'journal_entry.subject'])
      .execute()
    expect(rows).toHaveLength(700)
    for (const { id, subject } of rows) expect(id).toBe(subject)
    expect(await bench.db.selectFrom('idempotency').select('key').execute()).toHaveLength(700)
    expect(await verifyJournal(bench.db)).toMatchObject({ intact: true })
  })

  test('waits a little for acts that are on their way, and not for ever', async () => {
    const bench = await makeSealingBench((await open()).db)
    const record = makeRecorder(bench.db, () => 3)
    const [first, second, third, fourth] = await makeActs(bench, 4)
    if (!first || !second || !third || !fourth) throw new Error('there are four')
    const transactions = vi.spyOn(bench.db, 'transaction')

    const early = record(first)
    await new Promise(setImmediate)
    await Promise.all([early, record(second), record(third)])
    const together = transactions.mock.calls.length
    await record(fourth)

    expect(together).toBe(1)
    expect(await recordedIds(bench.db)).toEqual(['op-0', 'op-1', 'op-2', 'op-3'])
  })

  test('lets no bad act take others with it', async () => {
    const bench = await makeSealingBench((await open()).db)
    const record = makeRecorder(bench.db)
    const [first, second, third, fourth] = await makeActs(bench, 4)
    if (!first || !second || !third || !fourth) throw new Error('there are four')
    const unknownSeal = { ...second, operation: { ...second.operation, seal_id: 'nothing' } }
    const twin = { ...third, idempotency: first.idempotency }

    const outcomes = await Promise.allSettled([first, unknownSeal, twin, fourth].map(record))

    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'rejected',
      'fulfilled',
    ])
    expect(await recordedIds(bench.db)).toEqual(['op-0', 'op-3'])
    const sealed = await bench.db
      .selectFrom('journal_entry')
      .select('subject')
      .where('action', '=', 'document.sealed')
      .execute()
    expect(sealed).toHaveLength(2)
    expect(await verifyJournal(bench.db)).toMatchObject({ intact: true })
  })

  test('goes on after a failure, and with acts that come while it writes', async () => {
    const bench = await makeSealingBench((await open()).db)
    const record = makeRecorder(bench.db)
    const [first, second, third] = await makeActs(bench, 3)
    if (!first || !second || !third) throw new Error('there are three')

    const writing = record(first)
    await new Promise(setImmediate)
    const meanwhile = record(second)
    await Promise.all([writing, meanwhile])
    await expect(record(first)).rejects.toThrow()
    await record(third)

    expect(await recordedIds(bench.db)).toEqual(['op-0', 'op-1', 'op-2'])
  })
})
