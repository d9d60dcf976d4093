import type { Db } from '../db/database.ts'
import type { PersonActor } from '../rights/can.ts'
import { isMemberFunction, type MemberFunction, type OrganisationKind } from '../rights/matrix.ts'
import { findFirstOrganisation } from './store.ts'

/** A person's place in an organisation, for the switcher: in which capacity one may act. */
export interface Standing {
  readonly organisationId: string
  readonly organisation: string
  readonly kind: OrganisationKind
  /** Those in force, in the order of the table of rights. */
  readonly functions: readonly MemberFunction[]
}

/**
 * Who acts for an organisation, with the functions that are in force at this moment.
 *
 * @returns undefined when the person is no active member there.
 */
export async function findActor(
  db: Db,
  { personId, organisationId, now }: { personId: string; organisationId: string; now: number },
): Promise<PersonActor | undefined> {
  const [standing] = await readStandings(db, { personId, organisationId, now })
  if (standing === undefined) return undefined
  const { kind: organisationKind, functions } = standing
  const isGuest = (await findFirstOrganisation(db))?.id !== organisationId
  return { kind: 'person', id: personId, organisationId, organisationKind, isGuest, functions }
}

/** Every organisation a person may act for now, by name. */
export async function listCapacities(db: Db, personId: string, now: number): Promise<Standing[]> {
  return readStandings(db, { personId, now })
}

async function readStandings(
  db: Db,
  asked: { readonly personId: string; readonly organisationId?: string; readonly now: number },
): Promise<Standing[]> {
  const { personId, organisationId, now } = asked
  const rows = await db
    .selectFrom('membership')
    .innerJoin('organisation', 'organisation.id', 'membership.organisation_id')
    .leftJoin('member_function', (join) =>
      join
        .onRef('member_function.membership_id', '=', 'membership.id')
        .on('member_function.valid_from', '<=', now)
        .on((eb) =>
          eb.or([
            eb('member_function.valid_to', 'is', null),
            eb('member_function.valid_to', '>', now),
          ]),
        ),
    )
    .select(['organisation.id', 'organisation.name', 'organisation.kind', 'function'])
    .where('membership.person_id', '=', personId)
    .where('membership.state', '=', 'active')
    .where('membership.valid_from', '<=', now)
    .where((eb) =>
      eb.or([eb('membership.valid_to', 'is', null), eb('membership.valid_to', '>', now)]),
    )
    .$if(organisationId !== undefined, (query) =>
      query.where('membership.organisation_id', '=', organisationId ?? ''),
    )
    .orderBy('organisation.name')
    .orderBy('organisation.id')
    .orderBy('member_function.valid_from')
    .orderBy('member_function.id')
    .execute()
  const standings = new Map<string, Standing & { functions: MemberFunction[] }>()
  for (const { id, name, kind, function: held } of rows) {
    const known = standings.get(id) ?? {
      organisationId: id,
      organisation: name,
      kind,
      functions: [],
    }
    standings.set(id, known)
    if (held !== null && isMemberFunction(held) && !known.functions.includes(held)) {
      known.functions.push(held)
    }
  }
  return [...standings.values()]
}
