import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { problemFor } from '../../../src/http/problem.ts'
import { allowed, open, signedIn, withStepUp } from '../../../src/http/web/access.ts'
import { csrfProtection } from '../../../src/http/web/csrf.ts'
import { readForm } from '../../../src/http/web/forms.ts'
import { frameOf } from '../../../src/http/web/frame.ts'
import type {
  MemberEnv,
  SignedInEnv,
  WebEnv,
  WebPeople,
  WebSession,
} from '../../../src/http/web/web-env.ts'
import { whoAsks } from '../../../src/http/web/who-asks.ts'
import type { MemberFunction } from '../../../src/rights/matrix.ts'

const NOW = 1_000_000_000
const SESSION: WebSession = {
  id: 's1',
  personId: 'ada',
  organisationId: 'council',
  csrf: 'token-of-the-session',
  stepUpAt: null,
}
const FIELDS = z.object({ name: z.string().min(1, 'missing'), password: z.string() })

function people(session: WebSession, functions: readonly MemberFunction[]): WebPeople {
  return {
    findSession: async (token) => (token === 'good' ? session : undefined),
    findActor: async ({ personId, organisationId }) => ({
      kind: 'person',
      id: personId,
      organisationId,
      functions,
    }),
    describePerson: async () => ({ name: 'Ada', capacities: [], waiting: 0, banner: undefined }),
  }
}

function app(session = SESSION, functions: readonly MemberFunction[] = ['secretary-general']) {
  const mine = new Hono<SignedInEnv>()
    .get('/profile', signedIn(), (c) => c.text(c.var.session.personId))
    .post(
      '/secret',
      signedIn(),
      withStepUp(() => NOW),
      (c) => c.text('done'),
    )
  const members = new Hono<MemberEnv>()
    .get('/members', allowed('member.list'), (c) => c.text(c.var.actor.organisationId))
    .post(
      '/verify/:id',
      allowed('identity.verify', (c) => c.req.param('id')),
      (c) => c.text('ok'),
    )
  return new Hono<WebEnv>()
    .use(whoAsks(people(session, functions)))
    .use(csrfProtection())
    .get('/form', open(), (c) => c.text(frameOf(c).csrf))
    .post('/form', open(), (c) => c.json(readForm(c, FIELDS)))
    .route('/', mine)
    .route('/', members)
    .onError((error, c) => c.text(problemFor(error).title, problemFor(error).status))
}

const SIGNED_IN = { cookie: '__Host-sceau=good' }

function post(path: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
  const body = new URLSearchParams(fields)
  return { path, init: { method: 'POST', body, headers } }
}

describe('a form', () => {
  test('of somebody who has not signed in is taken with the token that his page carried', async () => {
    const page = await app().request('/form')
    const [cookie = ''] = (page.headers.get('set-cookie') ?? '').split(';')
    const csrf = await page.text()
    const { path, init } = post('/form', { csrf, name: ' Zoé ', password: ' x ' }, { cookie })

    const answer = await app().request(path, init)

    expect(page.headers.get('set-cookie')).toMatch(
      /^__Host-sceau-form=[\w-]{43}; Path=\/; HttpOnly; Secure; SameSite=Lax$/,
    )
    const value = { name: 'Zoé', password: ' x ' }
    expect(await answer.json()).toEqual({ ok: true, value })
  })

  test.each([
    ['no token', {}, {}],
    ['another token', { csrf: 'x' }, {}],
    ['the token of nobody', { csrf: 'token-of-the-session' }, { cookie: '__Host-sceau=bad' }],
    ['a foreign origin', { csrf: SESSION.csrf }, { origin: 'https://evil.example' }],
    ['a foreign site', { csrf: SESSION.csrf }, { 'sec-fetch-site': 'cross-site' }],
    ['a site beside', { csrf: SESSION.csrf }, { 'sec-fetch-site': 'same-site' }],
  ])('with %s is refused', async (_what, fields, headers) => {
    const { path, init } = post('/form', fields, { ...SIGNED_IN, ...headers })

    expect((await app().request(path, init)).status).toBe(403)
  })

  test('with a wrong field says which, and shows again what is no secret', async () => {
    const fields = { csrf: SESSION.csrf, name: '', password: 'hush', other: 'here' }
    const { path, init } = post('/form', fields, SIGNED_IN)

    expect(await (await app().request(path, init)).json()).toEqual({
      ok: false,
      errors: { name: 'missing' },
      values: { name: '', other: 'here' },
    })
  })

  test('that is too large is refused', async () => {
    const fields = { csrf: SESSION.csrf, name: 'x'.repeat(300_000) }
    const { path, init } = post('/form', fields, SIGNED_IN)

    expect((await app().request(path, init)).status).toBe(413)
  })
})

describe('access', () => {
  test('without a session leads to the sign-in, and back to the page', async () => {
    const answer = await app().request('/members?q=1')

    expect(answer.status).toBe(303)
    expect(answer.headers.get('location')).toBe('/sign-in?next=%2Fmembers')
  })

  test('of htmx is led there whole', async () => {
    const answer = await app().request('/members', { headers: { 'hx-request': 'true' } })

    expect(answer.headers.get('hx-redirect')).toBe('/sign-in?next=%2Fmembers')
  })

  test.each<[string, readonly MemberFunction[], number]>([
    ['that entitles', ['secretary-general'], 200],
    ['among several that entitles', ['elected', 'auditor'], 200],
    ['that does not', ['permanent'], 403],
    ['of none', [], 403],
  ])('by a function %s is %s → %i', async (_what, functions, status) => {
    const answer = await app(SESSION, functions).request('/members', { headers: SIGNED_IN })

    expect(answer.status).toBe(status)
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  test('is refused before an organisation is chosen', async () => {
    const lost = { ...SESSION, organisationId: null }

    expect((await app(lost).request('/members', { headers: SIGNED_IN })).status).toBe(403)
    expect((await app(lost).request('/profile', { headers: SIGNED_IN })).status).toBe(200)
  })

  test.each([
    ['ada', 403],
    ['bob', 200],
  ])('about oneself is refused: %s → %i', async (id, status) => {
    const { path, init } = post(`/verify/${id}`, { csrf: SESSION.csrf }, SIGNED_IN)

    expect((await app().request(path, init)).status).toBe(status)
  })

  test.each([
    ['never', null, 303],
    ['a minute ago', NOW - 60_000, 200],
    ['ten minutes ago', NOW - 600_000, 303],
  ])('to sensitive acts asks for a fresh factor: %s', async (_when, stepUpAt, status) => {
    const { path, init } = post('/secret', { csrf: SESSION.csrf }, SIGNED_IN)

    expect((await app({ ...SESSION, stepUpAt }).request(path, init)).status).toBe(status)
  })
})
