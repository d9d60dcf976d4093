import type { Db } from '../db/database.ts'
import type { NewRow } from '../db/schema.ts'
import type { JournalEntry, NewEntry } from '../journal/entry.ts'
import { appendEntries } from '../journal/store.ts'
import { insertIdempotent, insertOperations } from './store.ts'

/** One act to be written down: its operation, its journal entry and what its repetition needs. */
export interface Act {
  readonly operation: Omit<NewRow<'operation'>, 'journal_seq' | 'leaf_index' | 'leaf_hash'>
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

/** The most an act waits for others that are on their way. */
const GATHER_MS = 3

/**
 * Writes acts down in groups, so that requests of one moment share one sync of the disk. A lone
 * request waits for nobody.
 *
 * @param countUnderWay - How many acts are being made or wait to be written. While some are still
 *   being made, those that are ready wait for them a little.
 */
export function makeRecorder(
  db: Db,
  countUnderWay: () => number = () => 0,
): (act: Act) => Promise<JournalEntry> {
  let waiting: Waiting[] = []
  let isWriting = false
  let gathering: NodeJS.Timeout | undefined

  const writeNext = async () => {
    clearTimeout(gathering)
    gathering = undefined
    isWriting = true
    const group = waiting.slice(0, GROUP_MAX)
    waiting = waiting.slice(GROUP_MAX)
    await writeGroup(db, group)
    isWriting = false
    schedule()
  }
  const schedule = () => {
    if (isWriting || waiting.length === 0) return
    if (waiting.length >= Math.min(countUnderWay(), GROUP_MAX)) {
      isWriting = true
      // The requests of this turn of the event loop come along.
      setImmediate(() => void writeNext())
    } else gathering ??= setTimeout(() => void writeNext(), GATHER_MS)
  }
  return (act) =>
    new Promise((resolve, reject) => {
      waiting.push({ act, resolve, reject })
      schedule()
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
      leaf_index: null,
      leaf_hash: null,
    }))
    await insertOperations(tx, operations)
    await insertIdempotent(
      tx,
      acts.flatMap(({ idempotency }) => idempotency ?? []),
    )
    return entries
  })
}
