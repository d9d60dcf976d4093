import type { Db } from '../db/database.ts'
import type { Membership, Organisation, Person } from './model.ts'

export async function insertOrganisation(
  db: Db,
  { id, kind, name, siren }: Organisation,
  createdAt: number,
): Promise<void> {
  await db
    .insertInto('organisation')
    .values({ id, kind, name, siren, created_at: createdAt })
    .execute()
}

/** The organisation whose appliance this is: the first one. */
export async function findFirstOrganisation(db: Db): Promise<Organisation | undefined> {
  return db
    .selectFrom('organisation')
    .select(['id', 'kind', 'name', 'siren'])
    .orderBy('created_at')
    .executeTakeFirst()
}

export async function insertPerson(db: Db, person: Person, createdAt: number): Promise<void> {
  const { id, givenName, familyName, email } = person
  await db
    .insertInto('person')
    .values({ id, given_name: givenName, family_name: familyName, email, created_at: createdAt })
    .execute()
}

export async function insertMembership(
  db: Db,
  id: string,
  { organisationId, personId, function: held, validFrom, validTo }: Membership,
): Promise<void> {
  await db
    .insertInto('membership')
    .values({
      id,
      organisation_id: organisationId,
      person_id: personId,
      function: held,
      valid_from: validFrom,
      valid_to: validTo,
      state: 'active',
    })
    .execute()
}

/** The members of an organisation with what they are, in order of entry. */
export async function listMembers(db: Db, organisationId: string) {
  const rows = await db
    .selectFrom('membership')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .select(['person.id', 'given_name', 'family_name', 'email', 'function'])
    .where('organisation_id', '=', organisationId)
    .where('state', '=', 'active')
    .orderBy('person.created_at')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    givenName: row.given_name,
    familyName: row.family_name,
    email: row.email,
    function: row.function,
  }))
}
