import type { Db } from '../db/database.ts'
import { encodeDetail, hashEntry } from './entry.ts'
import { getHead, listEntries } from './store.ts'

/** Whether the journal is whole; if not, the first entry that is wrong and how. */
export type JournalVerdict =
  | { readonly intact: true; readonly entries: number; readonly hash: string }
  | { readonly intact: false; readonly seq: number; readonly reason: string }

const PAGE_ROWS = 5_000

/** Walk the whole chain and compare it with its head: a changed, lost, swapped or cut entry shows. */
export async function verifyJournal(db: Db): Promise<JournalVerdict> {
  const head = await getHead(db)
  let seq = 0
  let hash = ''
  for (;;) {
    const page = await listEntries(db, seq, PAGE_ROWS)
    for (const entry of page) {
      const reason = faultOf(entry, { seq: seq + 1, previousHash: hash })
      if (reason !== undefined) return { intact: false, seq: seq + 1, reason }
      seq = entry.seq
      hash = entry.hash
    }
    if (page.length < PAGE_ROWS) break
  }
  if (seq < head.seq) {
    return { intact: false, seq: seq + 1, reason: `it is missing: the head counts ${head.seq}` }
  }
  // Entries that were added while we walked make the chain longer than the head we read.
  if (seq === head.seq && hash !== head.hash) {
    return { intact: false, seq, reason: 'its hash is not the one the head holds' }
  }
  return { intact: true, entries: seq, hash }
}

type StoredEntry = Awaited<ReturnType<typeof listEntries>>[number]

function faultOf(
  entry: StoredEntry,
  expected: { seq: number; previousHash: string },
): string | undefined {
  if (entry.seq !== expected.seq) return `it is missing: entry ${entry.seq} follows`
  if (entry.previousHash !== expected.previousHash) return 'it does not follow the entry before it'
  if (encodeDetail(entry.detail) !== entry.detailJson) return 'its detail is not canonical'
  if (hashEntry(entry) !== entry.hash) return 'its content does not have its hash'
  return undefined
}
