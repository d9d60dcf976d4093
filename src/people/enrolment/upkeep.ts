import { transact } from '../../db/transact.ts'
import { AppError } from '../../errors.ts'
import { appendEntries } from '../../journal/store.ts'
import type { EnrolmentDeps } from './deps.ts'
import { abandonEnrolment } from './invitation.ts'
import { ABANDONED_AFTER_MS, REMINDED_AFTER_MS, reminderDue } from './model.ts'
import { listImages } from './proof-store.ts'
import { signsIn } from './signs-in.ts'
import {
  type Enrolment,
  findEnrolment,
  isCertified,
  listKeysOf,
  listSilent,
  markKeyDestroyed,
  markReminded,
} from './store.ts'
import { enrolmentOfLabel } from './subject.ts'
import { tellHolder, tellVerifiers } from './telling.ts'

const AT_ONCE = 200

/** Give up what has been silent for thirty days. @returns How many. */
export async function abandonSilent(deps: EnrolmentDeps): Promise<number> {
  const silent = await listSilent(deps.db, deps.now() - ABANDONED_AFTER_MS, AT_ONCE)
  let abandoned = 0
  for (const enrolment of silent) if (await abandon(deps, enrolment)) abandoned += 1
  return abandoned
}

/** @returns Whether he was still silent. */
async function abandon(deps: EnrolmentDeps, enrolment: Enrolment): Promise<boolean> {
  try {
    await abandonEnrolment(deps, enrolment)
    return true
  } catch (error) {
    if (error instanceof AppError && error.code === 'invalid-request') return false
    throw error
  }
}

/** Remind whose turn it is, after 7 and 21 days of silence. @returns How many were told. */
export async function remindSilent(deps: EnrolmentDeps): Promise<number> {
  const at = deps.now()
  const silent = await listSilent(deps.db, at - Math.min(...REMINDED_AFTER_MS), MANY)
  let told = 0
  for (const enrolment of silent) if (await remind(deps, enrolment, at)) told += 1
  return told
}

/** Enough for every way that is open on one appliance. */
const MANY = 10_000

async function remind(
  { db, accounts }: EnrolmentDeps,
  { id, personId, ...seen }: Enrolment,
  at: number,
): Promise<boolean> {
  if (reminderDue(seen, at) === undefined) return false
  const withLink = !(await signsIn(accounts, personId))
  return transact(db, async (tx) => {
    const enrolment = await findEnrolment(tx, id)
    const due = enrolment && reminderDue(enrolment, at)
    if (enrolment === undefined || due === undefined) return false
    if (!(await markReminded(tx, enrolment, due))) return false
    if (enrolment.state === 'identity-submitted') await tellVerifiers(tx, enrolment, at)
    else await tellHolder(tx, enrolment, 'enrolment.reminder', { at, withLink })
    return true
  })
}

/**
 * Destroy keys in the HSM that were made for an enrolment and that it does not have any more. Others
 * are never touched: a label must be ours, its enrolment one of this database, and no certificate
 * that is not revoked may name the key.
 *
 * @returns The ids of the keys that are no more.
 */
export async function destroyOrphanKeys(deps: EnrolmentDeps): Promise<string[]> {
  const { db, keys } = deps
  const ours = (await keys.listKeys()).flatMap(({ keyId, label }) => {
    const enrolmentId = enrolmentOfLabel(label)
    return enrolmentId === undefined ? [] : [{ keyId, enrolmentId }]
  })
  const destroyed: string[] = []
  for (let at = 0; at < ours.length; at += AT_ONCE) {
    const part = ours.slice(at, at + AT_ONCE)
    // Read after the HSM was: an enrolment names its key before it has it made.
    const rows = await listKeysOf(db, [...new Set(part.map(({ enrolmentId }) => enrolmentId))])
    for (const { keyId, enrolmentId } of part) {
      const row = rows.find(({ id }) => id === enrolmentId)
      const isOver = row?.state === 'abandoned' || row?.state === 'blocked'
      if (row === undefined || (row.keyId === keyId && !isOver)) continue
      if (await isCertified(db, keyId)) continue
      await destroy(deps, keyId, enrolmentId)
      destroyed.push(keyId)
    }
  }
  return destroyed
}

/** That it was found is written down before, that it is gone after. */
async function destroy(
  { db, keys, now }: EnrolmentDeps,
  keyId: string,
  enrolment: string,
): Promise<void> {
  const entry = { actor: 'system', subject: keyId, detail: { enrolment } }
  await db
    .transaction()
    .execute((tx) => appendEntries(tx, [{ ...entry, at: now(), action: 'key.orphan-found' }]))
  await keys.destroyKey(keyId)
  await db.transaction().execute(async (tx) => {
    await markKeyDestroyed(tx, keyId)
    await appendEntries(tx, [{ ...entry, at: now(), action: 'key.destroyed' }])
  })
}

/** Remove images that no row names. @returns How many. */
export async function removeOrphanImages({ db, images, now }: EnrolmentDeps): Promise<number> {
  return images.removeUnnamed(await listImages(db), now())
}
