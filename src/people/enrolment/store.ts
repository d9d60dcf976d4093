import type { Db, Tx } from '../../db/database.ts'
import type { Row } from '../../db/schema.ts'
import { type EnrolmentState, ON_THE_WAY, type Proof } from './model.ts'

/** A person on the way to a certificate. */
export interface Enrolment {
  readonly id: string
  readonly personId: string
  readonly organisationId: string
  readonly state: EnrolmentState
  readonly proofs: readonly Proof[]
  readonly rejections: number
  /** Unix ms, as every time. */
  readonly createdAt: number
  readonly movedAt: number
  readonly reminders: number
  readonly mobile: string | null
  readonly professionalId: string | null
  readonly keyId: string | null
  readonly certificateId: string | null
}

export type Changes = Partial<Omit<Row<'enrolment'>, 'id' | 'person_id' | 'organisation_id'>>

export async function insertEnrolment(
  tx: Tx,
  row: Pick<Row<'enrolment'>, 'id' | 'person_id' | 'organisation_id' | 'invited_by' | 'mobile'> & {
    readonly at: number
  },
): Promise<void> {
  const { at, ...given } = row
  await tx
    .insertInto('enrolment')
    .values({
      ...given,
      ...BLANK,
      state: 'invited',
      created_at: at,
      moved_at: at,
      reminders: 0,
      rejections: 0,
    })
    .execute()
}

/** An enrolment of which nothing has been shown. */
export const BLANK = {
  email_at: null,
  mobile_at: null,
  professional_id: null,
  professional_id_source: null,
  identity_at: null,
  factor_at: null,
  key_wanted_at: null,
  key_id: null,
  key_at: null,
  certificate_id: null,
  certificate_at: null,
  terms_version: null,
  terms_locale: null,
  terms_sha256: null,
  terms_at: null,
} as const

export async function findEnrolment(db: Db, id: string): Promise<Enrolment | undefined> {
  const row = await db.selectFrom('enrolment').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toEnrolment(row)
}

/** The newest enrolment of a person, whatever became of it. */
export async function findEnrolmentOf(db: Db, personId: string): Promise<Enrolment | undefined> {
  const row = await db
    .selectFrom('enrolment')
    .selectAll()
    .where('person_id', '=', personId)
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .executeTakeFirst()
  return row && toEnrolment(row)
}

/** The enrolment a person is on now, whoever invited him. */
export async function findOpenEnrolment(db: Db, personId: string): Promise<Enrolment | undefined> {
  const row = await db
    .selectFrom('enrolment')
    .selectAll()
    .where('person_id', '=', personId)
    .where('state', 'in', ON_THE_WAY)
    .executeTakeFirst()
  return row && toEnrolment(row)
}

/** The enrolment a link leads to, as long as the link is good. */
export async function findByLink(
  db: Db,
  tokenSha256: string,
  now: number,
): Promise<Enrolment | undefined> {
  const row = await db
    .selectFrom('enrolment_link')
    .innerJoin('enrolment', 'enrolment.id', 'enrolment_link.enrolment_id')
    .selectAll('enrolment')
    .where('token_sha256', '=', tokenSha256)
    .where('expires_at', '>', now)
    .executeTakeFirst()
  return row && toEnrolment(row)
}

