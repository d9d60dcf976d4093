import { type CompiledQuery, Kysely } from 'kysely'
import { expect, onTestFinished, test } from 'vitest'
import type { Schema } from '../../src/db/schema.ts'
import { makeSqliteDialect } from '../../src/db/sqlite-dialect.ts'
import { countMembers, listMembersPage } from '../../src/people/lists.ts'
import { findMember, listMemberEvents } from '../../src/people/member.ts'
import { listMyOrganisations } from '../../src/people/my-organisations.ts'
import { enterMember, foundOrganisation } from '../../src/people/service.ts'
import { findActor, listCapacities } from '../../src/people/standing.ts'
import { findMembership, listOrganisationsBySiren } from '../../src/people/store.ts'
import { listEndingTerms, listInvitations } from '../../src/people/waiting.ts'
import { openTestDatabase } from '../support/databases.ts'

const NOW = 1_000_000
/** The oldest organisation is the first row of its index, and no more is read. */
const SCANS = /^SCAN (?!CONSTANT|organisation USING INDEX organisation_by_age)/

test('no list of people walks a whole table', async () => {
  const { db, url } = await openTestDatabase('sqlite')
  const deps = { db, now: () => NOW }
  const council = { kind: 'council', name: 'Conseil', siren: '123456782' } as const
  const { id: organisationId } = await foundOrganisation(deps, council)
  const named = { givenName: 'Zoé', familyName: 'Martin', email: 'zoe@croec.example' }
  const held = { function: 'secretary-general', validTo: null } as const
  const personId = await enterMember(deps, { organisationId, ...named, ...held })
  const asked: CompiledQuery[] = []
  const heard = new Kysely<Schema>({
    dialect: makeSqliteDialect(url.replace('sqlite:', '')),
    log({ query }) {
      asked.push(query)
    },
  })
  onTestFinished(() => heard.destroy())
  const of = { organisationId, personId }
  const actor = {
    kind: 'person',
    id: personId,
    organisationId,
    functions: [held.function],
  } as const
  const page = { offset: 0, limit: 50 }
  const filters = [{}, { search: 'zoe' }, { state: 'invited' }, { function: 'president' }] as const

  for (const filter of filters) {
    await listMembersPage(heard, { organisationId, now: NOW, ...filter }, page)
  }
  await countMembers(heard, organisationId)
  await findMember(heard, of)
  await listMemberEvents(heard, of)
  await listMyOrganisations(heard, personId, NOW)
  await listCapacities(heard, personId, NOW)
  await findActor(heard, { ...of, now: NOW })
  await findMembership(heard, of)
  await listInvitations(heard, personId)
  await listEndingTerms(heard, actor, NOW)
  await listOrganisationsBySiren(heard, council.siren)

  const queries = [...asked]
  const scans: string[] = []
  for (const { sql, parameters, ...query } of queries) {
    const explained = { ...query, sql: `explain query plan ${sql}`, parameters }
    const { rows } = await heard.executeQuery<{ detail: string }>(explained)
    scans.push(...rows.flatMap(({ detail }) => (SCANS.test(detail) ? [`${detail}: ${sql}`] : [])))
  }
  expect(queries.length).toBeGreaterThan(15)
  expect(scans).toEqual([])
})
