import { Hono } from 'hono'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import type { Env } from '../../src/http/env.ts'
import { problemFor } from '../../src/http/problem.ts'
import type { Check } from '../../src/http/readiness.ts'
import { renderProblem } from '../../src/http/render-problem.tsx'
import { healthPageRoutes } from '../../src/http/web/health.tsx'
import { homeRoutes, type Waiting } from '../../src/http/web/home.tsx'
import { sealPageRoutes } from '../../src/http/web/seals.tsx'
import { settingsRoutes } from '../../src/http/web/settings.tsx'
import type { WebEnv, WebPeople } from '../../src/http/web/web-env.ts'
import { whoAsks } from '../../src/http/web/who-asks.ts'
import type { MemberFunction } from '../../src/rights/matrix.ts'
import { makeListSettings } from '../../src/settings.ts'
import { CONSEIL, GUARD, SEAL, WAITING } from '../views/shell-samples.ts'

const NOW = Date.UTC(2026, 10, 24, 9)

interface Asked {
  /** The functions of who is signed in; undefined for somebody without an organisation. */
  readonly functions?: readonly MemberFunction[]
  readonly isSignedIn?: boolean
  readonly waiting?: readonly Waiting[]
  readonly checks?: Readonly<Record<string, Check>>
}

/** The pages, asked by one person, over what the composition root would pass in. */
function appFor({ functions, isSignedIn = true, waiting = [], checks = OK }: Asked) {
  const people: WebPeople = {
    findSession: async () =>
      isSignedIn
        ? {
            id: 's1',
            personId: 'p1',
            organisationId: functions ? CONSEIL : null,
            csrf: 'token',
            stepUpAt: null,
          }
        : undefined,
    findActor: async ({ personId, organisationId }) =>
      functions && { kind: 'person', id: personId, organisationId, functions },
    describePerson: async () => ({
      name: 'Marie Le Goff',
      capacities: functions
        ? [{ organisationId: CONSEIL, organisation: 'CROEC de Bretagne', functions }]
        : [],
      waiting: waiting.length,
      banner: undefined,
    }),
  }
  const checkReadiness = async () => ({ ready: true, checks })
  return new Hono<Env>()
    .use(async (c, next) => {
      c.set('log', pino({ level: 'silent' }))
      c.set('requestId', 'request-1')
      await next()
    })
    .route(
      '/',
      new Hono<WebEnv>()
        .use(whoAsks(people))
        .route('/', homeRoutes({ waiting: [async () => waiting] }))
        .route(
          '/',
          sealPageRoutes({
            listSeals: async (organisationId) => (organisationId === CONSEIL ? [SEAL] : []),
            findSeal: async (organisationId, id) =>
              organisationId === CONSEIL && id === SEAL.id ? SEAL : undefined,
            now: () => NOW,
          }),
        )
        .route(
          '/',
          healthPageRoutes({ guardStatus: async () => GUARD, checkReadiness, now: () => NOW }),
        )
        .route(
          '/',
          settingsRoutes({
            listSettings: makeListSettings({ variables: VARIABLES, checkReadiness }),
          }),
        ),
    )
    .onError((error, c) => renderProblem(c, problemFor(error)))
}

const OK: Readonly<Record<string, Check>> = {
  hsm: { state: 'ok' },
  database: { state: 'ok' },
  disk: { state: 'ok', detail: '900 MiB free' },
}

const VARIABLES = [
  { name: 'SCEAU_LISTEN', given: undefined, otherwise: '127.0.0.1:8443' },
  { name: 'DATABASE_URL', given: 'postgres://sceau:hunter2@db/sceau', otherwise: undefined },
  { name: 'SCEAU_SMTP_PASSWORD', given: 'hunter2', otherwise: undefined },
  { name: 'SCEAU_SMTP_URL', given: 'smtps://u:hunter2@mail.example', otherwise: undefined },
  {
    name: 'SCEAU_SMS_URL',
    given: 'https://sms.example/?api_key=hunter2&x=1',
    otherwise: undefined,
  },
  { name: 'SCEAU_PKCS11_PIN_FILE', given: '/etc/sceau/pin', otherwise: undefined },
  { name: 'SCEAU_TRUST_DIR', given: undefined, otherwise: undefined },
]

