import type { Db } from '../db/database.ts'
import { decodeDetail, hashEntry, type JournalEntry, type NewEntry } from './entry.ts'
import { listEntries, readHead } from './store.ts'

/** Whether the journal is whole; if not, the first entry that is wrong and how. */
export type JournalVerdict =
  | { readonly intact: true; readonly entries: number; readonly hash: string }
  | { readonly intact: false; readonly seq: number; readonly operation?: string; reason: string }

/** What does not fit, if anything: at which entry, and which of the rows that it speaks of. */
export interface Fault {
  readonly seq: number
  readonly operation?: string
  readonly reason: string
}

/** Compares entries with the rows they speak of. It is asked of each entry, in order. */
export interface Witness {
  faultAt(entry: JournalEntry, detail: NewEntry['detail']): Promise<Fault | undefined>
  /** The first row that speaks of an entry behind the last that was asked for, or of none. */
  findRest(): Promise<Fault | undefined>
}

const PAGE_ROWS = 5_000

/**
 * Walk the whole chain and compare it with its head: a changed, lost, swapped, added or cut entry
 * shows. Entries that are added meanwhile are walked too.
 *
 * @param witness - Compares the entries with what they speak of, too.
 */
export async function verifyJournal(db: Db, witness?: Witness): Promise<JournalVerdict> {
  const atStart = await readHead(db)
  let after = Number.MIN_SAFE_INTEGER
  let last = { seq: 0, hash: '' }
  for (;;) {
    const page = await listEntries(db, after, PAGE_ROWS)
    for (const entry of page) {
      const detail = decodeDetail(entry.detailJson)
      const reason = faultOf(entry, detail, last)
      if (reason !== undefined) return { intact: false, seq: last.seq + 1, reason }
      const fault = detail && (await witness?.faultAt(entry, detail))
      if (fault !== undefined) return { intact: false, ...fault }
      last = entry
      if (last.seq === atStart.seq && last.hash !== atStart.hash) return notTheHead(last.seq)
    }
    if (page.length < PAGE_ROWS) break
    after = last.seq
  }
  const rest = await witness?.findRest()
  // An entry and the head that counts it commit together, so the head now counts all we saw.
  const atEnd = await readHead(db)
  if (last.seq < atStart.seq) {
    return {
      intact: false,
      seq: last.seq + 1,
      reason: `it is missing: the head counts ${atStart.seq}`,
    }
  }
  if (last.seq > atEnd.seq) {
    return { intact: false, seq: atEnd.seq + 1, reason: `the head counts only ${atEnd.seq}` }
  }
  if (last.seq === atEnd.seq && last.hash !== atEnd.hash) return notTheHead(last.seq)
  // What stands between was added during the walk, together with its entry.
  if (rest !== undefined && (rest.seq <= last.seq || rest.seq > atEnd.seq)) {
    return { intact: false, ...rest }
  }
  return { intact: true, entries: last.seq, hash: last.hash }
}

function notTheHead(seq: number): JournalVerdict {
  return { intact: false, seq, reason: 'its hash is not the one the head holds' }
}

function faultOf(
  entry: JournalEntry,
  detail: NewEntry['detail'] | undefined,
  before: { readonly seq: number; readonly hash: string },
): string | undefined {
  if (entry.seq > before.seq + 1) return `it is missing: entry ${entry.seq} follows`
  if (entry.seq <= before.seq) return `entry ${entry.seq} stands before it`
  if (entry.previousHash !== before.hash) return 'it does not follow the entry before it'
  if (detail === undefined) return 'its detail is not canonical JSON'
  if (hashEntry(entry) !== entry.hash) return 'its content does not have its hash'
  return undefined
}
