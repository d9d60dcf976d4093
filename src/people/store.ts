import type { Db } from '../db/database.ts'
import type { Row } from '../db/schema.ts'
import {
  MEMBERSHIP_CHANGES,
  type Membership,
  type MembershipChange,
  type MembershipState,
  normaliseEmail,
  type Organisation,
  type Person,
  sortName,
  statesBefore,
} from './model.ts'

export async function insertOrganisation(
  db: Db,
  organisation: Organisation & { readonly address?: string },
  createdAt: number,
): Promise<void> {
  const { id, kind, name, siren, address = '' } = organisation
  await db
    .insertInto('organisation')
    .values({ id, kind, name, siren, address, created_at: createdAt })
    .execute()
}

/** The organisation whose appliance this is: the first one. */
export async function findFirstOrganisation(db: Db): Promise<Organisation | undefined> {
  return db
    .selectFrom('organisation')
    .select(['id', 'kind', 'name', 'siren'])
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst()
}

export async function findOrganisation(db: Db, id: string): Promise<Organisation | undefined> {
  return db
    .selectFrom('organisation')
    .select(['id', 'kind', 'name', 'siren'])
    .where('id', '=', id)
    .executeTakeFirst()
}

export async function listOrganisationsBySiren(db: Db, siren: string): Promise<Organisation[]> {
  return db
    .selectFrom('organisation')
    .select(['id', 'kind', 'name', 'siren'])
    .where('siren', '=', siren)
    .execute()
}

/** What an insert of a person needs; what is not known yet stays empty. */
export type NewPerson = Pick<Person, 'id' | 'givenName' | 'familyName' | 'email'> &
  Partial<Pick<Person, 'locale'>>

export async function insertPerson(db: Db, person: NewPerson, createdAt: number): Promise<void> {
  await db.insertInto('person').values(personRow(person, createdAt)).execute()
}

/** @returns The person of this address: the one given, or who was there before. */
export async function insertPersonOnce(
  db: Db,
  person: NewPerson,
  createdAt: number,
): Promise<Person> {
  await db
    .insertInto('person')
    .values(personRow(person, createdAt))
    .onConflict((conflict) => conflict.column('email').doNothing())
    .execute()
  const row = await db
    .selectFrom('person')
    .selectAll()
    .where('email', '=', normaliseEmail(person.email))
    .executeTakeFirstOrThrow()
  return toPerson(row)
}

function personRow({ id, givenName, familyName, email, locale }: NewPerson, createdAt: number) {
  return {
    id,
    given_name: givenName,
    family_name: familyName,
    email: normaliseEmail(email),
    created_at: createdAt,
    ...(locale !== undefined && { locale }),
  }
}

export async function findPerson(db: Db, id: string): Promise<Person | undefined> {
  const row = await db.selectFrom('person').selectAll().where('id', '=', id).executeTakeFirst()
  return row && toPerson(row)
}

function toPerson(row: Row<'person'>): Person {
  const { id, given_name: givenName, family_name: familyName, email, mobile, locale } = row
  return { id, givenName, familyName, email, mobile, professionalId: row.professional_id, locale }
}

/** @param membership - With the names by which the organisation knows the person for now. */
export async function insertMembership(
  db: Db,
  membership: Membership & Pick<Person, 'givenName' | 'familyName' | 'email'>,
  at: number,
): Promise<void> {
  const { id, organisationId, personId, state, validFrom, validTo } = membership
  await db
    .insertInto('membership')
    .values({
      ...{ id, organisation_id: organisationId, person_id: personId },
      ...{ state, state_at: at, valid_from: validFrom, valid_to: validTo },
      ...{ given_name: membership.givenName, family_name: membership.familyName },
      sort_name: sortName(membership),
    })
    .onConflict((conflict) => conflict.columns(['organisation_id', 'person_id']).doNothing())
    .execute()
}

/** A person's membership of an organisation; there is one at most, whatever became of it. */
export async function findMembership(
  db: Db,
  { organisationId, personId }: { organisationId: string; personId: string },
): Promise<Membership | undefined> {
  const row = await db
    .selectFrom('membership')
    .selectAll()
    .where('organisation_id', '=', organisationId)
    .where('person_id', '=', personId)
    .executeTakeFirst()
  return row && toMembership(row)
}

/**
 * Make a change of a membership if its state allows it.
 *
 * @returns The membership as it now stands, or undefined when the change cannot be made.
 */
export async function changeMembership(
  db: Db,
  of: { readonly organisationId: string; readonly personId: string },
  change: MembershipChange,
  at: number,
): Promise<Membership | undefined> {
  for (const before of statesBefore(change)) {
    const row = await db
      .updateTable('membership')
      .set({
        state: stateAfter(change, before),
        state_at: at,
        ...(change === 'accept' && { valid_from: at, valid_to: null }),
        ...(change === 'end' && { valid_to: at }),
        ...(change === 'invite-again' && { valid_from: at, valid_to: null }),
      })
      .where('organisation_id', '=', of.organisationId)
      .where('person_id', '=', of.personId)
      .where('state', '=', before)
      .returningAll()
      .executeTakeFirst()
    if (row !== undefined) return toMembership(row)
  }
  return undefined
}

function stateAfter(change: MembershipChange, before: MembershipState): MembershipState {
  return MEMBERSHIP_CHANGES[change][before] ?? before
}

/** An organisation knows who has accepted by his own names; until then by those it wrote. */
export async function nameMembership(
  db: Db,
  membershipId: string,
  named: Pick<Person, 'givenName' | 'familyName' | 'email'>,
): Promise<void> {
  await db
    .updateTable('membership')
    .set({
      given_name: named.givenName,
      family_name: named.familyName,
      sort_name: sortName(named),
    })
    .where('id', '=', membershipId)
    .execute()
}

/** Correct a person's names, here and in every list of members that has accepted him. */
export async function renamePerson(
  db: Db,
  id: string,
  { givenName, familyName }: Pick<Person, 'givenName' | 'familyName'>,
): Promise<void> {
  const { email } = await db
    .updateTable('person')
    .set({ given_name: givenName, family_name: familyName })
    .where('id', '=', id)
    .returning('email')
    .executeTakeFirstOrThrow()
  await db
    .updateTable('membership')
    .set({
      given_name: givenName,
      family_name: familyName,
      sort_name: sortName({ givenName, familyName, email }),
    })
    .where('person_id', '=', id)
    .where('state', '<>', 'invited')
    .execute()
}

function toMembership(row: Row<'membership'>): Membership {
  return {
    id: row.id,
    organisationId: row.organisation_id,
    personId: row.person_id,
    state: row.state,
    validFrom: row.valid_from,
    validTo: row.valid_to,
  }
}
