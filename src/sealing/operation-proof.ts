import type { NotNull } from 'kysely'
import type { Db } from '../db/database.ts'
import { encodeEntry } from '../journal/entry.ts'
import { inclusionPath, merkleRoot } from '../journal/merkle.ts'
import { getEntry } from '../journal/store.ts'
import { delegationName, makeEncodeLeaf } from './evidence.ts'
import { LEAF } from './proven-rows.ts'
import type { OperationRow } from './store.ts'

export type OperationProof = Awaited<ReturnType<typeof proveOperation>>

/**
 * All it takes to check an operation against the journal with nothing but SHA-256 (docs/JOURNAL.md):
 * the text that the hash of its entry is made of, and for an entry of many the way from its leaf to
 * the root in that text.
 */
export async function proveOperation(db: Db, row: OperationRow) {
  const { hash, ...entry } = await getEntry(db, row.journal_seq)
  const proof = { seq: entry.seq, hash, entry: encodeEntry(entry) }
  if (row.leaf_index === null) return proof
  const leafHashes = await listLeafHashes(db, row.journal_seq)
  return {
    ...proof,
    leafIndex: row.leaf_index,
    leafCount: leafHashes.length,
    merkleRoot: hex(merkleRoot(leafHashes)),
    path: inclusionPath(leafHashes, row.leaf_index).map(hex),
    leaf: leafOf(row),
  }
}

function leafOf(row: OperationRow): string {
  const encodeLeaf = makeEncodeLeaf({
    seal: row.seal_id,
    key: row.key_id,
    certificate: row.serial,
    delegation: delegationName({ number: row.delegation_number, version: row.delegation_version }),
  })
  return encodeLeaf({
    id: row.id,
    at: row.at,
    originalSha256: row.original_sha256,
    sealedSha256: row.sealed_sha256,
    signedDigest: row.signed_digest,
    warnings: row.warnings,
  })
}

/** A page takes some milliseconds; what else is to be done goes in between. */
const PAGE_ROWS = 1_000

async function listLeafHashes(db: Db, seq: number): Promise<Uint8Array[]> {
  const hashes: Uint8Array[] = []
  for (;;) {
    const page = await db
      .selectFrom('operation')
      .select('leaf_hash')
      .where('journal_seq', '=', seq)
      .where(LEAF, '>=', hashes.length)
      .orderBy(LEAF)
      .limit(PAGE_ROWS)
      .$narrowType<{ leaf_hash: NotNull }>()
      .execute()
    for (const { leaf_hash } of page) hashes.push(leaf_hash)
    if (page.length < PAGE_ROWS) return hashes
    await new Promise(setImmediate)
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}
