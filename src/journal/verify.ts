import type { Db } from '../db/database.ts'
import { decodeDetail, hashEntry } from './entry.ts'
import { listEntries, readHead, type StoredEntry } from './store.ts'

/** Whether the journal is whole; if not, the first entry that is wrong and how. */
export type JournalVerdict =
  | { readonly intact: true; readonly entries: number; readonly hash: string }
  | { readonly intact: false; readonly seq: number; readonly reason: string }

const PAGE_ROWS = 5_000

/**
 * Walk the whole chain and compare it with its head: a changed, lost, swapped, added or cut entry
 * shows. Entries that are added meanwhile are walked too.
 */
export async function verifyJournal(db: Db): Promise<JournalVerdict> {
  const atStart = await readHead(db)
  let after = Number.MIN_SAFE_INTEGER
  let last = { seq: 0, hash: '' }
  for (;;) {
    const page = await listEntries(db, after, PAGE_ROWS)
    for (const entry of page) {
      const reason = faultOf(entry, last)
      if (reason !== undefined) return { intact: false, seq: last.seq + 1, reason }
      last = entry
      if (last.seq === atStart.seq && last.hash !== atStart.hash) return notTheHead(last.seq)
    }
    if (page.length < PAGE_ROWS) break
    after = last.seq
  }
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
  return { intact: true, entries: last.seq, hash: last.hash }
}

function notTheHead(seq: number): JournalVerdict {
  return { intact: false, seq, reason: 'its hash is not the one the head holds' }
}

function faultOf(
  { detailJson, ...entry }: StoredEntry,
  before: { readonly seq: number; readonly hash: string },
): string | undefined {
  if (entry.seq > before.seq + 1) return `it is missing: entry ${entry.seq} follows`
  if (entry.seq <= before.seq) return `entry ${entry.seq} stands before it`
  if (entry.previousHash !== before.hash) return 'it does not follow the entry before it'
  const detail = decodeDetail(detailJson)
  if (detail === undefined) return 'its detail is not canonical JSON'
  if (hashEntry({ ...entry, detail }) !== entry.hash) return 'its content does not have its hash'
  return undefined
}
