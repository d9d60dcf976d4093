import type { Db, Tx } from '../../db/database.ts'
import { AppError } from '../../errors.ts'
import { findWays, lockAccount } from './account-store.ts'
import { isWayIn, LAST_WAY } from './factor-rules.ts'
import { noteFactor } from './telling.ts'

/** An account at an identity provider, by what it asserts (OpenID Connect Core §2). */
export interface Subject {
  readonly issuer: string
  readonly subject: string
}

export async function findPersonOf(db: Db, subject: Subject): Promise<string | undefined> {
  const row = await db
    .selectFrom('oidc_subject')
    .select('person_id')
    .where('issuer', '=', subject.issuer)
    .where('subject', '=', subject.subject)
    .executeTakeFirst()
  return row?.person_id
}

/** The number of the professional register that a provider asserts of a person. */
export async function findAssertedProfessionalId(
  db: Db,
  personId: string,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('oidc_subject')
    .select('professional_id')
    .where('person_id', '=', personId)
    .where('professional_id', 'is not', null)
    .executeTakeFirst()
  return row?.professional_id ?? undefined
}

/**
 * From now on the person may sign in by this account.
 *
 * @throws AppError `invalid-request` when it is another person's.
 */
export async function bindSubject(
  tx: Tx,
  bound: Subject & { personId: string; professionalId?: string | undefined; at: number },
): Promise<void> {
  const { personId, issuer, subject, professionalId = null, at } = bound
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('oidc_subject')
    .values({
      ...{ issuer, subject, person_id: personId, created_at: at },
      professional_id: professionalId,
    })
    .onConflict((conflict) => conflict.columns(['issuer', 'subject']).doNothing())
    .executeTakeFirst()
  if ((numInsertedOrUpdatedRows ?? 0n) > 0n) {
    return noteFactor(tx, { at, personId, factor: 'oidc', what: 'added' })
  }
  if ((await findPersonOf(tx, { issuer, subject })) === personId) return
  throw new AppError('invalid-request', 'This external account belongs to another person here.', {
    hints: { fault: 'taken' },
  })
}

/** @throws AppError `not-found`; `invalid-request` when it is the last way in. */
export async function unbindSubjects(
  tx: Tx,
  { personId, at }: { personId: string; at: number },
): Promise<void> {
  await lockAccount(tx, personId)
  const { numDeletedRows } = await tx
    .deleteFrom('oidc_subject')
    .where('person_id', '=', personId)
    .executeTakeFirst()
  if (numDeletedRows === 0n) throw new AppError('not-found', 'No external account is bound.')
  if (!isWayIn(await findWays(tx, personId))) {
    throw new AppError(
      'invalid-request',
      'This is your last way to sign in: add a passkey first, and then remove this one.',
      LAST_WAY,
    )
  }
  await noteFactor(tx, { at, personId, factor: 'oidc', what: 'removed' })
}
