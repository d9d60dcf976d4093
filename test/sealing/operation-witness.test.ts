import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { Db } from '../../src/db/database.ts'
import type { Dialect } from '../../src/db/schema.ts'
import { hashLeaf } from '../../src/journal/merkle.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { makeEncodeLeaf } from '../../src/sealing/evidence.ts'
import { makeOperationWitness } from '../../src/sealing/operation-witness.ts'
import { describeEachDatabase, shareDatabase } from '../support/databases.ts'
import {
  appendOther,
  insertSealRows,
  operationsOf,
  recordOperation,
  recordOperations,
} from '../support/recorded-operations.ts'

/** Where the entries stand that `fill` writes. */
const OTHER = 1
const SINGLE = 2
const GROUP = 4
const LATER_GROUP = 6

/** Entries of every kind beside each other; the later group takes more than a page of rows. */
async function fill(db: Db): Promise<void> {
  await insertSealRows(db)
  await appendOther(db)
  for (const one of operationsOf('single', 2)) await recordOperation(db, one)
  await recordOperations(db, operationsOf('group', 9))
  await appendOther(db)
  await recordOperations(db, operationsOf('later', 1_200))
  await recordOperations(db, operationsOf('one', 1))
  for (const one of operationsOf('last', 1)) await recordOperation(db, one)
  await appendOther(db)
}

