import { randomUUID } from 'node:crypto'
import type { Db } from '../db/database.ts'
import { AppError } from '../errors.ts'
import { appendEntries } from '../journal/store.ts'
import type { MemberFunction, Organisation } from './model.ts'
import {
  findFirstOrganisation,
  insertMembership,
  insertOrganisation,
  insertPerson,
} from './store.ts'

interface Deps {
  readonly db: Db
  readonly now: () => number
}

/** Enter the organisation that owns the appliance. */
export async function foundOrganisation(
  { db, now }: Deps,
  wanted: Omit<Organisation, 'id'>,
): Promise<Organisation> {
  const organisation = { id: randomUUID(), ...wanted }
  const at = now()
  await db.transaction().execute(async (tx) => {
    await insertOrganisation(tx, organisation, at)
    const { id: subject, name, kind } = organisation
    const detail = { name, kind }
    await appendEntries(tx, [
      { at, actor: 'operator', action: 'organisation.founded', subject, detail },
    ])
  })
  return organisation
}

/** @throws AppError `invalid-request` before `sceau init`. */
export async function getOrganisation(db: Db): Promise<Organisation> {
  const found = await findFirstOrganisation(db)
  if (found !== undefined) return found
  throw new AppError('invalid-request', 'This data folder is empty: run `sceau init` first.')
}

/**
 * Enter a person with a function and its term. The journal names the person by id alone: names
 * and addresses must be forgettable.
 */
export async function enterMember(
  { db, now }: Deps,
  member: {
    readonly organisationId: string
    readonly givenName: string
    readonly familyName: string
    readonly email: string
    readonly function: MemberFunction
    readonly validTo: number | null
  },
): Promise<string> {
  const { organisationId, givenName, familyName, email, function: held, validTo } = member
  const at = now()
  const personId = randomUUID()
  await db.transaction().execute(async (tx) => {
    await insertPerson(tx, { id: personId, givenName, familyName, email }, at)
    const membership = { organisationId, personId, function: held, validFrom: at, validTo }
    await insertMembership(tx, randomUUID(), membership)
    const detail = { organisation: organisationId, function: held }
    await appendEntries(tx, [
      { at, actor: 'operator', action: 'member.entered', subject: personId, detail },
    ])
  })
  return personId
}
