import type { Db } from '../src/db/database.ts'
import { makeInsertRows } from '../src/db/insert-rows.ts'
import type { NewEntry } from '../src/journal/entry.ts'
import { appendEntries } from '../src/journal/store.ts'
import { sortName } from '../src/people/model.ts'

/** How much there is to be. */
export interface Crowd {
  readonly persons: number
  readonly organisations: number
  readonly entries: number
}

const ENTRIES_A_TRANSACTION = 50_000
/** One entry in so many is about a person. */
const OF_PERSONS = 10
const GIVEN_NAMES = ['Anne', 'Bruno', 'Chloé', 'Denis', 'Élise', 'Farid', 'Gaëlle', 'Hugo']
const FAMILY_NAMES = ['Martin', 'Lefèvre', 'Benali', 'Nguyen', 'Girard', 'Özdemir', 'Rousseau']
const FUNCTIONS = ['accountant', 'staff', 'elected', 'permanent'] as const

const insertOrganisations = makeInsertRows('organisation', [
  ...(['id', 'kind', 'name', 'siren', 'created_at'] as const),
])
const insertPersons = makeInsertRows('person', [
  ...(['id', 'given_name', 'family_name', 'email', 'created_at'] as const),
])
const insertMemberships = makeInsertRows('membership', [
  ...(['id', 'organisation_id', 'person_id', 'valid_from', 'valid_to', 'state'] as const),
  ...(['given_name', 'family_name', 'sort_name', 'state_at'] as const),
])
const insertFunctions = makeInsertRows('member_function', [
  ...(['id', 'membership_id', 'function', 'valid_from', 'valid_to', 'created_at'] as const),
])

/**
 * Fill an appliance with people: everybody is a member of its first organisation and of one firm,
 * and the journal tells of them and of sealings.
 *
 * @param firstId - The organisation that is there.
 * @param at - Unix ms, the time of all of it.
 * @returns Id of the Secretary General of the first organisation.
 */
export async function seedPeople(
  db: Db,
  { persons, organisations, entries }: Crowd,
  { firstId, at }: { readonly firstId: string; readonly at: number },
): Promise<string> {
  const firms = Array.from({ length: organisations - 1 }, (_, i) => `firm-${i}`)
  const people = Array.from({ length: persons }, (_, i) => makePerson(i, at))
  const places = people.flatMap((person, i) => [
    placeOf(person, firstId, at),
    ...firms.slice(i % firms.length, (i % firms.length) + 1).map((id) => placeOf(person, id, at)),
  ])
  await db.transaction().execute(async (tx) => {
    // After the one that is there: the oldest owns the appliance.
    const { created_at: owned } = await tx
      .selectFrom('organisation')
      .select('created_at')
      .where('id', '=', firstId)
      .executeTakeFirstOrThrow()
    const firm = { kind: 'firm', created_at: Math.max(at, owned + 1) } as const
    await insertOrganisations(
      tx,
      firms.map((id, i) => ({ ...firm, id, name: `Cabinet ${i}`, siren: String(i) })),
    )
    await insertPersons(tx, people)
    await insertMemberships(tx, places)
    await insertFunctions(
      tx,
      places.map(({ id }, i) => ({
        ...{ id, membership_id: id, valid_from: at, valid_to: null, created_at: at },
        function: i === 0 ? 'secretary-general' : (FUNCTIONS[i % FUNCTIONS.length] ?? 'staff'),
      })),
    )
  })
  for (let done = 0; done < entries; done += ENTRIES_A_TRANSACTION) {
    const length = Math.min(ENTRIES_A_TRANSACTION, entries - done)
    const some = Array.from({ length }, (_, i) => makeEntry(done + i, { persons, firstId, at }))
    await db.transaction().execute((tx) => appendEntries(tx, some))
  }
  return personId(0)
}

function personId(number: number): string {
  return `person-${number}`
}

function makePerson(number: number, at: number) {
  return {
    id: personId(number),
    given_name: GIVEN_NAMES[number % GIVEN_NAMES.length] ?? '',
    family_name: `${FAMILY_NAMES[number % FAMILY_NAMES.length] ?? ''} ${number}`,
    email: `personne.${number}@croec.example`,
    created_at: at,
  }
}

function placeOf(person: ReturnType<typeof makePerson>, organisationId: string, at: number) {
  const { id, given_name: givenName, family_name: familyName, email } = person
  return {
    id: `${organisationId}:${id}`,
    organisation_id: organisationId,
    person_id: id,
    ...{ valid_from: at, valid_to: null, state: 'active' as const, state_at: at },
    ...{ given_name: givenName, family_name: familyName },
    sort_name: sortName({ givenName, familyName, email }),
  }
}

function makeEntry(number: number, of: { persons: number; firstId: string; at: number }): NewEntry {
  const at = of.at + number
  if (number % OF_PERSONS !== 0) {
    const detail = { seal: 'p-256', bytes: 102_400, number }
    return { at, actor: 'client:bench', action: 'document.sealed', subject: `s-${number}`, detail }
  }
  return {
    at,
    actor: `person:${personId(0)}`,
    action: 'member.function-set',
    subject: personId((number / OF_PERSONS) % of.persons),
    detail: { organisation: of.firstId, function: 'staff', from: at, to: null },
  }
}
