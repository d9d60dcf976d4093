import type { Db } from '../db/database.ts'
import type { Batch } from './model.ts'
import { toBatch } from './store.ts'

/**
 * Take an expired batch for removal: nobody else has it for a while, and nobody starts or retries it
 * any more.
 *
 * @param heldUntil - When it is to be had again, if whoever took it died, Unix ms.
 * @returns The batch as it now stands, or undefined when another was faster or it has gone on.
 */
export async function takeExpired(
  db: Db,
  { id, expiresAt }: Batch,
  heldUntil: number,
): Promise<Batch | undefined> {
  if (expiresAt === undefined) return undefined
  const row = await db
    .updateTable('batch')
    .set((eb) => ({
      expires_at: heldUntil,
      state: eb
        .case()
        .when('state', 'in', ['open', 'completed_with_failures'])
        .then('cancelled' as const)
        .else(eb.ref('state'))
        .end(),
    }))
    .where('id', '=', id)
    .where('expires_at', '=', expiresAt)
    .returningAll()
    .executeTakeFirst()
  return row && toBatch(row)
}

/** Those of these ids that no batch has. */
export async function findUnknown(db: Db, ids: readonly string[]): Promise<string[]> {
  const rows = await db.selectFrom('batch').select('id').where('id', 'in', ids).execute()
  const known = new Set(rows.map(({ id }) => id))
  return ids.filter((id) => !known.has(id))
}
