import type { Tx } from '../db/database.ts'
import type { Row } from '../db/schema.ts'
import { hashLeaf, makeMerkleTree } from '../journal/merkle.ts'
import { appendEntries } from '../journal/store.ts'
import type { Delegation } from '../rights/can.ts'
import { actorName, makeEncodeLeaf, type OwnProof, sharedProof } from './evidence.ts'
import type { Seal } from './model.ts'
import { insertOperations } from './store.ts'

/** Documents or digests that one client had sealed alike, to be written down together. */
export interface OperationGroup {
  /** `seal` when it is left out. */
  readonly kind?: Row<'operation'>['kind']
  /** When it is written down, Unix ms. */
  readonly at: number
  /** The batch's id, `stream:<request id>` or `digests:<request id>`. */
  readonly subject: string
  readonly batchId?: string
  readonly common: {
    readonly client: { readonly id: string }
    readonly seal: Pick<Seal, 'id' | 'keyId'> & {
      readonly certificate: Pick<Seal['certificate'], 'id' | 'serial'>
    }
    readonly delegation: Pick<Delegation, 'id' | 'number' | 'version'>
    readonly level: string
    readonly requestId: string
  }
  readonly operations: readonly GroupOperation[]
}

/** What differs from one operation of a group to the next. Digests are lower-case hex. */
export interface GroupOperation extends Omit<OwnProof, 'warnings'> {
  readonly id: string
  /** The time its seal says, Unix ms. */
  readonly at: number
  readonly fieldName: string
  readonly warnings: readonly string[]
  /** Of the sealed file. */
  readonly bytes: number
}

/**
 * Write the operations of a group down, with one journal entry for all: it carries the Merkle root
 * over their leaves, which stand in the order of their ids (docs/JOURNAL.md). Call it in the
 * transaction of the change it speaks of.
 */
export async function recordGroup(tx: Tx, group: OperationGroup): Promise<{ seq: number }> {
  const { kind = 'seal', at, subject, batchId, common } = group
  if (group.operations.length === 0) throw new RangeError('a group has operations')
  const shared = sharedProof(common.seal, common.delegation)
  const encodeLeaf = makeEncodeLeaf(shared)
  const tree = makeMerkleTree()
  const leaves = group.operations.toSorted(byId).map((operation) => {
    const warnings = operation.warnings.join()
    const hash = hashLeaf(encodeLeaf({ ...operation, warnings }))
    tree.add(hash)
    return { operation, warnings, hash }
  })
  const [entry] = await appendEntries(tx, [
    {
      at,
      actor: actorName(common.client.id),
      action: ACTIONS[kind],
      subject,
      detail: {
        ...shared,
        ...(batchId !== undefined && { batch: batchId }),
        count: leaves.length,
        merkleRoot: Buffer.from(tree.root()).toString('hex'),
      },
    },
  ])
  if (entry === undefined) throw new RangeError('a group has an entry')
  await insertOperations(
    tx,
    leaves.map(({ operation, warnings, hash }, index) => ({
      id: operation.id,
      at: operation.at,
      kind,
      seal_id: common.seal.id,
      client_id: common.client.id,
      delegation_id: common.delegation.id,
      delegation_version: common.delegation.version,
      key_id: common.seal.keyId,
      certificate_id: common.seal.certificate.id,
      level: common.level,
      field_name: operation.fieldName,
      original_sha256: operation.originalSha256,
      sealed_sha256: operation.sealedSha256,
      signed_digest: operation.signedDigest,
      bytes: operation.bytes,
      request_id: common.requestId,
      warnings,
      journal_seq: entry.seq,
      leaf_index: index,
      leaf_hash: hash,
    })),
  )
  return { seq: entry.seq }
}

const ACTIONS = { seal: 'documents.sealed', digest: 'digests.signed' } as const

function byId(a: GroupOperation, b: GroupOperation): number {
  return a.id < b.id ? -1 : 1
}
