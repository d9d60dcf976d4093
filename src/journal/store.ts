import type { Db, Tx } from '../db/database.ts'
import { makeInsertRows } from '../db/insert-rows.ts'
import type { Row } from '../db/schema.ts'
import { chainEntries, type JournalEntry, type NewEntry } from './entry.ts'

const insertRows = makeInsertRows('journal_entry', [
  'seq',
  'at',
  'actor',
  'action',
  'subject',
  'detail_json',
  'previous_hash',
  'hash',
])

/**
 * Add entries to the journal: the one place that writes it. Call it in the transaction of the
 * change it speaks of, so that neither is ever without the other.
 *
 * Writers take turns by the head row: its update locks it on PostgreSQL until the transaction ends,
 * and SQLite has one writer at a time.
 */
export async function appendEntries(tx: Tx, entries: readonly NewEntry[]): Promise<JournalEntry[]> {
  if (entries.length === 0) return []
  const head = await tx
    .updateTable('journal_head')
    .set((eb) => ({ seq: eb('seq', '+', entries.length) }))
    .where('id', '=', 1)
    .returning(['seq', 'hash'])
    .executeTakeFirstOrThrow()
  const chained = chainEntries({ seq: head.seq - entries.length, hash: head.hash }, entries)
  await insertRows(tx, chained.map(toRow))
  const hash = chained.at(-1)?.hash ?? head.hash
  await tx.updateTable('journal_head').set({ hash }).where('id', '=', 1).execute()
  return chained
}

/** The entries after a position, in order, at most `limit`. */
export async function listEntries(db: Db, after: number, limit: number): Promise<JournalEntry[]> {
  const rows = await db
    .selectFrom('journal_entry')
    .selectAll()
    .where('seq', '>', after)
    .orderBy('seq')
    .limit(limit)
    .execute()
  return rows.map(toEntry)
}

/** The entry at a position. @throws if there is none. */
export async function getEntry(db: Db, seq: number): Promise<JournalEntry> {
  return toEntry(
    await db
      .selectFrom('journal_entry')
      .selectAll()
      .where('seq', '=', seq)
      .executeTakeFirstOrThrow(),
  )
}

/** Where the chain ends, by the row that every writer updates. A lost row counts nothing. */
export async function readHead(db: Db): Promise<{ seq: number; hash: string }> {
  const head = await db
    .selectFrom('journal_head')
    .select(['seq', 'hash'])
    .where('id', '=', 1)
    .executeTakeFirst()
  return head ?? { seq: 0, hash: '' }
}

function toRow({ detailJson, previousHash, ...entry }: JournalEntry): Row<'journal_entry'> {
  return { ...entry, detail_json: detailJson, previous_hash: previousHash }
}

// Member by member: a walk over a million entries feels it.
function toEntry(row: Row<'journal_entry'>): JournalEntry {
  const { seq, at, actor, action, subject, hash } = row
  const { detail_json: detailJson, previous_hash: previousHash } = row
  return { seq, at, actor, action, subject, detailJson, previousHash, hash }
}
