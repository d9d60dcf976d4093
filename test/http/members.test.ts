import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import type { Env } from '../../src/http/env.ts'
import { problemFor } from '../../src/http/problem.ts'
import { renderProblem } from '../../src/http/render-problem.tsx'
import { csrfProtection } from '../../src/http/web/csrf.ts'
import { memberRoutes } from '../../src/http/web/members.tsx'
import { makeListMembersWaiting } from '../../src/http/web/members-waiting.ts'
import { organisationRoutes } from '../../src/http/web/organisations.tsx'
import { switchRoutes } from '../../src/http/web/switch.ts'
import type { WebEnv } from '../../src/http/web/web-env.ts'
import { whoAsks } from '../../src/http/web/who-asks.ts'
import { makeIdMaker } from '../../src/ids.ts'
import { makeSessions } from '../../src/people/accounts/sessions.ts'
import { foundFurtherOrganisation } from '../../src/people/founding.ts'
import { makePeople } from '../../src/people/people.ts'
import { enterMember, foundOrganisation } from '../../src/people/service.ts'
import { findActor, listCapacities } from '../../src/people/standing.ts'
import { listEndingTerms, listInvitations } from '../../src/people/waiting.ts'
import type { MemberFunction } from '../../src/rights/matrix.ts'
import { openTestDatabase } from '../support/databases.ts'

const COUNCIL = { kind: 'council', name: 'Conseil', siren: '123456782' } as const
const XSS = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
const makeId = makeIdMaker()

/** The pages with real sessions on a real database: a council, a firm, and who signs in. */
async function openPages() {
  const { db } = await openTestDatabase('sqlite')
  const now = Date.now
  const deps = {
    ...{ db, now, makeId },
    enqueueNotice: async () => undefined,
    needsEnrolment: async () => false,
    openEnrolment: async () => undefined,
    hasCertificate: async () => true,
  }
  const sessions = makeSessions(deps)
  const members = makePeople(deps)
  const { id: council } = await foundOrganisation(deps, COUNCIL)
  const sg = await enter(council, 'Étienne', 'secretary-general')
  const accountant = await enter(council, 'Alain', 'accountant')
  const firm = await foundFurtherOrganisation(deps, {
    ...{ kind: 'firm', name: 'Cabinet', siren: '732829320', address: '' },
    ...{ function: 'accountant', by: accountant },
  })
  const pages = new Hono<WebEnv>()
    .use(
      whoAsks({
        findSession: (token) => sessions.findSession(token),
        findActor: (who) => findActor(db, { ...who, now: now() }),
        describePerson: async (personId) => ({
          ...{ name: 'X', waiting: 0, banner: undefined },
          capacities: await listCapacities(db, personId, now()),
        }),
      }),
    )
    .use(csrfProtection())
    .route(
      '/',
      memberRoutes({
        ...{ members, now },
        findCertificateOf: async () => ({ serial: '0a0b', notAfter: now() + 1e9 }),
      }),
    )
    .route('/', organisationRoutes({ members, now }))
    .route('/', switchRoutes(sessions))
  const app = new Hono<Env>()
    .route('/', pages)
    .onError((error, c) => renderProblem(c, problemFor(error)))
  return { db, deps, members, sessions, council, firm, sg, accountant, enter, signIn }

  function enter(organisationId: string, givenName: string, held: MemberFunction) {
    const email = `${givenName.replace(/\W/g, '')}@croec.example`.toLowerCase()
    const named = { givenName, familyName: 'LACROIX', email }
    return enterMember({ db, now }, { organisationId, ...named, function: held, validTo: null })
  }

  async function signIn(personId: string, organisationId: string) {
    const started = await sessions.startSession({
      ...{ personId, methods: ['passkey'], ip: '127.0.0.1', userAgent: 'test' },
    })
    const chosen = await sessions.chooseOrganisation(started.session.id, organisationId)
    const { token, session } = await sessions.markStepUp(chosen.session.id, 'passkey')
    const headers = { cookie: `__Host-sceau=${token}` }
    return {
      session,
      get: (path: string) => app.request(path, { headers }),
      post: (path: string, fields: Record<string, string> = {}) =>
        app.request(path, {
          ...{ method: 'POST', headers },
          body: new URLSearchParams({ csrf: session.csrf, ...fields }),
        }),
    }
  }
}

