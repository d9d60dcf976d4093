import type { Db } from '../db/database.ts'
import type { NewRow } from '../db/schema.ts'
import type { JournalEntry, NewEntry } from '../journal/entry.ts'
import { appendEntries } from '../journal/store.ts'
import { insertIdempotent, insertOperations } from './store.ts'

/** One act to be written down: its operation, its journal entry and what its repetition needs. */
export interface Act {
  readonly operation: Omit<NewRow<'operation'>, 'journal_seq'>
  readonly entry: NewEntry
  readonly idempotency: NewRow<'idempotency'> | undefined
}

interface Waiting {
  readonly act: Act
  resolve(entry: JournalEntry): void
  reject(error: unknown): void
}

/** So that one statement stays below SQLite's limit of variables. */
const GROUP_MAX = 500

/**
 * Writes acts down in groups: while one transaction commits, the next group gathers, so that many
 * requests at once share one sync of the disk and a lone request waits for nobody.
 */
export function makeRecorder(db: Db): (act: Act) => Promise<JournalEntry> {
  let waiting: Waiting[] = []
  let isWriting = false

  const writeAll = async () => {
    isWriting = true
    while (waiting.length > 0) {
      const group = waiting.slice(0, GROUP_MAX)
      waiting = waiting.slice(GROUP_MAX)
      await writeGroup(db, group)
    }
    isWriting = false
  }
  return (act) =>
    new Promise((resolve, reject) => {
      waiting.push({ act, resolve, reject })
      // The requests of this turn of the event loop come along.
      if (!isWriting) {
        isWriting = true
        setImmediate(() => void writeAll())
      }
    })
}

/** A group that fails is tried one by one, so that one act cannot take others with it. */
async function writeGroup(db: Db, group: readonly Waiting[]): Promise<void> {
  try {
    const entries = await write(
      db,
      group.map(({ act }) => act),
    )
    group.forEach(({ resolve, reject }, index) => {
      const entry = entries[index]
      if (entry === undefined) reject(new RangeError('an act has no journal entry'))
      else resolve(entry)
    })
  } catch (error) {
    if (group.length === 1) group[0]?.reject(error)
    else for (const one of group) await writeGroup(db, [one])
  }
}

async function write(db: Db, acts: readonly Act[]): Promise<JournalEntry[]> {
  return db.transaction().execute(async (tx) => {
    const entries = await appendEntries(
      tx,
      acts.map(({ entry }) => entry),
    )
    const operations = acts.map(({ operation }, index) => ({
      ...operation,
      journal_seq: entries[index]?.seq ?? 0,
    }))
    await insertOperations(tx, operations)
    await insertIdempotent(
      tx,
      acts.flatMap(({ idempotency }) => idempotency ?? []),
    )
    return entries
  })
}
