import { type ExpressionBuilder, sql } from 'kysely'
import type { Db, Tx } from '../db/database.ts'
import type { Schema } from '../db/schema.ts'
import type { Extent } from './files/extent.ts'
import { isSuspect, SUSPECT_AFTER_LOST } from './suspects.ts'

/** Documents that this node holds, and works on until its lease ends. */
export interface Claim {
  readonly batchId: string
  readonly firstSeq: number
  readonly lastSeq: number
  /** Which of all claims of the chunk this is: an earlier holder cannot write any more. */
  readonly claims: number
  /** How many holders vanished with it; of a suspect, those alone that were at work on it. */
  readonly lost: number
}

export interface ClaimedDocument {
  readonly seq: number
  readonly original: Extent
}

/** What the claims of one node need of its database. */
export interface ClaimsDeps {
  readonly dialect: 'sqlite' | 'postgres'
  /** This start of the server. */
  readonly node: string
  /** Longer than the longest pause of a living node; a dead one's documents wait for it to end. */
  readonly leaseMs?: number
}

const LEASE_MS = 15_000

/** Claims chunks of batches for one node, by the clock that all nodes share: the database's. */
export function makeClaims({ dialect, node, leaseMs = LEASE_MS }: ClaimsDeps) {
  const now =
    dialect === 'sqlite'
      ? sql<number>`cast(unixepoch('subsec') * 1000 as integer)`
      : sql<number>`cast(extract(epoch from clock_timestamp()) * 1000 as bigint)`
  const leaseEnd = sql<number>`${now} + ${sql.lit(leaseMs)}`

  function findFree(tx: Tx, batchId: string, limit: number) {
    return tx
      .selectFrom('batch_chunk')
      .select(['first_seq', 'last_seq', 'claims', 'lost', 'node'])
      .where('batch_id', '=', batchId)
      .where((eb) => eb.or([eb('node', 'is', null), eb('lease_until', '<', now)]))
      .limit(limit)
      .$if(dialect === 'postgres', (query) => query.forUpdate().skipLocked())
  }

  return {
    /**
     * Take chunks of a batch that nobody holds, or whose holder is given up for dead. Chunks that
     * another transaction is just taking are passed over. Suspects come last, and among them those
     * first that the fewest have died with.
     */
    async claim(tx: Tx, batchId: string, limit: number): Promise<Claim[]> {
      const rows = await findFree(tx, batchId, limit)
        .where('lost', '<', SUSPECT_AFTER_LOST)
        .orderBy('first_seq')
        .execute()
      if (rows.length < limit) {
        const suspects = await findFree(tx, batchId, limit - rows.length)
          .where('lost', '>=', SUSPECT_AFTER_LOST)
          .orderBy('lost')
          .orderBy('first_seq')
          .execute()
        rows.push(...suspects)
      }
      if (rows.length === 0) return []
      await tx
        .updateTable('batch_chunk')
        .set((eb) => ({
          node,
          lease_until: leaseEnd,
          claims: eb('claims', '+', 1),
          lost: eb('lost', '+', eb.case().when(isLost(eb)).then(1).else(0).end()),
        }))
        .where('batch_id', '=', batchId)
        .where(
          'first_seq',
          'in',
          rows.map((row) => row.first_seq),
        )
        .execute()
      return rows.map((row) => ({
        batchId,
        firstSeq: row.first_seq,
        lastSeq: row.last_seq,
        claims: row.claims + 1,
        lost: row.lost + (row.node === null || isSuspect(row) ? 0 : 1),
      }))
    },

    /** The documents of a claim that are still to be sealed. */
    async listClaimed(db: Db, claim: Claim): Promise<ClaimedDocument[]> {
      const rows = await db
        .selectFrom('batch_document')
        .select(['seq', 'pack', 'pack_offset', 'bytes'])
        .where('batch_id', '=', claim.batchId)
        .where('seq', '>=', claim.firstSeq)
        .where('seq', '<=', claim.lastSeq)
        .where('state', '=', 'pending')
        .orderBy('seq')
        .execute()
      return rows.map(({ seq, pack, pack_offset, bytes }) => {
        return { seq, original: { file: pack, offset: pack_offset, length: bytes } }
      })
    },

    /** The chunk is done. @returns False when it is not this node's any more: its work is void. */
    async settle(tx: Tx, { batchId, firstSeq, claims }: Claim): Promise<boolean> {
      const { numDeletedRows } = await tx
        .deleteFrom('batch_chunk')
        .where('batch_id', '=', batchId)
        .where('first_seq', '=', firstSeq)
        .where('claims', '=', claims)
        .where('node', '=', node)
        .executeTakeFirst()
      return numDeletedRows > 0n
    },

    /**
     * Work on a suspect begins: until it is settled or released, it counts as lost with this node.
     *
     * @returns False when it is not this node's any more.
     */
    async begin(db: Db, { batchId, firstSeq, claims, lost }: Claim): Promise<boolean> {
      const { numUpdatedRows } = await db
        .updateTable('batch_chunk')
        .set({ lost: lost + 1 })
        .where('batch_id', '=', batchId)
        .where('first_seq', '=', firstSeq)
        .where('claims', '=', claims)
        .where('node', '=', node)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },

    /** Give a chunk back: it was not done, and that was not its fault. */
    async release(db: Db, { batchId, firstSeq, claims, lost }: Claim): Promise<void> {
      await db
        .updateTable('batch_chunk')
        .set({ node: null, lease_until: null, lost })
        .where('batch_id', '=', batchId)
        .where('first_seq', '=', firstSeq)
        .where('claims', '=', claims)
        .where('node', '=', node)
        .execute()
    },

    /** Cut a chunk into parts, so that one document cannot take all the others along. */
    async split(tx: Tx, claim: Claim, parts: readonly (readonly number[])[]): Promise<void> {
      if (!(await this.settle(tx, claim))) return
      const { batchId, lost } = claim
      await tx
        .insertInto('batch_chunk')
        .values(
          parts.map((seqs) => ({
            batch_id: batchId,
            first_seq: Math.min(...seqs),
            last_seq: Math.max(...seqs),
            claims: claim.claims,
            lost,
          })),
        )
        .execute()
    },

    /** Say that this node lives. */
    async renew(db: Db): Promise<void> {
      await db
        .updateTable('batch_chunk')
        .set({ lease_until: leaseEnd })
        .where('node', '=', node)
        .execute()
    },

    /** Where this is the only node, whoever held something before is dead. */
    async takeOverAll(db: Db): Promise<void> {
      await db
        .updateTable('batch_chunk')
        .set((eb) => ({
          node: null,
          lease_until: null,
          lost: eb('lost', '+', eb.case().when(isLost(eb)).then(1).else(0).end()),
        }))
        .where('node', 'is not', null)
        .execute()
    },

    /** Give back what this node holds but for these: it does not know that it was given it. */
    async releaseOthers(db: Db, known: readonly Claim[]): Promise<void> {
      const names = new Set(known.map((claim) => `${claim.batchId} ${claim.firstSeq}`))
      const held = await db
        .selectFrom('batch_chunk')
        .select(['batch_id', 'first_seq', 'claims'])
        .where('node', '=', node)
        .execute()
      for (const { batch_id, first_seq, claims } of held) {
        if (names.has(`${batch_id} ${first_seq}`)) continue
        await db
          .updateTable('batch_chunk')
          .set({ node: null, lease_until: null })
          .where('batch_id', '=', batch_id)
          .where('first_seq', '=', first_seq)
          .where('claims', '=', claims)
          .where('node', '=', node)
          .execute()
      }
    },

    /** Give everything back, at an orderly end. */
    async releaseAll(db: Db): Promise<void> {
      await db
        .updateTable('batch_chunk')
        .set({ node: null, lease_until: null })
        .where('node', '=', node)
        .execute()
    },
  }
}

/** Its holder vanished, and that tells something: of a suspect, the holder has told it himself. */
function isLost(eb: ExpressionBuilder<Schema, 'batch_chunk'>) {
  return eb.and([eb('node', 'is not', null), eb('lost', '<', SUSPECT_AFTER_LOST)])
}

export type Claims = ReturnType<typeof makeClaims>