const INVITED = {
  ...{ givenName: 'Zoé', familyName: 'Martin', email: 'zoe@croec.example', locale: 'fr' },
  ...{ function: 'president', firstDay: '', lastDay: '', social: 'Présidente', technical: '' },
}

describe('the pages of members', () => {
  test('list, search and count those of the organisation for which one acts', async () => {
    const { council, sg, signIn } = await openPages()
    const browser = await signIn(sg, council)

    const all = await (await browser.get('/members')).text()
    const some = await (await browser.get('/members?q=alain&state=active')).text()
    const none = await (await browser.get('/members?function=auditor&page=999&q=%25')).text()

    expect(all).toContain('Étienne LACROIX')
    expect(all).toContain('Expert-comptable')
    expect(some).toContain('Alain')
    expect(some).not.toContain('Étienne LACROIX</a>')
    expect(none).toContain('Aucun membre')
  })

  test('speak English when asked', async () => {
    const { council, sg, signIn } = await openPages()
    const browser = await signIn(sg, council)

    const page = await (await browser.get(`/members/${sg}?lang=en`)).text()

    expect(page).toContain('Functions and terms')
    expect(page).toContain('Secretary General')
    expect(page).toContain('the operator')
  })

  test('invite, and tell when there was an invitation already', async () => {
    const { council, sg, signIn } = await openPages()
    const browser = await signIn(sg, council)

    const first = await browser.post('/members/invite', INVITED)
    const second = await browser.post('/members/invite', INVITED)
    const page = await (await browser.get(first.headers.get('location') ?? '')).text()

    expect([first.status, second.status]).toEqual([303, 303])
    expect(second.headers.get('location')).toContain('done=invitedAlready')
    expect(page).toContain('L’invitation est partie')
    expect(page).toContain('Présidente')
  })

  test.each([
    ['givenName', { givenName: '' }],
    ['givenName', { givenName: 'x'.repeat(101) }],
    ['familyName', { familyName: 'x'.repeat(5_000) }],
    ['email', { email: 'nobody' }],
    ['email', { email: `${'x'.repeat(250)}@a.example` }],
    ['function', { function: 'king' }],
    ['locale', { locale: 'de' }],
    ['firstDay', { firstDay: '2026-02-30' }],
    ['lastDay', { lastDay: 'tomorrow' }],
    ['lastDay', { lastDay: '2020-01-01' }],
    ['social', { social: 'x'.repeat(201) }],
    ['technical', { technical: 'x'.repeat(201) }],
    ['email', { email: 'tienne@croec.example' }],
  ])('ask again when %s is wrong: %j', async (field, wrong) => {
    const { council, sg, signIn } = await openPages()
    const browser = await signIn(sg, council)

    const answer = await browser.post('/members/invite', { ...INVITED, ...wrong })
    const page = await answer.text()

    expect(answer.status).toBe(422)
    expect(page).toContain(`id="field-${field}-error"`)
    expect(page).toContain('aria-invalid="true"')
  })

  test('give and end functions, suspend, resume and end, each after a page that says so', async () => {
    const { council, sg, accountant, signIn, members } = await openPages()
    const browser = await signIn(sg, council)
    const home = `/members/${accountant}`
    const of = { organisationId: council, personId: accountant }

    const given = {
      function: 'treasurer',
      firstDay: '',
      lastDay: '2099-12-31',
      social: '',
      technical: '',
    }
    expect((await browser.post(`${home}/function`, given)).status).toBe(303)
    const held = (await members.findMember(of))?.functions.find(
      (one) => one.function === 'treasurer',
    )
    expect(held?.validTo).toBe(Date.UTC(2099, 11, 31, 23))
    expect(await (await browser.get(`${home}/functions/${held?.id}/end`)).text()).toContain(
      'Trésorier',
    )
    expect((await browser.post(`${home}/functions/${held?.id}/end`, { lastDay: '' })).status).toBe(
      303,
    )
    for (const [change, state] of [
      ['suspend', 'suspended'],
      ['resume', 'active'],
      ['end', 'ended'],
    ]) {
      const page = await browser.get(`${home}/${change}`)
      expect(await page.text()).toContain('Alain LACROIX')
      expect((await browser.post(`${home}/${change}`)).status).toBe(303)
      expect((await members.findMember(of))?.state).toBe(state)
    }
    expect((await browser.post(`${home}/end`)).status).toBe(404)
  })

  test('refuse that the last administrator ends himself, in words', async () => {
    const { council, sg, signIn } = await openPages()
    const browser = await signIn(sg, council)

    const answer = await browser.post(`/members/${sg}/end`)

    expect(answer.status).toBe(409)
    expect(await answer.text()).toContain('plus d’administrateur')
  })
})

