import type { Db } from '../db/database.ts'
import { isMemberFunction, type MemberFunction } from '../rights/matrix.ts'
import type { HeldFunction, SigningCapacity, Term } from './model.ts'

export async function insertFunction(
  db: Db,
  membershipId: string,
  held: Omit<HeldFunction, 'capacities'>,
  at: number,
): Promise<void> {
  await db
    .insertInto('member_function')
    .values({
      ...{ id: held.id, membership_id: membershipId, function: held.function },
      ...{ valid_from: held.validFrom, valid_to: held.validTo, created_at: at },
    })
    .execute()
}

/** @returns Whether the membership has such a function. */
export async function setTerm(
  db: Db,
  of: { readonly membershipId: string; readonly functionId: string },
  { validFrom, validTo }: Term,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('member_function')
    .set({ valid_from: validFrom, valid_to: validTo })
    .where('id', '=', of.functionId)
    .where('membership_id', '=', of.membershipId)
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

/** What was in force ends at this moment; what was still to come never was. */
export async function endFunctions(db: Db, membershipId: string, at: number): Promise<void> {
  const toCome = db
    .selectFrom('member_function')
    .select('id')
    .where('membership_id', '=', membershipId)
    .where('valid_from', '>=', at)
  await db.deleteFrom('signing_capacity').where('function_id', 'in', toCome).execute()
  await db
    .deleteFrom('member_function')
    .where('membership_id', '=', membershipId)
    .where('valid_from', '>=', at)
    .execute()
  await db
    .updateTable('member_function')
    .set({ valid_to: at })
    .where('membership_id', '=', membershipId)
    .where((eb) => eb.or([eb('valid_to', 'is', null), eb('valid_to', '>', at)]))
    .execute()
}

/** Replace in which qualities the holder of a function signs. */
export async function replaceCapacities(
  db: Db,
  functionId: string,
  capacities: readonly (SigningCapacity & { readonly id: string })[],
): Promise<void> {
  await db.deleteFrom('signing_capacity').where('function_id', '=', functionId).execute()
  if (capacities.length === 0) return
  await db
    .insertInto('signing_capacity')
    .values(capacities.map(({ id, text, type }) => ({ id, function_id: functionId, text, type })))
    .execute()
}

/** Everything a member is, was and will be, the latest first. */
export async function listFunctions(db: Db, membershipId: string): Promise<HeldFunction[]> {
  const rows = await db
    .selectFrom('member_function')
    .leftJoin('signing_capacity', 'signing_capacity.function_id', 'member_function.id')
    .select(['member_function.id', 'function', 'valid_from', 'valid_to', 'text', 'type'])
    .where('membership_id', '=', membershipId)
    .orderBy('valid_from', 'desc')
    .orderBy('member_function.id')
    .orderBy('signing_capacity.id')
    .execute()
  const functions = new Map<string, HeldFunction & { capacities: SigningCapacity[] }>()
  for (const { id, function: held, valid_from: validFrom, valid_to: validTo, ...row } of rows) {
    if (!isMemberFunction(held)) continue
    const known = functions.get(id) ?? { id, function: held, validFrom, validTo, capacities: [] }
    functions.set(id, known)
    if (row.text !== null && row.type !== null) {
      known.capacities.push({ text: row.text, type: row.type })
    }
  }
  return [...functions.values()]
}

/** Whether any active member holds one of these functions now. */
export async function hasHolder(
  db: Db,
  asked: {
    readonly organisationId: string
    readonly functions: readonly MemberFunction[]
    readonly now: number
    /** Ask of this person alone. */
    readonly personId?: string
  },
): Promise<boolean> {
  const { organisationId, functions, now, personId } = asked
  if (functions.length === 0) return false
  const row = await db
    .selectFrom('membership')
    .innerJoin('member_function', 'member_function.membership_id', 'membership.id')
    .select('membership.id')
    .where('organisation_id', '=', organisationId)
    .where('state', '=', 'active')
    .where('function', 'in', functions)
    .where('member_function.valid_from', '<=', now)
    .where((eb) =>
      eb.or([eb('member_function.valid_to', 'is', null), eb('member_function.valid_to', '>', now)]),
    )
    .$if(personId !== undefined, (query) => query.where('person_id', '=', personId ?? ''))
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}