/** @returns Whether it was still in this state: of two who act at once one acts. */
export async function changeEnrolment(
  tx: Tx,
  { id, state }: Pick<Enrolment, 'id' | 'state'>,
  changes: Changes,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('enrolment')
    .set(changes)
    .where('id', '=', id)
    .where('state', '=', state)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

export async function insertLink(
  tx: Tx,
  link: { readonly tokenSha256: string; readonly enrolmentId: string; readonly expiresAt: number },
): Promise<void> {
  const { tokenSha256, enrolmentId, expiresAt } = link
  await tx
    .insertInto('enrolment_link')
    .values({ token_sha256: tokenSha256, enrolment_id: enrolmentId, expires_at: expiresAt })
    .execute()
}

export async function deleteLinks(db: Db, enrolmentId: string): Promise<void> {
  await db.deleteFrom('enrolment_link').where('enrolment_id', '=', enrolmentId).execute()
}

/** On the way and without progress since then, oldest first. */
export async function listSilent(db: Db, before: number, limit: number): Promise<Enrolment[]> {
  const rows = await db
    .selectFrom('enrolment')
    .selectAll()
    .where('state', 'in', ON_THE_WAY)
    .where('moved_at', '<=', before)
    .orderBy('moved_at')
    .limit(limit)
    .execute()
  return rows.map(toEnrolment)
}

/** @returns Whether nobody else has sent this reminder: of several nodes one does. */
export async function markReminded(
  tx: Tx,
  { id, state }: Pick<Enrolment, 'id' | 'state'>,
  reminders: number,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('enrolment')
    .set({ reminders })
    .where('id', '=', id)
    .where('state', '=', state)
    .where('reminders', '<', reminders)
    .executeTakeFirst()
  return numUpdatedRows === 1n
}

/** Of these enrolments, those there are, with the key each has. */
export async function listKeysOf(
  db: Db,
  ids: readonly string[],
): Promise<{ id: string; keyId: string | null; state: EnrolmentState }[]> {
  if (ids.length === 0) return []
  const rows = await db
    .selectFrom('enrolment')
    .select(['id', 'key_id', 'state'])
    .where('id', 'in', ids)
    .execute()
  return rows.map(({ id, key_id: keyId, state }) => ({ id, keyId, state }))
}

/** Whether a certificate that is not revoked names this key. */
export async function isCertified(db: Db, keyId: string): Promise<boolean> {
  const row = await db
    .selectFrom('certificate')
    .select('id')
    .where('key_id', '=', keyId)
    .where('state', '!=', 'revoked')
    .executeTakeFirst()
  return row !== undefined
}

export async function markKeyDestroyed(tx: Tx, keyId: string): Promise<void> {
  await tx.updateTable('signing_key').set({ state: 'destroyed' }).where('id', '=', keyId).execute()
}

/** Whether the person has a certificate that has not ended, suspended or not. */
export async function hasCertificate(db: Db, personId: string, now: number): Promise<boolean> {
  const row = await db
    .selectFrom('certificate')
    .select('id')
    .where('person_id', '=', personId)
    .where('state', 'in', ['active', 'suspended'])
    .where('not_after', '>', now)
    .executeTakeFirst()
  return row !== undefined
}

const PROOF_TIMES: readonly (readonly [Proof, keyof Row<'enrolment'>])[] = [
  ['email', 'email_at'],
  ['mobile', 'mobile_at'],
  ['identity', 'identity_at'],
  ['factor', 'factor_at'],
  ['key', 'key_at'],
  ['certificate', 'certificate_at'],
  ['terms', 'terms_at'],
]

/** The column that says when something was shown. */
export function proofTime(proof: Proof, at: number): Changes {
  switch (proof) {
    case 'email':
      return { email_at: at }
    case 'mobile':
      return { mobile_at: at }
    case 'identity':
      return { identity_at: at }
    case 'factor':
      return { factor_at: at }
    case 'key':
      return { key_at: at }
    case 'certificate':
      return { certificate_at: at }
    case 'terms':
      return { terms_at: at }
  }
}

function toEnrolment(row: Row<'enrolment'>): Enrolment {
  return {
    id: row.id,
    personId: row.person_id,
    organisationId: row.organisation_id,
    state: row.state,
    proofs: PROOF_TIMES.flatMap(([proof, column]) => (row[column] === null ? [] : [proof])),
    rejections: row.rejections,
    createdAt: row.created_at,
    movedAt: row.moved_at,
    reminders: row.reminders,
    mobile: row.mobile,
    professionalId: row.professional_id,
    keyId: row.key_id,
    certificateId: row.certificate_id,
  }
}