describe('what belongs to another organisation', () => {
  test('is absent on every page and for every act, as if there were none', async () => {
    const { council, firm, sg, accountant, enter, signIn } = await openPages()
    const stranger = await enter(firm, 'Paul', 'staff')
    const browser = await signIn(sg, council)
    const [held] = ['x']
    const pages = ['', '/function', '/suspend', '/resume', '/end', `/functions/${held}/end`]
    const acts = pages.slice(1)
    const statuses = async (personId: string) => [
      ...(await Promise.all(pages.map((page) => browser.get(`/members/${personId}${page}`)))),
      ...(await Promise.all(acts.map((act) => browser.post(`/members/${personId}${act}`)))),
    ]

    for (const id of [stranger, 'nobody', '%00', 'x'.repeat(500), '..%2f..%2fetc', "'--"]) {
      const answers = await statuses(id)
      expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 404))
    }
    const [foreign, none] = await Promise.all(
      [stranger, 'nobody'].map(async (id) => (await browser.get(`/members/${id}`)).text()),
    )
    expect(foreign?.replaceAll(stranger, '')).toBe(none?.replaceAll('nobody', ''))
    expect(await (await browser.get('/members')).text()).not.toContain('Paul')
    expect((await browser.get(`/members/${accountant}`)).status).toBe(200)
  })

  test('cannot be chosen, accepted or refused', async () => {
    const { council, firm, sg, signIn } = await openPages()
    const browser = await signIn(sg, council)

    expect((await browser.post('/switch', { organisationId: firm })).status).toBe(403)
    expect((await browser.get(`/organisations/${firm}/invitation`)).status).toBe(404)
    expect((await browser.post(`/organisations/${firm}/accept`)).status).toBe(404)
    expect((await browser.post(`/organisations/${firm}/refuse`)).status).toBe(404)
    expect((await browser.get('/members')).status).toBe(200)
  })
})

describe('rights', () => {
  test.each([
    ['president', { list: 200, invite: 403, function: 403, suspend: 200, end: 403 }],
    ['permanent', { list: 403, invite: 403, function: 403, suspend: 403, end: 403 }],
    ['accountant', { list: 403, invite: 403, function: 403, suspend: 403, end: 403 }],
    ['auditor', { list: 200, invite: 403, function: 403, suspend: 403, end: 403 }],
    ['security-officer', { list: 200, invite: 403, function: 403, suspend: 200, end: 403 }],
  ] as const)('of a %s in a council', async (held, expected) => {
    const { council, sg, enter, signIn } = await openPages()
    const browser = await signIn(await enter(council, 'Bob', held), council)
    const of = async (path: string) => (await browser.get(path)).status

    expect({
      list: await of('/members'),
      invite: await of('/members/invite'),
      function: await of(`/members/${sg}/function`),
      suspend: await of(`/members/${sg}/suspend`),
      end: await of(`/members/${sg}/end`),
    }).toEqual(expected)
  })

  test('of an accountant in his firm: he invites', async () => {
    const { firm, accountant, signIn, members } = await openPages()
    const browser = await signIn(accountant, firm)

    expect((await browser.post('/members/invite', INVITED)).status).toBe(303)
    expect(await members.countMembers(firm)).toMatchObject({ invited: 1, active: 1 })
  })

  test('end with the function, and with the membership, at the next request', async () => {
    const { council, sg, enter, signIn, members } = await openPages()
    const personId = await enter(council, 'Bob', 'secretary-general')
    const browser = await signIn(personId, council)
    expect((await browser.get('/members')).status).toBe(200)

    await members.suspendMember({ organisationId: council, personId, by: sg })

    expect((await browser.get('/members')).status).toBe(403)
  })
})

