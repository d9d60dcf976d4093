import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { Db } from '../../src/db/database.ts'
import type { Dialect } from '../../src/db/schema.ts'
import { hashEntry, type NewEntry } from '../../src/journal/entry.ts'
import { appendEntries, listEntries } from '../../src/journal/store.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { describeEachDatabase, openTestDatabase, shareDatabase } from '../support/databases.ts'

const LENGTH = 12
const DETAIL_99 = '{"index":99,"name":"Reçu n° 7","seal":"conseil"}'

function entryOf(index: number): NewEntry {
  return {
    at: 1_795_521_600_000 + index,
    actor: 'client:ged',
    action: 'document.sealed',
    subject: `op-${index}`,
    detail: { seal: 'conseil', name: 'Reçu n° 7', index },
  }
}

async function append(db: Db, ...entries: readonly NewEntry[]) {
  return db.transaction().execute((tx) => appendEntries(tx, entries))
}

describeEachDatabase('the journal', (open, dialect) => {
  test('starts whole and empty', async () => {
    const { db } = await open()

    expect(await verifyJournal(db)).toEqual({ intact: true, entries: 0, hash: '' })
  })

  test('keeps entries in order, and gives them back as they were said', async () => {
    const { db } = await open()

    const appended = await append(db, entryOf(1), entryOf(2))
    await append(db, entryOf(3))

    const stored = await listEntries(db, 0, 10)
    expect(stored.map(({ seq, subject }) => [seq, subject])).toEqual([
      [1, 'op-1'],
      [2, 'op-2'],
      [3, 'op-3'],
    ])
    expect(stored[0]).toMatchObject({
      ...{ at: entryOf(1).at, actor: 'client:ged', action: 'document.sealed' },
      detailJson: '{"index":1,"name":"Reçu n° 7","seal":"conseil"}',
      hash: appended[0]?.hash,
    })
    expect(await verifyJournal(db)).toEqual({ intact: true, entries: 3, hash: stored[2]?.hash })
  })

  test('chains a hundred transactions that append at once', async () => {
    const { db } = await open()

    await Promise.all(
      Array.from({ length: 100 }, (_, index) => append(db, entryOf(index), entryOf(index))),
    )

    expect(await verifyJournal(db)).toMatchObject({ intact: true, entries: 200 })
    const subjects = (await listEntries(db, 0, 1_000)).map(({ subject }) => subject)
    expect(new Set(subjects).size).toBe(100)
    // The two entries of a transaction stand together.
    for (let i = 0; i < 200; i += 2) expect(subjects[i]).toBe(subjects[i + 1])
  })

  test('takes nothing of a transaction that fails', async () => {
    const { db } = await open()
    await append(db, entryOf(1))

    const failing = db.transaction().execute(async (tx) => {
      await appendEntries(tx, [entryOf(2)])
      throw new Error('later step failed')
    })

    await expect(failing).rejects.toThrow('later step failed')
    expect(await verifyJournal(db)).toMatchObject({ intact: true, entries: 1 })
    await append(db, entryOf(3))
    expect(await verifyJournal(db)).toMatchObject({ intact: true, entries: 2 })
  })

  test('takes more entries at once than a statement has room for, over many pages', async () => {
    const { db } = await open()

    await append(db, ...Array.from({ length: 5_001 }, (_, index) => entryOf(index)))

    expect(await verifyJournal(db)).toMatchObject({ intact: true, entries: 5_001 })
  })

  test.each([
    'update journal_entry set subject = subject',
    'delete from journal_entry where seq = 1',
  ])('refuses: %s', async (statement) => {
    const { db } = await open()
    await append(db, entryOf(1))

    await expect(sql.raw(statement).execute(db)).rejects.toThrow(/append-only/)
  })

  describe('verification names the first bad entry', () => {
    const getDb = shareDatabase(dialect, (db) =>
      append(db, ...Array.from({ length: LENGTH }, (_, index) => entryOf(index))),
    )

    /** What is said of a journal that somebody meddled with, in a transaction that is undone. */
    const firstBad = async (tamper: (db: Db) => Promise<unknown>) => {
      const tx = await getDb().startTransaction().execute()
      try {
        await dropTriggers(tx, dialect)
        await tamper(tx)
        return await verifyJournal(tx)
      } finally {
        await tx.rollback().execute()
      }
    }

    test.each([
      { column: 'at', value: 1 },
      { column: 'actor', value: 'client:geD' },
      { column: 'action', value: 'document.seale' },
      { column: 'subject', value: '' },
      { column: 'detail_json', value: '{"index":4,"name":"Reçu n° 8","seal":"conseil"}' },
      { column: 'detail_json', value: '{"index":4, "name":"Reçu n° 7","seal":"conseil"}' },
      { column: 'detail_json', value: '{"index":4' },
      { column: 'detail_json', value: 'null' },
      { column: 'previous_hash', value: '00' },
      { column: 'hash', value: '00' },
    ])('when $column becomes $value', async ({ column, value }) => {
      const verdict = await firstBad((db) =>
        sql`update journal_entry set ${sql.ref(column)} = ${value} where seq = 5`.execute(db),
      )

      expect(verdict).toMatchObject({ intact: false, seq: 5 })
    })

    test.each([
      {
        what: 'the first entry is gone',
        change: 'delete from journal_entry where seq = 1',
        seq: 1,
      },
      {
        what: 'one in the middle is gone',
        change: 'delete from journal_entry where seq = 7',
        seq: 7,
      },
      { what: 'the tail is cut', change: 'delete from journal_entry where seq > 9', seq: 10 },
      { what: 'all are gone', change: 'delete from journal_entry', seq: 1 },
      {
        what: 'two contents are swapped',
        change: `update journal_entry set subject = case seq when 3 then 'op-7' else 'op-2' end where seq in (3, 8)`,
        seq: 3,
      },
      {
        what: 'one stands before the first',
        change: `insert into journal_entry select 0, at, actor, action, subject, detail_json, '', hash from journal_entry where seq = 1`,
        seq: 1,
      },
      {
        what: 'the head counts fewer',
        change: 'update journal_head set seq = 8',
        seq: 8,
      },
      { what: 'the head counts more', change: 'update journal_head set seq = 20', seq: 13 },
      { what: 'the head has another hash', change: `update journal_head set hash = '00'`, seq: 12 },
      { what: 'the head is gone', change: 'delete from journal_head', seq: 1 },
    ])('when $what', async ({ change, seq }) => {
      const verdict = await firstBad((db) => sql.raw(change).execute(db))

      expect(verdict).toMatchObject({ intact: false, seq })
    })

    test('when two rows are swapped whole', async () => {
      const verdict = await firstBad(async (db) => {
        for (const [from, to] of [
          [4, 100],
          [5, 4],
          [100, 5],
        ] as const) {
          await sql`update journal_entry set seq = ${to} where seq = ${from}`.execute(db)
        }
      })

      expect(verdict).toMatchObject({ intact: false, seq: 4 })
    })

    test('when one is rewritten with a hash that fits it', async () => {
      const verdict = await firstBad(async (db) => {
        const [before] = await listEntries(db, 4, 1)
        const entry = {
          ...entryOf(99),
          seq: 6,
          detailJson: DETAIL_99,
          previousHash: before?.hash ?? '',
        }
        const hash = hashEntry(entry)
        await sql`update journal_entry set at = ${entry.at}, subject = ${entry.subject},
          detail_json = ${entry.detailJson}, hash = ${hash}
          where seq = 6`.execute(db)
      })

      expect(verdict).toMatchObject({
        intact: false,
        seq: 7,
        reason: 'it does not follow the entry before it',
      })
    })

    test('when one is slipped in behind the last', async () => {
      const verdict = await firstBad(async (db) => {
        const [last] = await listEntries(db, LENGTH - 1, 1)
        const place = { seq: LENGTH + 1, previousHash: last?.hash ?? '' }
        const entry = { ...entryOf(99), ...place, detailJson: DETAIL_99 }
        await sql`insert into journal_entry values (${entry.seq}, ${entry.at}, ${entry.actor},
          ${entry.action}, ${entry.subject}, ${entry.detailJson},
          ${entry.previousHash}, ${hashEntry(entry)})`.execute(db)
      })

      expect(verdict).toMatchObject({ intact: false, seq: LENGTH + 1 })
    })
  })

  test('is verified while others append to it', async () => {
    const { db } = await open()
    await append(db, ...Array.from({ length: 50 }, (_, index) => entryOf(index)))
    const appending = Array.from({ length: 20 }, (_, index) => append(db, entryOf(index)))

    const verdicts = await Promise.all(Array.from({ length: 10 }, () => verifyJournal(db)))
    await Promise.all(appending)

    for (const verdict of verdicts) expect(verdict).toMatchObject({ intact: true })
  })
})

test('PostgreSQL refuses to empty the journal', async () => {
  const { db } = await openTestDatabase('postgres')

  await expect(sql`truncate journal_entry cascade`.execute(db)).rejects.toThrow(/append-only/)
})

async function dropTriggers(db: Db, dialect: Dialect): Promise<void> {
  if (dialect === 'sqlite') {
    await sql`drop trigger journal_no_update`.execute(db)
    await sql`drop trigger journal_no_delete`.execute(db)
    return
  }
  await sql`drop trigger journal_append_only on journal_entry`.execute(db)
}
