import { sql } from 'kysely'
import type { Db } from '../db/database.ts'
import { decodeDetail } from '../journal/entry.ts'
import { listFunctions } from './functions-store.ts'
import type { HeldFunction, MembershipState } from './model.ts'

/** All that an organisation may know of one of its members. */
export interface Member {
  readonly personId: string
  readonly givenName: string
  readonly familyName: string
  readonly email: string
  /** Unknown to the organisation until the person has accepted. */
  readonly mobile: string | null
  readonly professionalId: string | null
  readonly state: MembershipState
  /** When it came into this state, Unix ms. */
  readonly stateAt: number
  readonly functions: readonly HeldFunction[]
}

/** Something that happened to a member in this organisation. */
export interface MemberEvent {
  readonly seq: number
  /** Unix ms. */
  readonly at: number
  readonly action: string
  /** Id of the person who did it; null when it was no person. */
  readonly by: string | null
  /** His name, when he is known to the organisation. */
  readonly byName: string | null
  readonly function: string | null
}

const EVENTS_MAX = 50

/** @returns undefined when the person is nothing to the organisation, as if there were none. */
export async function findMember(
  db: Db,
  { organisationId, personId }: { organisationId: string; personId: string },
): Promise<Member | undefined> {
  const row = await db
    .selectFrom('membership')
    .innerJoin('person', 'person.id', 'membership.person_id')
    .select(['membership.id', 'membership.state', 'membership.state_at'])
    .select(['membership.given_name', 'membership.family_name'])
    .select(['person.email', 'person.mobile', 'person.professional_id'])
    .where('membership.organisation_id', '=', organisationId)
    .where('membership.person_id', '=', personId)
    .executeTakeFirst()
  if (row === undefined) return undefined
  const isKnown = row.state === 'active' || row.state === 'suspended'
  return {
    personId,
    givenName: row.given_name,
    familyName: row.family_name,
    email: row.email,
    mobile: isKnown ? row.mobile : null,
    professionalId: isKnown ? row.professional_id : null,
    state: row.state,
    stateAt: row.state_at,
    functions: await listFunctions(db, row.id),
  }
}

/** What the journal has of a member in this organisation and no other, the latest first. */
export async function listMemberEvents(
  db: Db,
  { organisationId, personId }: { organisationId: string; personId: string },
): Promise<MemberEvent[]> {
  const rows = await db
    .selectFrom('journal_entry')
    .select(['seq', 'at', 'actor', 'action', 'detail_json'])
    .where('subject', '=', personId)
    .where(sql<boolean>`action not in ('document.sealed', 'documents.sealed', 'digests.signed')`)
    .where('action', 'like', 'member.%')
    .where('detail_json', 'like', `%"organisation":"${organisationId}"%`)
    .orderBy('seq', 'desc')
    .limit(EVENTS_MAX)
    .execute()
  const names = await namesOf(
    db,
    organisationId,
    rows.flatMap(({ actor }) => personOf(actor) ?? []),
  )
  return rows.map(({ seq, at, actor, action, detail_json: json }) => {
    const by = personOf(actor) ?? null
    const held = decodeDetail(json)?.function
    const byName = by === null ? null : (names.get(by) ?? null)
    return { seq, at, action, by, byName, function: typeof held === 'string' ? held : null }
  })
}

function personOf(actor: string): string | undefined {
  return actor.startsWith('person:') ? actor.slice('person:'.length) : undefined
}

async function namesOf(
  db: Db,
  organisationId: string,
  personIds: readonly string[],
): Promise<Map<string, string>> {
  if (personIds.length === 0) return new Map()
  const rows = await db
    .selectFrom('membership')
    .select(['person_id', 'given_name', 'family_name'])
    .where('organisation_id', '=', organisationId)
    .where('person_id', 'in', [...new Set(personIds)])
    .execute()
  return new Map(rows.map((row) => [row.person_id, `${row.given_name} ${row.family_name}`]))
}