async function ask(asked: Asked, path: string) {
  const response = await appFor(asked).request(path, {
    headers: { accept: 'text/html', cookie: '__Host-sceau=token' },
  })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const SECRETARY: Asked = { functions: ['secretary-general'] }
const PERMANENT: Asked = { functions: ['permanent'] }

describe.each(['/home', '/seals', '/seals/conseil', '/health', '/health/state', '/settings'])(
  '%s',
  (path) => {
    test('leads whoever has not signed in to the sign-in, and back', async () => {
      const { status, headers } = await ask({ isSignedIn: false }, path)

      expect(status).toBe(303)
      expect(headers.get('location')).toBe(`/sign-in?next=${encodeURIComponent(path)}`)
    })

    test('is there for the secretary general', async () => {
      expect((await ask(SECRETARY, path)).status).toBe(200)
    })

    test.skipIf(path === '/home')(
      'is refused to those whose functions do not allow it',
      async () => {
        const { status, text } = await ask(PERMANENT, path)

        expect(status).toBe(403)
        expect(text).toContain('<h1>')
      },
    )
  },
)

test('the home shows what waits, the oldest first, in the language of the page', async () => {
  const french = await ask({ ...SECRETARY, waiting: WAITING }, '/home?lang=fr')
  const english = await ask({ ...SECRETARY, waiting: WAITING }, '/home?lang=en')

  expect(french.text).toContain('Une pièce d’identité attend votre vérification')
  expect(english.text).toContain('An identity document waits for you')
  expect(english.text.indexOf('ends in 15 days')).toBeLessThan(
    english.text.indexOf('An identity document waits for you'),
  )
})

test('the home leads on whoever belongs to no organisation', async () => {
  const { status, text } = await ask({}, '/home?lang=fr')

  expect(status).toBe(200)
  expect(text).toContain('Vous n’appartenez encore à aucune organisation')
  expect(text).toContain('href="/profile"')
})

test('the navigation holds only what the viewer may open', async () => {
  const secretary = await ask(SECRETARY, '/home')
  const permanent = await ask(PERMANENT, '/home')

  expect(secretary.text).toContain('href="/settings"')
  expect(permanent.text).not.toContain('href="/settings"')
})

test('a seal of another organisation does not exist', async () => {
  expect((await ask(SECRETARY, '/seals/another')).status).toBe(404)
})

test('a certificate whose time is over is shown as expired', async () => {
  const { text } = await ask(SECRETARY, '/seals?lang=en')

  expect(text).toContain('expired')
})

test('health says first what is worst, and its fragment is no whole page', async () => {
  const checks = { ...OK, hsm: { state: 'down', detail: 'sceau: down' } } as const
  const page = await ask({ ...SECRETARY, checks }, '/health?lang=en')
  const part = await ask({ ...SECRETARY, checks }, '/health/state?lang=en')

  expect(page.text).toContain('The appliance cannot seal at the moment.')
  expect(part.text).toContain('The appliance cannot seal at the moment.')
  expect(part.text).not.toContain('<html')
})

test('settings name their variables and where they come from, never a secret', async () => {
  const { text } = await ask(SECRETARY, '/settings?lang=en')

  for (const { name } of VARIABLES) expect(text).toContain(name)
  expect(text).toContain('127.0.0.1:8443')
  expect(text).toContain('postgres://sceau:…@db/sceau')
  expect(text).toContain('https://sms.example/?api_key=…&amp;x=1')
  expect(text).toContain('/etc/sceau/pin')
  expect(text).not.toContain('hunter2')
})

describe('a problem', () => {
  test('stays within the frame of who met it, with the number of the request', async () => {
    const { status, text } = await ask(SECRETARY, '/seals/another?lang=fr')

    expect(status).toBe(404)
    expect(text).toContain('Page introuvable')
    expect(text).toContain('<code>request-1</code>')
    expect(text).toContain('id="navigation"')
  })

  test('that htmx meets goes above the page, which stays', async () => {
    const response = await appFor(PERMANENT).request('/health/state?lang=en', {
      headers: { 'hx-request': 'true', cookie: '__Host-sceau=token' },
    })
    const text = await response.text()

    expect(response.headers.get('hx-retarget')).toBe('#notice')
    expect(text).toContain('You may not do this')
    expect(text).not.toContain('<html')
  })
})