describe('organisations', () => {
  test('are found, chosen with a new token, and never lead elsewhere', async () => {
    const { council, sg, signIn, members } = await openPages()
    const browser = await signIn(sg, council)
    const fields = {
      ...{ name: 'Cabinet Lacroix', kind: 'firm', siren: '443 061 841', address: '1 rue\nParis' },
      function: 'secretary-general',
    }

    expect((await browser.post('/organisations/found', fields)).status).toBe(303)
    const again = await browser.post('/organisations/found', fields)
    const mine = await members.listOrganisations(sg)
    const added = mine.find(({ name }) => name === 'Cabinet Lacroix')
    const organisationId = added?.id ?? ''
    const answer = await browser.post('/switch', { organisationId, next: '//evil.example' })

    expect(again.status).toBe(422)
    expect(await again.text()).toContain('SIREN existe déjà')
    expect(added).toMatchObject({ siren: '443061841', functions: ['secretary-general'] })
    expect(answer.headers.get('location')).toBe('/home')
    expect(answer.headers.get('set-cookie')).toMatch(
      /^__Host-sceau=[^;]+; Path=\/; HttpOnly; Secure/,
    )
    expect((await browser.get('/members')).status).toBe(303)
  })

  test.each([
    ['name', { name: '' }],
    ['name', { name: 'x'.repeat(201) }],
    ['kind', { kind: 'council' }],
    ['siren', { siren: '123456789' }],
    ['address', { address: 'x'.repeat(501) }],
    ['function', { function: 'king' }],
    ['function', { function: 'staff' }],
    ['function', { kind: 'other' }],
  ])('ask again when %s is wrong: %j', async (field, wrong) => {
    const { council, sg, signIn } = await openPages()
    const browser = await signIn(sg, council)
    const fields = {
      name: 'Cabinet',
      kind: 'firm',
      siren: '443061841',
      address: '',
      function: 'accountant',
    }

    const answer = await browser.post('/organisations/found', { ...fields, ...wrong })

    expect(answer.status).toBe(422)
    expect(await answer.text()).toContain(`id="field-${field}-error"`)
  })

  test('that invite wait on the home page until they have their answer', async () => {
    const { db, council, firm, sg, accountant, signIn, members } = await openPages()
    const owner = await signIn(accountant, firm)
    await owner.post('/members/invite', { ...INVITED, email: 'tienne@croec.example' })
    const waiting = makeListMembersWaiting({
      listInvitations: (personId) => listInvitations(db, personId),
      listEndingTerms: (actor) => listEndingTerms(db, actor, Date.now()),
    })
    const items = await waiting({ personId: sg, actor: undefined })
    const browser = await signIn(sg, council)

    expect(items).toMatchObject([{ kind: 'invitation', href: `/organisations/${firm}/invitation` }])
    expect(await (await browser.get(items[0]?.href ?? '')).text()).toContain('Cabinet vous invite')
    expect((await browser.post(`/organisations/${firm}/accept`)).status).toBe(303)
    expect((await members.listOrganisations(sg)).map(({ id }) => id)).toContain(firm)
    expect(await waiting({ personId: sg, actor: undefined })).toEqual([])
  })
})

describe('a text that would be a script', () => {
  test('is shown as a text on every page', async () => {
    const { council, sg, signIn } = await openPages()
    const browser = await signIn(sg, council)
    const wrong = { ...INVITED, givenName: XSS, familyName: XSS, social: XSS, technical: XSS }
    const invited = await browser.post('/members/invite', wrong)
    const home = (invited.headers.get('location') ?? '').split('?')[0]
    const founded = {
      name: XSS,
      kind: 'firm',
      siren: '443061841',
      address: XSS,
      function: 'accountant',
    }
    await browser.post('/organisations/found', founded)

    for (const path of [
      ...['/members', `/members?q=${encodeURIComponent(XSS)}`, `${home}`, `${home}/function`],
      ...[`${home}/end`, '/organisations'],
    ]) {
      const page = await (await browser.get(path)).text()
      expect(page).not.toContain('<script>alert')
      expect(page).not.toContain('<img src=x')
    }
    const again = await browser.post('/members/invite', { ...wrong, email: XSS, function: XSS })
    expect(await again.text()).not.toContain('<img src=x')
  })
})
