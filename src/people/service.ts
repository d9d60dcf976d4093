import { randomUUID } from 'node:crypto'
import type { Db, Tx } from '../db/database.ts'
import { AppError } from '../errors.ts'
import { appendEntries } from '../journal/store.ts'
import type { MemberFunction } from '../rights/matrix.ts'
import { insertFunction } from './functions-store.ts'
import type { Organisation } from './model.ts'
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

/** A person that enters an organisation as an active member, without an invitation. */
export interface EnteredMember {
  readonly organisationId: string
  readonly givenName: string
  readonly familyName: string
  readonly email: string
  readonly function: MemberFunction
  readonly validTo: number | null
}

/**
 * Enter a person with a function and its term. The journal names the person by id alone: names
 * and addresses must be forgettable.
 */
export async function enterMember({ db, now }: Deps, member: EnteredMember): Promise<string> {
  const at = now()
  return db.transaction().execute((tx) => enterMemberIn(tx, member, { at, actor: 'operator' }))
}

/** The same in the caller's transaction. @returns Id of the person. */
export async function enterMemberIn(
  tx: Tx,
  member: EnteredMember,
  { at, actor }: { readonly at: number; readonly actor: string },
): Promise<string> {
  const { organisationId, givenName, familyName, email, function: held, validTo } = member
  const [personId, membershipId, functionId] = [randomUUID(), randomUUID(), randomUUID()]
  const named = { givenName, familyName, email }
  await insertPerson(tx, { id: personId, ...named }, at)
  const membership = { id: membershipId, organisationId, personId, validFrom: at, validTo: null }
  await insertMembership(tx, { ...membership, ...named, state: 'active' }, at)
  const given = { id: functionId, function: held, validFrom: at, validTo }
  await insertFunction(tx, membershipId, given, at)
  const detail = { organisation: organisationId, function: held }
  await appendEntries(tx, [{ at, actor, action: 'member.entered', subject: personId, detail }])
  return personId
}
