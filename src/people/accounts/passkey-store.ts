import type { Db } from '../../db/database.ts'
import type { Row } from '../../db/schema.ts'

export interface Passkey {
  /** Credential id, base64url. */
  readonly id: string
  readonly personId: string
  readonly name: string
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

export interface StoredPasskey extends Passkey {
  readonly publicKey: Uint8Array<ArrayBuffer>
  readonly counter: number
  readonly transports: readonly string[]
}

export async function insertPasskey(
  db: Db,
  { id, personId, name, publicKey, counter, transports, createdAt }: StoredPasskey,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('passkey')
    .values({
      id,
      person_id: personId,
      name,
      public_key: publicKey,
      counter,
      transports: transports.join(','),
      created_at: createdAt,
      last_used_at: null,
    })
    .onConflict((conflict) => conflict.column('id').doNothing())
    .executeTakeFirst()
  return (numInsertedOrUpdatedRows ?? 0n) > 0n
}

export async function findPasskey(db: Db, id: string): Promise<StoredPasskey | undefined> {
  const row = await db.selectFrom('passkey').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toPasskey(row)
}

export async function listPasskeys(db: Db, personId: string): Promise<StoredPasskey[]> {
  const rows = await db
    .selectFrom('passkey')
    .selectAll()
    .where('person_id', '=', personId)
    .orderBy('created_at')
    .execute()
  return rows.map(toPasskey)
}

/** @returns Whether nobody has used it since it was read. */
export async function markPasskeyUsed(
  db: Db,
  { id, counter }: StoredPasskey,
  used: { readonly counter: number; readonly at: number },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('passkey')
    .set({ counter: used.counter, last_used_at: used.at })
    .where('id', '=', id)
    .where('counter', '=', counter)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** @returns Whether it was there. */
export async function renamePasskey(
  db: Db,
  { id, personId, name }: { id: string; personId: string; name: string },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('passkey')
    .set({ name })
    .where('id', '=', id)
    .where('person_id', '=', personId)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** @returns Whether it was there. */
export async function deletePasskey(db: Db, id: string, personId: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('passkey')
    .where('id', '=', id)
    .where('person_id', '=', personId)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

function toPasskey(row: Row<'passkey'>): StoredPasskey {
  const { id, name, counter, person_id: personId } = row
  const { created_at: createdAt, last_used_at: lastUsedAt } = row
  return {
    ...{ id, personId, name, counter, createdAt, lastUsedAt },
    publicKey: Uint8Array.from(row.public_key),
    transports: row.transports.split(',').filter((transport) => transport !== ''),
  }
}
