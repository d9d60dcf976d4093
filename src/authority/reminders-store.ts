import type { Db } from '../db/database.ts'
import { functionsThatMay } from '../rights/matrix.ts'

/** Somebody to tell, with his language. */
export interface Recipient {
  readonly personId: string
  readonly email: string
  readonly locale: 'fr' | 'en'
  /** For whom he administers; undefined for whoever is told for himself. */
  readonly organisationId?: string
}

/** Certificates of people, seals and CAs that end between two moments (Unix ms). */
export async function listEnding(db: Db, { from, to }: { from: number; to: number }) {
  return selectTold(db)
    .where('certificate.state', 'in', ['active', 'suspended'])
    .where('certificate.profile', 'in', ['person', 'seal', 'issuing-ca', 'root-ca'])
    .where('certificate.not_after', '>', from)
    .where('certificate.not_after', '<=', to)
    .orderBy('certificate.not_after')
    .execute()
}

/** Certificates that have been on hold for as long as one may be. */
export async function listOverdueHolds(db: Db, now: number) {
  return selectTold(db)
    .where('certificate.state', '=', 'suspended')
    .where('certificate.held_until', '<=', now)
    .where('certificate.not_after', '>', now)
    .execute()
}

export async function findTold(db: Db, id: string) {
  return selectTold(db).where('certificate.id', '=', id).executeTakeFirst()
}

function selectTold(db: Db) {
  return db
    .selectFrom('certificate')
    .leftJoin('person', 'person.id', 'certificate.person_id')
    .select([
      'certificate.id',
      'certificate.serial',
      'certificate.subject',
      'certificate.not_after',
      'certificate.held_until',
      'certificate.version',
      'certificate.organisation_id',
      'certificate.person_id',
      'person.given_name',
      'person.family_name',
      'person.email',
      'person.locale',
    ])
}

export type ToldCertificate = NonNullable<Awaited<ReturnType<typeof findTold>>>

/** The kinds of notices that were given of a certificate already. */
export async function listGiven(db: Db, certificateId: string): Promise<string[]> {
  const rows = await db
    .selectFrom('certificate_reminder')
    .select('kind')
    .where('certificate_id', '=', certificateId)
    .execute()
  return rows.map(({ kind }) => kind)
}

/** @returns Whether it had not been given before. */
export async function markGiven(
  db: Db,
  given: { readonly certificateId: string; readonly kind: string; readonly at: number },
): Promise<boolean> {
  const { certificateId, kind, at } = given
  const { numInsertedOrUpdatedRows } = await db
    .insertInto('certificate_reminder')
    .values({ certificate_id: certificateId, kind, sent_at: at })
    .onConflict((conflict) => conflict.columns(['certificate_id', 'kind']).doNothing())
    .executeTakeFirst()
  return numInsertedOrUpdatedRows === 1n
}

/** Who may decide on a certificate in the organisations that own it, but for its holder. */
export async function listDeciders(
  db: Db,
  { organisation_id, person_id }: ToldCertificate,
  now: number,
): Promise<Recipient[]> {
  const owners = await listOwners(db, { organisation_id, person_id })
  const found = new Map<string, Recipient>()
  for (const { id: organisationId, kind } of owners) {
    const rows = await db
      .selectFrom('membership')
      .innerJoin('member_function', 'member_function.membership_id', 'membership.id')
      .innerJoin('person', 'person.id', 'membership.person_id')
      .select(['person.id', 'person.email', 'person.locale'])
      .distinct()
      .where('membership.organisation_id', '=', organisationId)
      .where('membership.state', '=', 'active')
      .where('member_function.function', 'in', functionsThatMay('certificate.revoke', kind))
      .where('member_function.valid_from', '<=', now)
      .where((eb) =>
        eb.or([
          eb('member_function.valid_to', 'is', null),
          eb('member_function.valid_to', '>', now),
        ]),
      )
      .orderBy('person.id')
      .execute()
    for (const { id: personId, email, locale } of rows) {
      if (personId !== person_id) found.set(personId, { personId, email, locale, organisationId })
    }
  }
  return [...found.values()]
}

/** The organisations of a holder, of a seal, or, of the appliance's own, the one that founded it. */
async function listOwners(
  db: Db,
  { organisation_id, person_id }: Pick<ToldCertificate, 'organisation_id' | 'person_id'>,
) {
  const select = db.selectFrom('organisation').select(['organisation.id', 'organisation.kind'])
  if (organisation_id !== null) return select.where('id', '=', organisation_id).execute()
  if (person_id === null) {
    return select.orderBy('created_at').orderBy('organisation.id').limit(1).execute()
  }
  return select
    .innerJoin('membership', 'membership.organisation_id', 'organisation.id')
    .where('membership.person_id', '=', person_id)
    .where('membership.state', '=', 'active')
    .execute()
}

/** Who grants or holds these delegations. */
export async function listDelegationParties(
  db: Db,
  delegationIds: readonly string[],
): Promise<Recipient[]> {
  if (delegationIds.length === 0) return []
  const rows = await db
    .selectFrom('person')
    .innerJoin('delegation', (join) =>
      join.on((eb) =>
        eb.or([
          eb('delegation.grantor_person_id', '=', eb.ref('person.id')),
          eb('delegation.grantee_person_id', '=', eb.ref('person.id')),
        ]),
      ),
    )
    .select(['person.id', 'person.email', 'person.locale'])
    .distinct()
    .where('delegation.id', 'in', delegationIds)
    .orderBy('person.id')
    .execute()
  return rows.map(({ id: personId, email, locale }) => ({ personId, email, locale }))
}
