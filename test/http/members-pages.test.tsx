import { once } from 'node:events'
import { createAdaptorServer, type ServerType } from '@hono/node-server'
import { Hono } from 'hono'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Env } from '../../src/http/env.ts'
import { securityHeaders } from '../../src/http/middleware/security-headers.ts'
import { staticRoutes } from '../../src/http/pages.tsx'
import { MEMBER_FUNCTIONS } from '../../src/rights/matrix.ts'
import type { Locale } from '../../views/locales/locale.ts'
import { memberErrors, memberWords } from '../../views/locales/members.ts'
import { organisationErrors } from '../../views/locales/organisations.ts'
import { ChangePage, EndFunctionPage } from '../../views/members/change-page.tsx'
import { FunctionPage } from '../../views/members/function-page.tsx'
import { InvitePage } from '../../views/members/invite-page.tsx'
import { MemberListPage } from '../../views/members/list-page.tsx'
import { MemberPage } from '../../views/members/member-page.tsx'
import { FoundPage } from '../../views/organisations/found-page.tsx'
import { InvitationPage } from '../../views/organisations/invitation-page.tsx'
import { OrganisationListPage } from '../../views/organisations/list-page.tsx'
import { axeFindings, hiddenWidth, launchChromium } from '../support/chromium.ts'

const AT = Date.UTC(2026, 10, 24, 9)
const DAY_MS = 86_400_000
const LONG = 'Anne-Marie-Philippine DE LA ROCHEFOUCAULD-MONTBEL D’ESTERNAY'
const VIEWER = {
  ...{ name: 'Étienne Lacroix', capacity: 'Secrétaire général', organisation: 'CROEC' },
  capacities: [{ organisationId: 'o1', organisation: 'CROEC', capacity: 'Secrétaire général' }],
  ...{ csrf: 'token', nav: [{ href: '/members', label: 'Membres', current: true }], waiting: 1 },
}
const LINE = {
  personId: 'p1',
  givenName: 'Hélène',
  familyName: LONG,
  state: 'active',
  email: 'helene.marchal-de-la-rochefoucauld@croec.example',
  functions: ['president'],
} as const
const MEMBER = {
  ...LINE,
  ...{ mobile: '+33612345678', professionalId: '2200012345', stateAt: AT },
  functions: (['inForce', 'toCome', 'over'] as const).map((when, i) => ({
    ...{ id: when, function: 'president' as const, when, validFrom: AT },
    ...{ validTo: i === 0 ? null : AT + DAY_MS, capacities: [{ text: `Présidente du ${LONG}` }] },
  })),
}
const EVENTS = [
  { at: AT, action: 'member.function-set', by: 'p2', byName: LONG, function: 'president' },
  { at: AT, action: 'member.accepted', by: 'p3', byName: null, function: null },
  { at: AT, action: 'member.entered', by: null, byName: null, function: null },
] as const
const ORGANISATION = {
  id: 'o2',
  name: `Cabinet ${LONG}`,
  kind: 'firm',
  siren: '732829320',
  address: '1 rue de la Paix\n75002 Paris',
  functions: ['accountant'],
} as const
const ERRORS = { email: 'email', function: 'function', lastDay: 'term-over', social: 'capacity' }

function draw(page: string, locale: Locale) {
  const frame = { locale, path: `/${page}`, viewer: VIEWER, csrf: 'token' }
  const typed = {
    values: { email: LONG, lastDay: '2020-01-01' },
    errors: memberErrors(locale, ERRORS),
  }
  const functions = MEMBER_FUNCTIONS
  const member = { frame, personId: 'p1', name: `Hélène ${LONG}` }
  const asked = { search: 'mar', state: 'active', function: undefined, page: 2 } as const
  const refusal = memberWords[locale].errors['last-administrator']
  switch (page) {
    case 'list':
      return (
        <MemberListPage
          {...{ frame, asked, functions }}
          lines={[LINE, { ...LINE, state: 'invited' }, { ...LINE, state: 'suspended' }]}
          {...{ total: 160, pageSize: 50, mayInvite: true }}
          counts={{ invited: 1, active: 1000, suspended: 1, ended: 12 }}
        />
      )
    case 'member':
      return (
        <MemberPage
          {...{ frame, member: MEMBER, events: EVENTS, done: 'invited' as const }}
          certificate={{ serial: '0a0b'.repeat(10), notAfter: AT }}
          may={{ change: true, suspend: true }}
        />
      )
    case 'invite':
      return <InvitePage {...{ frame, functions }} {...typed} />
    case 'function':
      return <FunctionPage {...member} {...{ functions }} {...typed} />
    case 'end':
      return <ChangePage {...member} change="end" refusal={refusal} />
    case 'resume':
      return <ChangePage {...member} change="resume" />
    case 'end-function':
      return (
        <EndFunctionPage
          {...member}
          held={{ id: 'f', function: 'president' }}
          lastDay="2026-11-30"
        />
      )
    case 'organisations':
      return (
        <OrganisationListPage
          {...{ frame, mayFound: true, presentId: 'o1' }}
          organisations={[{ ...ORGANISATION, id: 'o1', kind: 'council' }, ORGANISATION]}
          invitations={[{ organisationId: 'o3', organisation: LONG, since: AT }]}
        />
      )
    case 'found':
      return (
        <FoundPage
          {...{ frame, functions, values: {} }}
          errors={organisationErrors(locale, { siren: 'siren-taken', kind: 'kind' })}
        />
      )
    default:
      return <InvitationPage frame={frame} organisationId="o3" organisation={LONG} />
  }
}

const PAGES = [
  ...['list', 'member', 'invite', 'function', 'end', 'resume', 'end-function'],
  ...['organisations', 'found', 'invitation'],
]

let server: ServerType
let browser: Browser
let url: string

beforeAll(async () => {
  const app = new Hono<Env>()
    .use(securityHeaders())
    .route('/', staticRoutes())
    .get('/:locale/:page', (c) =>
      c.html(draw(c.req.param('page'), c.req.param('locale') === 'en' ? 'en' : 'fr')),
    )
  server = createAdaptorServer({ fetch: app.fetch })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  url = `http://127.0.0.1:${address.port}`
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  server?.close()
})

const LOOKS = {
  wide: { locale: 'fr', colorScheme: 'light', viewport: { width: 1280, height: 800 } },
  narrow: { locale: 'en', colorScheme: 'dark', viewport: { width: 375, height: 800 } },
} as const

test.each([
  ...PAGES.map((name) => ({ name, look: 'narrow' as const })),
  ...['list', 'member'].map((name) => ({ name, look: 'wide' as const })),
])('$name, $look: axe finds nothing, nothing lies beside the window', async ({ name, look }) => {
  const { locale, ...screen } = LOOKS[look]
  const context = await browser.newContext(screen)
  const page = await context.newPage()
  await page.goto(`${url}/${locale}/${name}`)

  expect(await axeFindings(page)).toEqual([])
  expect(await hiddenWidth(page)).toBeLessThanOrEqual(0)
  await context.close()
})
