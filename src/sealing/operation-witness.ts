import type { Db } from '../db/database.ts'
import { encodeDetail, type JournalEntry, type NewEntry } from '../journal/entry.ts'
import { hashLeaf, makeMerkleTree } from '../journal/merkle.ts'
import type { Fault, Witness } from '../journal/verify.ts'
import {
  actorName,
  delegationName,
  detailOf,
  isSharedProof,
  makeEncodeLeaf,
  type OwnProof,
  type SharedProof,
} from './evidence.ts'
import { type ProvenRow, type ProvenRows, readProven } from './proven-rows.ts'

/**
 * Compares the entries of sealings with the rows of their operations: one that is missing, changed,
 * added or in another place shows. Rows are read in the order of the entries, a page at a time.
 */
export function makeOperationWitness(db: Db): Witness {
  const rows = readProven(db)
  return {
    async faultAt(entry, detail) {
      const judge = JUDGES[entry.action]
      const first = await rows.peek(judge !== undefined)
      if (first !== undefined && first.journal_seq < entry.seq) return stray(first)
      if (judge !== undefined) return judge(rows, entry, detail)
      return first?.journal_seq === entry.seq ? stray(first) : undefined
    },
    async findRest() {
      const rest = await rows.peek(true)
      return rest && stray(rest)
    },
  }
}

function stray({ id, journal_seq: seq }: ProvenRow): Fault {
  return { seq, operation: id, reason: 'this operation is none of the entry’s' }
}

type Judge = (
  rows: ProvenRows,
  entry: JournalEntry,
  detail: NewEntry['detail'],
) => Promise<Fault | undefined>

const JUDGES: Readonly<Record<string, Judge>> = {
  'document.sealed': judgeOne,
  'documents.sealed': judgeGroup,
  'digests.signed': judgeGroup,
}

async function judgeOne(rows: ProvenRows, entry: JournalEntry): Promise<Fault | undefined> {
  const { seq, subject } = entry
  const row = await rows.peek(true)
  if (row?.journal_seq !== seq) return { seq, operation: subject, reason: 'it is missing' }
  rows.skip()
  if (row.id !== subject || row.leaf !== -1) return stray(row)
  const isSame =
    row.at === entry.at &&
    actorName(row.client_id) === entry.actor &&
    encodeDetail(detailOf(sharedProofOf(row), ownProofOf(row))) === entry.detailJson
  return isSame ? undefined : { seq, operation: row.id, reason: 'it is not what was written down' }
}

async function judgeGroup(
  rows: ProvenRows,
  { seq, actor }: JournalEntry,
  detail: NewEntry['detail'],
): Promise<Fault | undefined> {
  const { count, merkleRoot } = detail
  if (!isSharedProof(detail)) return { seq, reason: 'its detail is not that of a group' }
  const encodeLeaf = makeEncodeLeaf(detail)
  const tree = makeMerkleTree()
  let size = 0
  let lastId = ''
  for (;;) {
    const row = await rows.peek(size !== count)
    if (row?.journal_seq !== seq) break
    rows.skip()
    const fault = (reason: string): Fault => ({ seq, operation: row.id, reason })
    if (row.leaf > size) return { seq, reason: `the operation of its leaf ${size} is missing` }
    if (row.leaf < size || size === count) return stray(row)
    if (row.id <= lastId) return fault('it is not in the order of the operations’ ids')
    const hash = hashLeaf(encodeLeaf({ id: row.id, at: row.at, ...ownProofOf(row) }))
    if (!isOf(row, actor, detail) || Buffer.compare(hash, row.leaf_hash ?? NOTHING) !== 0) {
      return fault('it is not what was written down')
    }
    tree.add(hash)
    lastId = row.id
    size += 1
  }
  if (size !== count) return { seq, reason: `the operation of its leaf ${size} is missing` }
  if (Buffer.from(tree.root()).toString('hex') === merkleRoot) return undefined
  return { seq, reason: 'its operations do not have its Merkle root' }
}

const NOTHING = new Uint8Array()

/** Whether a row says of itself what the entry says of all. */
function isOf(row: ProvenRow, actor: string, shared: SharedProof): boolean {
  const own = sharedProofOf(row)
  return (
    actorName(row.client_id) === actor &&
    own.seal === shared.seal &&
    own.key === shared.key &&
    own.certificate === shared.certificate &&
    own.delegation === shared.delegation
  )
}

/** A row that names a version of a delegation, or a certificate, that is not there proves nothing. */
function sharedProofOf(row: ProvenRow): SharedProof {
  const { number, version, delegation_version } = row
  return {
    seal: row.seal_id,
    key: row.key_id,
    certificate: row.serial ?? '',
    delegation:
      number === null || version !== delegation_version ? '' : delegationName({ number, version }),
  }
}

function ownProofOf(row: ProvenRow): OwnProof {
  return {
    originalSha256: row.original_sha256,
    sealedSha256: row.sealed_sha256,
    signedDigest: row.signed_digest,
    warnings: row.warnings,
  }
}
