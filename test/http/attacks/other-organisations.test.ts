import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Answer, Browser } from './browser.ts'
import { dumpTables } from './dump.ts'
import { buildHouse, type House } from './house.ts'
import { addressOf, hasParameter, listRoutes } from './routes.ts'
import { openSite } from './site.ts'

type Values = Readonly<Record<string, string>>

/** What of a house an address may name, and who of the house may open it there. */
interface Things {
  readonly values: (house: House) => readonly Values[]
  readonly whose: 'admin' | 'member' | 'invited'
}

const certificates = ({ ids }: House) => [
  { id: ids.personCertificate },
  { id: ids.sealCertificate },
]
const enrolments = ({ ids }: House) => [
  { id: ids.submittedEnrolment },
  { id: ids.invitedEnrolment },
]

/** By the beginning of the path. A new area with ids in its addresses is added here. */
const THINGS: Readonly<Record<string, Things>> = {
  '/certificates/': { values: certificates, whose: 'admin' },
  '/enrolments/': { values: enrolments, whose: 'admin' },
  '/members/': {
    values: ({ member, invited, ids }) => [
      { personId: member.personId, functionId: ids.functionId },
      { personId: invited.personId, functionId: ids.functionId },
    ],
    whose: 'admin',
  },
  '/my-certificate/': {
    values: ({ ids }) => [{ id: ids.personCertificate }],
    whose: 'member',
  },
  '/notices/': { values: ({ ids }) => [{ id: ids.notice }], whose: 'admin' },
  '/organisations/': { values: ({ organisation }) => [{ id: organisation.id }], whose: 'invited' },
  '/profile/passkeys/': { values: ({ ids }) => [{ id: ids.passkey }], whose: 'member' },
  '/profile/sessions/': {
    values: ({ admin, member }) => [{ id: member.session.id }, { id: admin.session.id }],
    whose: 'member',
  },
  '/seals/': { values: ({ ids }) => [{ id: ids.seal }], whose: 'admin' },
}

/** Whatever a form there may ask for, so that nothing but the owner is wrong. */
const FIELDS = {
  ...{ checkedName: 'on', checkedDocument: 'on', checkedNumber: 'on', checkedRegister: 'on' },
  ...{ method: 'document-at-a-distance', reason: 'keyCompromise', name: 'Nom', locale: 'fr' },
  ...{ function: 'treasurer', firstDay: '', lastDay: '', social: '', technical: '' },
}

/** What needs its holder's own secret, which no table holds: its possession is the right. */
const BY_POSSESSION = ['/enrol/:token{[A-Za-z0-9_-]{43}}']

const site = await openSite()
let owner: House
let other: House

beforeAll(async () => {
  await site.appliance.authority.create({ name: 'Conseil', siren: '012345674' }, 'p-256')
  owner = await buildHouse(site, { word: 'quintefeuille', siren: '123456782' })
  other = await buildHouse(site, { word: 'hautecombe', siren: '732829320' })
})
afterAll(() => site.close())

const closed = listRoutes(site).filter(
  (route) => hasParameter(route) && !BY_POSSESSION.includes(route.path),
)
const thingsOf = (path: string) =>
  Object.entries(THINGS).find(([beginning]) => path.startsWith(beginning))?.[1]

test.each(closed)('$method $path names things that a test knows', ({ path, access }) => {
  expect(access).not.toBe('open')
  expect(thingsOf(path)).toBeDefined()
})

