import type { Db } from '../db/database.ts'
import type { Row } from '../db/schema.ts'
import type { ApiClient, ApiClientRecord } from './model.ts'

export async function insertClient(
  db: Db,
  client: ApiClient & { keySha256: string; createdAt: number; weight: number },
): Promise<void> {
  const { id, name, keySha256, createdAt, weight } = client
  await db
    .insertInto('api_client')
    .values({
      id,
      name,
      key_sha256: keySha256,
      created_at: createdAt,
      revoked_at: null,
      last_used_at: null,
      weight,
    })
    .execute()
}

/** @returns The client whose key has this digest, unless it is revoked. */
export async function findActiveClient(db: Db, keySha256: string): Promise<ApiClient | undefined> {
  return db
    .selectFrom('api_client')
    .select(['id', 'name'])
    .where('key_sha256', '=', keySha256)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
}

export async function listClients(db: Db): Promise<ApiClientRecord[]> {
  const rows = await db.selectFrom('api_client').selectAll().orderBy('created_at').execute()
  return rows.map(toRecord)
}

/** @returns Whether an active client of this id was there to revoke. */
export async function revokeClient(db: Db, id: string, at: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('api_client')
    .set({ revoked_at: at })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** @returns Whether an active client of this id was there. */
export async function setWeight(db: Db, id: string, weight: number): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('api_client')
    .set({ weight })
    .where('id', '=', id)
    .where('revoked_at', 'is', null)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

export async function markUsed(db: Db, id: string, at: number): Promise<void> {
  await db.updateTable('api_client').set({ last_used_at: at }).where('id', '=', id).execute()
}

function toRecord(row: Row<'api_client'>): ApiClientRecord {
  const { id, name, weight } = row
  const { created_at: createdAt, revoked_at: revokedAt, last_used_at: lastUsedAt } = row
  return { id, name, weight, createdAt, revokedAt, lastUsedAt }
}
