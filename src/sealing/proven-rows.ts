import { sql } from 'kysely'
import type { Db } from '../db/database.ts'

const PAGE_ROWS = 1_000

/** Rows of operations, one after the other. */
export interface ProvenRows {
  /**
   * The next row.
   *
   * @param isExpected - Ask once more, though there were no more rows when they were asked for last.
   */
  peek(isExpected: boolean): Promise<ProvenRow | undefined>
  /** Go past it. */
  skip(): void
}

/** What the journal says of operations, by their rows, in the order of the entries and their leaves. */
export function readProven(db: Db): ProvenRows {
  let page: ProvenRow[] = []
  let next = 0
  let last: ProofPlace = { seq: Number.MIN_SAFE_INTEGER, leaf: -1 }
  let mayHaveMore = true
  return {
    async peek(isExpected) {
      if (next === page.length && (mayHaveMore || isExpected)) {
        page = await listProven(db, last)
        next = 0
        mayHaveMore = page.length === PAGE_ROWS
      }
      return page[next]
    },
    skip() {
      const row = page[next]
      if (row === undefined) return
      last = { seq: row.journal_seq, leaf: row.leaf }
      next += 1
    },
  }
}

/** The place of an operation's proof; one that has an entry of its own stands at leaf -1. */
interface ProofPlace {
  readonly seq: number
  readonly leaf: number
}

/** As the index `operation_leaf` has it. */
export const LEAF = sql<number>`coalesce(operation.leaf_index, -1)`

async function listProven(db: Db, { seq, leaf }: ProofPlace) {
  const ofThis = await selectProven(db, PAGE_ROWS)
    .where('operation.journal_seq', '=', seq)
    .where(LEAF, '>', leaf)
    .execute()
  if (ofThis.length === PAGE_ROWS) return ofThis
  const ofLater = await selectProven(db, PAGE_ROWS - ofThis.length)
    .where('operation.journal_seq', '>', seq)
    .execute()
  return [...ofThis, ...ofLater]
}

function selectProven(db: Db, limit: number) {
  return (
    db
      .selectFrom('operation')
      // A row that names what is not there must show too.
      .leftJoin('delegation', 'delegation.id', 'operation.delegation_id')
      .leftJoin('certificate', 'certificate.id', 'operation.certificate_id')
      .select([
        'operation.id',
        'operation.at',
        'operation.seal_id',
        'operation.client_id',
        'operation.key_id',
        'operation.delegation_version',
        'operation.original_sha256',
        'operation.sealed_sha256',
        'operation.signed_digest',
        'operation.warnings',
        'operation.journal_seq',
        'operation.leaf_hash',
        'delegation.number',
        'delegation.version',
        'certificate.serial',
        LEAF.as('leaf'),
      ])
      .orderBy('operation.journal_seq')
      .orderBy(LEAF)
      .limit(limit)
  )
}

export type ProvenRow = Awaited<ReturnType<typeof listProven>>[number]
