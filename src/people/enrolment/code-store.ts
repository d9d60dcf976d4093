import type { Db, Tx } from '../../db/database.ts'
import type { Channel, KeptCode } from './codes.ts'

export async function findCode(
  db: Db,
  enrolmentId: string,
  channel: Channel,
): Promise<KeptCode | undefined> {
  const row = await db
    .selectFrom('enrolment_code')
    .selectAll()
    .where('enrolment_id', '=', enrolmentId)
    .where('channel', '=', channel)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { mac, sent_at: sentAt, expires_at: expiresAt, tries, sends, window_at: windowAt } = row
  return { mac, sentAt, expiresAt, tries, sends, windowAt }
}

/** In the place of the one before. */
export async function putCode(
  tx: Tx,
  enrolmentId: string,
  channel: Channel,
  code: KeptCode,
): Promise<void> {
  const row = {
    mac: code.mac,
    sent_at: code.sentAt,
    expires_at: code.expiresAt,
    tries: code.tries,
    sends: code.sends,
    window_at: code.windowAt,
  }
  await tx
    .insertInto('enrolment_code')
    .values({ enrolment_id: enrolmentId, channel, ...row })
    .onConflict((conflict) => conflict.columns(['enrolment_id', 'channel']).doUpdateSet(row))
    .execute()
}

/**
 * Count a guess before it is judged, so that guesses at once are not free.
 *
 * @returns Whether one was left.
 */
export async function countTry(
  db: Db,
  enrolmentId: string,
  channel: Channel,
  triesMax: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('enrolment_code')
    .set((eb) => ({ tries: eb('tries', '+', 1) }))
    .where('enrolment_id', '=', enrolmentId)
    .where('channel', '=', channel)
    .where('tries', '<', triesMax)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** @returns Whether it was there to be used: a code is good once. */
export async function useCode(
  tx: Tx,
  enrolmentId: string,
  channel: Channel,
  mac: string,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('enrolment_code')
    .set({ mac: null })
    .where('enrolment_id', '=', enrolmentId)
    .where('channel', '=', channel)
    .where('mac', '=', mac)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function deleteCodes(tx: Tx, enrolmentId: string): Promise<void> {
  await tx.deleteFrom('enrolment_code').where('enrolment_id', '=', enrolmentId).execute()
}
