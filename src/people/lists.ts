import { sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { isMemberFunction, type MemberFunction } from '../rights/matrix.ts'
import { fold, type MembershipState } from './model.ts'

/** One line of the list of members. */
export interface MemberLine {
  readonly personId: string
  readonly givenName: string
  readonly familyName: string
  readonly email: string
  readonly state: MembershipState
  /** Those in force. */
  readonly functions: readonly MemberFunction[]
}

/** Which members of an organisation are asked for. */
export interface MemberFilter {
  readonly organisationId: string
  readonly search?: string
  /** Without one: all but those who have left. */
  readonly state?: MembershipState | undefined
  readonly function?: MemberFunction | undefined
  readonly now: number
}

const WORDS_MAX = 5

/** The active members of an organisation with what they are, in order of entry. */
export async function listMembers(db: Db, organisationId: string, now: number) {
  const rows = await db
    .selectFrom('membership')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .select(['membership.id', 'membership.person_id', 'person.email'])
    .select(['membership.given_name', 'membership.family_name'])
    .where('organisation_id', '=', organisationId)
    .where('state', '=', 'active')
    .orderBy('person.created_at')
    .execute()
  const functions = await functionsOf(
    db,
    rows.map(({ id }) => id),
    now,
  )
  return rows.map(({ id, person_id, given_name, family_name, email }) => ({
    id: person_id,
    givenName: given_name,
    familyName: family_name,
    email,
    functions: functions.get(id) ?? [],
  }))
}

/** A page of the members by name, and how many there are on all pages. */
export async function listMembersPage(
  db: Db,
  filter: MemberFilter,
  { offset, limit }: { readonly offset: number; readonly limit: number },
): Promise<{ lines: MemberLine[]; total: number }> {
  const rows = await matching(db, filter)
    .innerJoin('person', 'person.id', 'membership.person_id')
    .select(['membership.id', 'membership.person_id', 'membership.state', 'person.email'])
    .select(['membership.given_name', 'membership.family_name'])
    .orderBy('membership.sort_name')
    .orderBy('membership.id')
    .limit(limit)
    .offset(offset)
    .execute()
  const { total } = await matching(db, filter)
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  const ids = rows.map(({ id }) => id)
  const functions = await functionsOf(db, ids, filter.now)
  const lines = rows.map((row) => ({
    personId: row.person_id,
    givenName: row.given_name,
    familyName: row.family_name,
    email: row.email,
    state: row.state,
    functions: functions.get(row.id) ?? [],
  }))
  return { lines, total: Number(total) }
}

/** How many members are in each state. */
export async function countMembers(
  db: Db,
  organisationId: string,
): Promise<Readonly<Record<MembershipState, number>>> {
  const rows = await db
    .selectFrom('membership')
    .select(['state', (eb) => eb.fn.countAll<number>().as('count')])
    .where('organisation_id', '=', organisationId)
    .groupBy('state')
    .execute()
  const counts = { invited: 0, active: 0, suspended: 0, ended: 0 }
  for (const { state, count } of rows) counts[state] = Number(count)
  return counts
}

function matching(db: Db, filter: MemberFilter) {
  const { organisationId, search = '', state, function: held, now } = filter
  let query = db.selectFrom('membership').where('organisation_id', '=', organisationId)
  query =
    state === undefined ? query.where('state', '<>', 'ended') : query.where('state', '=', state)
  for (const word of fold(search).split(' ').slice(0, WORDS_MAX)) {
    if (word !== '') query = query.where(sql<boolean>`sort_name like ${like(word)} escape '!'`)
  }
  if (held === undefined) return query
  return query.where((eb) =>
    eb.exists(
      eb
        .selectFrom('member_function')
        .select('member_function.id')
        .whereRef('membership_id', '=', 'membership.id')
        .where('function', '=', held)
        .where('member_function.valid_from', '<=', now)
        .where((or) =>
          or.or([
            or('member_function.valid_to', 'is', null),
            or('member_function.valid_to', '>', now),
          ]),
        ),
    ),
  )
}

/** What stands anywhere in the text, whatever signs of a pattern it has. */
function like(word: string): string {
  return `%${word.replace(/[!%_]/g, (sign) => `!${sign}`)}%`
}

async function functionsOf(
  db: Db,
  membershipIds: readonly string[],
  now: number,
): Promise<Map<string, MemberFunction[]>> {
  const found = new Map<string, MemberFunction[]>()
  if (membershipIds.length === 0) return found
  const rows = await db
    .selectFrom('member_function')
    .select(['membership_id', 'function'])
    .where('membership_id', 'in', membershipIds)
    .where('valid_from', '<=', now)
    .where((eb) => eb.or([eb('valid_to', 'is', null), eb('valid_to', '>', now)]))
    .orderBy('valid_from')
    .orderBy('id')
    .execute()
  for (const { membership_id: id, function: held } of rows) {
    if (isMemberFunction(held)) found.set(id, [...(found.get(id) ?? []), held])
  }
  return found
}
