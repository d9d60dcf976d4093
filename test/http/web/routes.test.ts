import { Hono } from 'hono'
import { describe, expect, test } from 'vitest'
import { problemFor } from '../../../src/http/problem.ts'
import { accessOf } from '../../../src/http/web/access.ts'
import { csrfProtection } from '../../../src/http/web/csrf.ts'
import { type WebDeps, webRoutes } from '../../../src/http/web/routes.ts'

/** What every area is given is asked for when a request comes: a walk through the router asks nothing. */
const deps: WebDeps = new Proxy(Object.create(null), {
  get: (_target, name) => () => {
    throw new Error(`${String(name)} was asked`)
  },
})
const app = webRoutes(deps)
const routes = [
  ...new Map(
    app.routes
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => [`${method} ${path}`, { method, path }] as const),
  ).values(),
]
const accessesOf = ({ method, path }: { method: string; path: string }) =>
  app.routes
    .filter((route) => route.method === method && route.path === path)
    .flatMap(({ handler }) => accessOf(handler) ?? [])

/** What may be asked for without a sign-in: a new one is added here, with its reason in mind. */
const OPEN = [
  'GET /',
  // By the link of an invitation, until there is a password.
  'GET /enrol/:token{[A-Za-z0-9_-]{43}}',
  'POST /enrol/:token{[A-Za-z0-9_-]{43}}',
  'GET /enrol',
  'POST /enrol/mail',
  'POST /enrol/mail-code',
  'POST /enrol/mobile',
  'POST /enrol/mobile-code',
  'POST /enrol/identity',
  'POST /enrol/certificate',
  'POST /enrol/conditions',
  'POST /enrol/password',
  'POST /enrol/resume',
  'POST /enrol/passkey/options',
  'POST /enrol/passkey',
  'POST /enrol/factor',
  'GET /sign-in',
  'POST /sign-in',
  'GET /sign-in/oidc',
  'GET /sign-in/oidc/callback',
  'GET /sign-in/factor',
  'POST /sign-in/factor',
  'POST /sign-in/factor/options',
  'POST /sign-in/factor/passkey',
  'POST /sign-in/passkey',
  'POST /sign-in/passkey/options',
]

test.each(routes)('$method $path names its access once', (route) => {
  expect(accessesOf(route)).toHaveLength(1)
})

test('no route is open that is not known to be', () => {
  const open = routes
    .filter((route) => accessesOf(route).some(({ kind }) => kind === 'open'))
    .map(({ method, path }) => `${method} ${path}`)

  expect(open.filter((route) => !OPEN.includes(route))).toEqual([])
})

describe('somebody who has not signed in', () => {
  const closed = routes.filter((route) => accessesOf(route).some(({ kind }) => kind !== 'open'))
  const addressOf = (path: string) => path.replaceAll(/:\w+(\{[^}]*\})?/g, 'x')

  test.each(closed.filter(({ method }) => method === 'GET'))(
    'is led from $path to the sign-in',
    async ({ path }) => {
      const answer = await app.request(addressOf(path))

      expect(answer.status).toBe(303)
      expect(answer.headers.get('location')).toMatch(/^\/sign-in\?next=/)
    },
  )

  test.each(routes.filter(({ method }) => method !== 'GET'))(
    'is refused $method $path without a token of this site',
    async ({ method, path }) => {
      const guarded = new Hono()
        .route('/', app)
        .onError((error, c) => c.text('', problemFor(error).status))

      const answer = await guarded.request(addressOf(path), { method })

      expect(answer.status).toBe(403)
    },
  )
})

test('the protection of forms is asked before any route', () => {
  const first = app.routes.findIndex(({ method }) => method !== 'ALL')
  const names = app.routes.slice(0, first).map(({ handler }) => handler.name)

  expect(names).toContain(csrfProtection().name)
})
