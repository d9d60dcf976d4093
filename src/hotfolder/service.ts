import { createKeylessClient, revoke } from '../clients/service.ts'
import type { Db } from '../db/database.ts'
import { AppError } from '../errors.ts'
import { appendEntries } from '../journal/store.ts'
import { getOrganisation } from '../people/service.ts'
import { delegateSeal } from '../sealing/administration.ts'
import { findSeal } from '../sealing/store.ts'
import type { HotFolder } from './model.ts'
import { deleteHotFolder, findHotFolder, insertHotFolder } from './store.ts'

interface Deps {
  readonly db: Db
  readonly now: () => number
}

/**
 * Have a folder watched for a seal: by a client of its own that has no key, and a delegation to it
 * as to any other.
 *
 * @throws AppError `seal-not-found`, `invalid-request` when the seal has a folder already.
 */
export async function addHotFolder(
  deps: Deps,
  { sealId, clientName }: { readonly sealId: string; readonly clientName: string },
): Promise<HotFolder> {
  const { db, now } = deps
  // Before the client is there: what fails must not leave one without a folder.
  if ((await findSeal(db, sealId)) === undefined) {
    throw new AppError('seal-not-found', `There is no seal ${sealId}.`)
  }
  if ((await findHotFolder(db, sealId)) !== undefined) {
    throw new AppError('invalid-request', `The seal ${sealId} has a hot folder already.`)
  }
  const { id: organisationId } = await getOrganisation(db)
  const client = await createKeylessClient(deps, clientName)
  await delegateSeal(deps, { organisationId, sealId, clientId: client.id, validTo: null })
  const at = now()
  await db.transaction().execute(async (tx) => {
    // One whose client was revoked is watched no more: it makes room.
    await deleteHotFolder(tx, sealId)
    await insertHotFolder(tx, { seal_id: sealId, client_id: client.id, created_at: at })
    const detail = { client: client.id }
    await appendEntries(tx, [
      { at, actor: 'operator', action: 'hotfolder.added', subject: sealId, detail },
    ])
  })
  return { sealId, client }
}

/**
 * Watch a folder no more and revoke its client. The files stay where they are.
 *
 * @throws AppError `not-found`.
 */
export async function removeHotFolder(deps: Deps, sealId: string): Promise<void> {
  const { db, now } = deps
  const folder = await findHotFolder(db, sealId)
  if (folder === undefined) {
    throw new AppError('not-found', `The seal ${sealId} has no hot folder.`)
  }
  const { id: clientId } = folder.client
  await revoke(deps, clientId)
  const at = now()
  await db.transaction().execute(async (tx) => {
    await deleteHotFolder(tx, sealId)
    const detail = { client: clientId }
    await appendEntries(tx, [
      { at, actor: 'operator', action: 'hotfolder.removed', subject: sealId, detail },
    ])
  })
}