describe.each([
  { name: 'another organisation', who: () => other, of: () => owner },
  { name: 'the organisation that owns the appliance', who: () => owner, of: () => other },
])('the administrator of $name', ({ who, of }) => {
  test.each(closed)('finds nothing at $method $path', async ({ method, path }) => {
    const before = await dumpTables(site.appliance.db)
    for (const values of thingsOf(path)?.values(of()) ?? []) {
      const answer = await ask(who().admin, method, addressOf(path, values))

      expect([403, 404]).toContain(answer.status)
      expect(leaksIn(answer, of(), Object.values(values))).toEqual([])
    }
    expect(await dumpTables(site.appliance.db)).toEqual(before)
  })

  test.each(listRoutes(site).filter((route) => route.method === 'GET' && !hasParameter(route)))(
    'sees nothing of the other at $path',
    async ({ path }) => {
      const { organisation, ids, member } = of()
      const answer = await who().admin.get(path)
      const named = [organisation.id, member.personId, ...Object.values(ids)]

      expect(answer.status).toBeLessThan(500)
      expect(leaksIn(answer, of(), [])).toEqual([])
      expect(named.filter((id) => answer.text.includes(id))).toEqual([])
    },
  )

  test('finds nothing of the other by searching for it', async () => {
    const { organisation, member, secrets, ids } = of()
    const named = [organisation.id, member.personId, ...Object.values(ids)]
    for (const word of [...secrets, ...secrets.map((secret) => secret.slice(0, 5)), '%', '_', '']) {
      const text = encodeURIComponent(word)
      for (const list of [
        `/members?q=${text}`,
        `/members?q=${text}&state=invited`,
        `/certificates?holder=${text}`,
        `/certificates?serial=${text}`,
        `/notices?kind=${text}`,
        `/notices?before=${ids.notice}`,
        '/enrolments?filter=all',
        '/enrolments?filter=to-verify',
      ]) {
        const answer = await who().admin.get(list)
        // The word that was searched for stands in the field again.
        expect(leaksIn(answer, of(), [word])).toEqual([])
        expect(named.filter((id) => answer.text.includes(`/${id}`))).toEqual([])
      }
    }
  })

  test('does not act for the other by choosing it', async () => {
    const { admin } = who()
    const answer = await admin.post('/switch', { organisationId: of().organisation.id })

    expect([403, 404]).toContain(answer.status)
    expect(leaksIn(await admin.get('/members'), of(), [])).toEqual([])
  })
})

test('a link to an enrolment shows nothing to somebody else who has signed in', async () => {
  const { data_json } = await site.appliance.db
    .selectFrom('notice')
    .select('data_json')
    .where('id', '=', owner.ids.notice)
    .executeTakeFirstOrThrow()
  const path = `/enrol/${JSON.parse(data_json).token}`
  const before = await dumpTables(site.appliance.db)

  const answers = [await other.admin.get(path), await other.admin.post(path)]

  expect(answers.flatMap((answer) => leaksIn(answer, owner, []))).toEqual([])
  expect(await dumpTables(site.appliance.db)).toEqual(before)
})

describe('whoever it belongs to', () => {
  test.each(closed.filter(({ method }) => method === 'GET'))('finds it at $path', async (route) => {
    const { path } = route
    const things = thingsOf(path)
    if (things === undefined) throw new RangeError(path)
    const [first = {}] = things.values(owner)

    const { status } = await owner[things.whose].get(addressOf(path, first))

    expect(status).toBe(200)
  })
})

test.each(['link', 'restart', 'block'])(
  'the administrator of its own organisation does «%s» with an enrolment',
  async (act) => {
    const { admin, ids } = owner

    expect((await admin.post(`/enrolments/${ids.invitedEnrolment}/${act}`)).status).toBe(303)
  },
)

function ask(browser: Browser, method: string, path: string): Promise<Answer> {
  return method === 'GET' ? browser.get(path) : browser.post(path, FIELDS)
}

/** What an answer says of a house but for what the question said itself. */
function leaksIn(answer: Answer, { secrets }: House, asked: readonly string[]): string[] {
  const said = [answer.text, ...answer.headers.values()].join('\n').toLowerCase()
  const rest = asked
    .filter((text) => text.length > 1)
    .reduce((text, word) => text.replaceAll(word.toLowerCase(), ''), said)
  return secrets.filter((secret) => rest.includes(secret.toLowerCase()))
}
