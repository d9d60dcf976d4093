import type { Db } from '../db/database.ts'
import { can, type PersonActor } from '../rights/can.ts'
import { isMemberFunction, type MemberFunction } from '../rights/matrix.ts'

/** An organisation that waits for the answer of a person. */
export interface OpenInvitation {
  readonly organisationId: string
  readonly organisation: string
  /** Unix ms. */
  readonly since: number
}

/** A function that ends soon. */
export interface EndingTerm {
  readonly personId: string
  readonly name: string
  readonly function: MemberFunction
  /** Unix ms, exclusive. */
  readonly validTo: number
}

const SOON_MS = 60 * 86_400_000
const LISTED_MAX = 20

/** The invitations that a person has neither accepted nor refused, the oldest first. */
export async function listInvitations(db: Db, personId: string): Promise<OpenInvitation[]> {
  const rows = await db
    .selectFrom('membership')
    .innerJoin('organisation', 'organisation.id', 'membership.organisation_id')
    .select(['organisation.id', 'organisation.name', 'membership.state_at'])
    .where('membership.person_id', '=', personId)
    .where('membership.state', '=', 'invited')
    .orderBy('membership.state_at')
    .execute()
  return rows.map(({ id, name, state_at: since }) => ({
    organisationId: id,
    organisation: name,
    since,
  }))
}

/** Members whose function ends within 60 days, for whoever can give them another term. */
export async function listEndingTerms(
  db: Db,
  actor: PersonActor,
  now: number,
): Promise<EndingTerm[]> {
  const { organisationId } = actor
  if (!can(actor, { action: 'member.change', organisationId }, [], now).allowed) return []
  const rows = await db
    .selectFrom('membership')
    .innerJoin('member_function', 'member_function.membership_id', 'membership.id')
    .select(['person_id', 'given_name', 'family_name', 'function', 'member_function.valid_to'])
    .where('organisation_id', '=', organisationId)
    .where('state', '=', 'active')
    .where('member_function.valid_from', '<=', now)
    .where('member_function.valid_to', '>', now)
    .where('member_function.valid_to', '<=', now + SOON_MS)
    .orderBy('member_function.valid_to')
    .limit(LISTED_MAX)
    .execute()
  return rows.flatMap(({ function: held, valid_to: validTo, ...row }) =>
    validTo !== null && isMemberFunction(held)
      ? [
          {
            personId: row.person_id,
            name: `${row.given_name} ${row.family_name}`,
            function: held,
            validTo,
          },
        ]
      : [],
  )
}