describeEachDatabase('verification of the operations', (open, dialect) => {
  const getDb = shareDatabase(dialect, fill)

  /** What is said of rows that somebody meddled with, in a transaction that is undone. */
  const verdictAfter = async (...statements: readonly string[]) => {
    const tx = await getDb().startTransaction().execute()
    try {
      await dropGuards(tx, dialect)
      for (const statement of statements) await sql.raw(statement).execute(tx)
      return await verifyJournal(tx, makeOperationWitness(tx))
    } finally {
      await tx.rollback().execute()
    }
  }

  test('finds whole what was written down', async () => {
    expect(await verdictAfter()).toMatchObject({ intact: true, entries: 9 })
  })

  describe.each([
    { of: 'an entry of its own', seq: SINGLE, operation: 'single-0000' },
    { of: 'the middle of a group', seq: GROUP, operation: 'group-0004' },
    { of: 'the first page of a large group', seq: LATER_GROUP, operation: 'later-0000' },
    { of: 'the second page of a large group', seq: LATER_GROUP, operation: 'later-1150' },
  ])('names the operation of $of', ({ seq, operation }) => {
    const update = (change: string) => `update operation set ${change} where id = '${operation}'`

    test.each([
      'at = at + 1',
      `seal_id = 'other'`,
      `client_id = 'other'`,
      `delegation_id = 'del-2'`,
      `delegation_id = 'nothing'`,
      `delegation_id = 'del-2', delegation_version = 2`,
      'delegation_version = 2',
      `key_id = '0a0c'`,
      `certificate_id = 'cert-2'`,
      `certificate_id = 'nothing'`,
      `original_sha256 = sealed_sha256`,
      `sealed_sha256 = upper(sealed_sha256)`,
      `signed_digest = ''`,
      `warnings = 'dynamic-form'`,
      `warnings = 'repaired,repaired'`,
    ])('when a row becomes %s', async (change) => {
      expect(await verdictAfter(update(change))).toMatchObject({ intact: false, seq, operation })
    })

    test('when it has another id', async () => {
      const verdict = await verdictAfter(update(`id = id || '0'`))

      expect(verdict).toMatchObject({ intact: false, seq, operation: `${operation}0` })
    })
  })

  test.each([
    `update delegation set number = 'D-2026-009' where id = 'del-1'`,
    `update certificate set serial = '00' where id = 'cert-1'`,
  ])('names the first operation that speaks of it after: %s', async (change) => {
    expect(await verdictAfter(change)).toMatchObject({ seq: SINGLE, operation: 'single-0000' })
  })

  test.each([
    {
      what: 'the only operation of an entry is gone',
      change: `delete from operation where id = 'single-0001'`,
      verdict: { seq: 3, operation: 'single-0001', reason: 'it is missing' },
    },
    {
      what: 'the first of a group is gone',
      change: `delete from operation where id = 'group-0000'`,
      verdict: { seq: GROUP, reason: 'the operation of its leaf 0 is missing' },
    },
    {
      what: 'one in a group is gone',
      change: `delete from operation where id = 'group-0005'`,
      verdict: { seq: GROUP, reason: 'the operation of its leaf 5 is missing' },
    },
    {
      what: 'the last of a group is gone',
      change: `delete from operation where id = 'group-0008'`,
      verdict: { seq: GROUP, reason: 'the operation of its leaf 8 is missing' },
    },
    {
      what: 'all of a group are gone',
      change: 'delete from operation where journal_seq = 4',
      verdict: { seq: GROUP, reason: 'the operation of its leaf 0 is missing' },
    },
    {
      what: 'all of all are gone',
      change: 'delete from operation',
      verdict: { seq: SINGLE, operation: 'single-0000' },
    },
    {
      what: 'one is moved to an entry that has one',
      change: `update operation set journal_seq = 3, leaf_index = 0 where id = 'group-0008'`,
      verdict: { seq: 3, operation: 'group-0008' },
    },
    {
      what: 'one is moved to the end of another group',
      change: `update operation set journal_seq = 7, leaf_index = 1 where id = 'last-0000'`,
      verdict: { seq: 7, operation: 'last-0000' },
    },
    {
      what: 'one is moved to a later leaf',
      change: `update operation set leaf_index = 9 where id = 'group-0008'`,
      verdict: { seq: GROUP, reason: 'the operation of its leaf 8 is missing' },
    },
    {
      what: 'one of a group pretends to have an entry of its own',
      change: `update operation set leaf_index = null where id = 'group-0000'`,
      verdict: { seq: GROUP, operation: 'group-0000' },
    },
    {
      what: 'one with an entry of its own pretends to be a leaf',
      change: `update operation set leaf_index = 0 where id = 'single-0000'`,
      verdict: { seq: SINGLE, operation: 'single-0000' },
    },
    {
      what: 'one claims an entry that is about something else',
      change: `update operation set journal_seq = 1 where id = 'last-0000'`,
      verdict: { seq: OTHER, operation: 'last-0000' },
    },
    {
      what: 'one claims the last entry, which is about something else',
      change: added('added', 9, 'null'),
      verdict: { seq: 9, operation: 'added' },
    },
    {
      what: 'one claims an entry before the first',
      change: added('added', 0, 'null'),
      verdict: { seq: 0, operation: 'added' },
    },
    {
      what: 'one claims an entry that is not there',
      change: added('added', 50, '3'),
      verdict: { seq: 50, operation: 'added' },
    },
    {
      what: 'one is added to a group',
      change: added('zz', GROUP, '9'),
      verdict: { seq: GROUP, operation: 'zz' },
    },
    {
      what: 'one is added beside the only one of an entry',
      change: added('zz', SINGLE, '0'),
      verdict: { seq: SINGLE, operation: 'zz' },
    },
    {
      what: 'the hash of a leaf is another',
      change: `update operation set leaf_hash = (select leaf_hash from operation where id = 'group-0000') where id = 'group-0003'`,
      verdict: { seq: GROUP, operation: 'group-0003' },
    },
    {
      what: 'the hash of a leaf is gone',
      change: `update operation set leaf_hash = null where id = 'group-0003'`,
      verdict: { seq: GROUP, operation: 'group-0003' },
    },
  ])('shows when $what', async ({ change, verdict }) => {
    expect(await verdictAfter(change)).toMatchObject({ intact: false, ...verdict })
  })

  test('shows when two leaves of a group have changed places', async () => {
    const verdict = await verdictAfter(
      `update operation set leaf_index = 100 where id = 'group-0002'`,
      `update operation set leaf_index = 2 where id = 'group-0006'`,
      `update operation set leaf_index = 6 where id = 'group-0002'`,
    )

    expect(verdict).toMatchObject({
      ...{ intact: false, seq: GROUP, operation: 'group-0003' },
      reason: 'it is not in the order of the operations’ ids',
    })
  })

  test('shows when a row was changed together with the hash of its leaf', async () => {
    const [operation] = operationsOf('group', 1)
    if (operation === undefined) throw new Error('there is one')
    const shared = {
      seal: 'conseil',
      key: '0a0b',
      certificate: '0f1e',
      delegation: 'D-2026-001 v1',
    }
    const forged = { ...operation, warnings: '', sealedSha256: '00' }
    const hash = Buffer.from(hashLeaf(makeEncodeLeaf(shared)(forged))).toString('hex')
    const bytes = dialect === 'sqlite' ? `x'${hash}'` : `'\\x${hash}'`

    const verdict = await verdictAfter(
      `update operation set sealed_sha256 = '00', leaf_hash = ${bytes} where id = 'group-0000'`,
    )

    expect(verdict).toEqual({
      ...{ intact: false, seq: GROUP },
      reason: 'its operations do not have its Merkle root',
    })
  })

  test('goes along with operations that are written meanwhile', async () => {
    const { db } = await open()
    await fill(db)
    const writing = (async () => {
      for (let i = 0; i < 15; i += 1) await recordOperations(db, operationsOf(`more-${i}`, 20))
    })()

    const verdicts: unknown[] = []
    for (let i = 0; i < 5; i += 1) verdicts.push(await verifyJournal(db, makeOperationWitness(db)))
    await writing

    for (const verdict of verdicts) expect(verdict).toMatchObject({ intact: true })
    const atLast = await verifyJournal(db, makeOperationWitness(db))
    expect(atLast).toMatchObject({ intact: true, entries: 24 })
  })
})

/** A row that nobody wrote down, like another. */
function added(id: string, seq: number, leaf: string): string {
  return `insert into operation select '${id}', at, kind, seal_id, client_id, delegation_id,
    delegation_version, key_id, certificate_id, level, field_name, original_sha256, sealed_sha256,
    signed_digest, bytes, request_id, warnings, ${seq}, ${leaf}, leaf_hash
    from operation where id = 'group-0000'`
}

/** What stands in the way of somebody with rights on the tables only until he takes it away. */
async function dropGuards(tx: Db, dialect: Dialect): Promise<void> {
  await sql`drop index operation_leaf`.execute(tx)
  if (dialect === 'sqlite') await sql`pragma defer_foreign_keys = on`.execute(tx)
  else await sql`set local session_replication_role = replica`.execute(tx)
}
