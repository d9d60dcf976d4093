import type { Db, Tx } from '../db/database.ts'
import type { NewRow } from '../db/schema.ts'
import type { HotFolder } from './model.ts'

export async function insertHotFolder(tx: Tx, row: NewRow<'hot_folder'>): Promise<void> {
  await tx.insertInto('hot_folder').values(row).execute()
}

export async function findHotFolder(db: Db, sealId: string): Promise<HotFolder | undefined> {
  return (await listHotFolders(db)).find((folder) => folder.sealId === sealId)
}

/** Folders whose client may still act, in the order of their seals. */
export async function listHotFolders(db: Db): Promise<HotFolder[]> {
  const rows = await db
    .selectFrom('hot_folder')
    .innerJoin('api_client', 'api_client.id', 'hot_folder.client_id')
    .select(['hot_folder.seal_id', 'api_client.id', 'api_client.name'])
    .where('api_client.revoked_at', 'is', null)
    .orderBy('hot_folder.seal_id')
    .execute()
  return rows.map(({ seal_id: sealId, id, name }) => ({ sealId, client: { id, name } }))
}

/** @returns The client it had, or undefined when there was none. */
export async function deleteHotFolder(db: Db, sealId: string): Promise<string | undefined> {
  const row = await db
    .deleteFrom('hot_folder')
    .where('seal_id', '=', sealId)
    .returning('client_id')
    .executeTakeFirst()
  return row?.client_id
}
