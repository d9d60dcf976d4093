import type { Db, Tx } from '../db/database.ts'
import type { NewRow, Row } from '../db/schema.ts'

export type WrappingKeyRow = Row<'vault_wrapping_key'>
export type DataKeyRow = Row<'vault_data_key'>

/** The data key that seals now, or undefined before the first. */
export async function findCurrentDataKey(db: Db): Promise<DataKeyRow | undefined> {
  return db
    .selectFrom('vault_data_key')
    .selectAll()
    .where('state', '=', 'active')
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(1)
    .executeTakeFirst()
}

export async function findDataKey(db: Db, id: string): Promise<DataKeyRow | undefined> {
  return db.selectFrom('vault_data_key').selectAll().where('id', '=', id).executeTakeFirst()
}

export async function listDataKeys(db: Db): Promise<DataKeyRow[]> {
  return db.selectFrom('vault_data_key').selectAll().orderBy('id').execute()
}

export async function insertDataKey(tx: Tx, row: NewRow<'vault_data_key'>): Promise<void> {
  await tx.insertInto('vault_data_key').values(row).execute()
}

/** From now on they only open. */
export async function retireDataKeys(tx: Tx): Promise<void> {
  await tx
    .updateTable('vault_data_key')
    .set({ state: 'retired' })
    .where('state', '=', 'active')
    .execute()
}

/** @returns Whether the key was still wrapped by that generation. */
export async function replaceWrapped(
  tx: Tx,
  { id, wrapping_generation: before }: DataKeyRow,
  to: { generation: number; wrapped: Uint8Array },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('vault_data_key')
    .set({ wrapping_generation: to.generation, wrapped: Buffer.from(to.wrapped) })
    .where('id', '=', id)
    .where('wrapping_generation', '=', before)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function findWrappingKey(
  db: Db,
  generation: number,
): Promise<WrappingKeyRow | undefined> {
  return db
    .selectFrom('vault_wrapping_key')
    .selectAll()
    .where('generation', '=', generation)
    .executeTakeFirst()
}

/** The wrapping key in use, or undefined before the first. */
export async function findCurrentWrappingKey(db: Db): Promise<WrappingKeyRow | undefined> {
  return db
    .selectFrom('vault_wrapping_key')
    .selectAll()
    .where('state', '=', 'active')
    .orderBy('generation', 'desc')
    .limit(1)
    .executeTakeFirst()
}

/** Claim a generation that nobody has begun, or that nobody goes on with. */
export async function claimGeneration(
  db: Db,
  wanted: {
    generation: number
    keyId: string
    claim: string
    now: number
    until: number
  },
): Promise<void> {
  const { generation, claim, now, until } = wanted
  await db
    .insertInto('vault_wrapping_key')
    .values({
      generation,
      key_id: wanted.keyId,
      state: 'making',
      claim,
      claimed_until: until,
      created_at: now,
    })
    .onConflict((conflict) => conflict.column('generation').doNothing())
    .execute()
  await db
    .updateTable('vault_wrapping_key')
    .set({ claim, claimed_until: until })
    .where('generation', '=', generation)
    .where('state', '=', 'making')
    .where('claimed_until', '<', now)
    .execute()
}

/** Let another go on with it. */
export async function releaseGeneration(
  db: Db,
  { generation, claim }: WrappingKeyRow,
): Promise<void> {
  await db
    .updateTable('vault_wrapping_key')
    .set({ claimed_until: 0 })
    .where('generation', '=', generation)
    .where('state', '=', 'making')
    .where('claim', '=', claim)
    .execute()
}

/** @returns Whether it was still this claimant's to finish. */
export async function activateGeneration(
  tx: Tx,
  { generation, claim }: WrappingKeyRow,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('vault_wrapping_key')
    .set({ state: 'active' })
    .where('generation', '=', generation)
    .where('state', '=', 'making')
    .where('claim', '=', claim)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Nothing is wrapped by these any more. */
export async function retireGenerationsBefore(tx: Tx, generation: number): Promise<void> {
  await tx
    .updateTable('vault_wrapping_key')
    .set({ state: 'retired' })
    .where('generation', '<', generation)
    .where('state', '=', 'active')
    .execute()
}
