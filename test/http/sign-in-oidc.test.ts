import { createServer, type Server } from 'node:http'
import Provider from 'oidc-provider'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { findFreePort } from '../people/accounts/free-port.ts'
import { makeSite, serveOn } from '../people/accounts/site.ts'
import { makeWorld, type World } from '../people/accounts/world.ts'
import { openTestDatabase } from '../support/databases.ts'

const CLIENT = { clientId: 'sceau', clientSecret: 'a secret that both know' }

// A browser on a machine that does much else.
vi.setConfig({ testTimeout: 120_000 })

let browser: Browser
let provider: Server
let issuer: string
let sitePort: number
let world: World
let url: string
/** Set, it takes the addresses of the way back, which then lead nowhere. */
let kept: string[] | undefined

beforeAll(async () => {
  sitePort = await findFreePort()
  ;({ server: provider, issuer } = await startProvider(await findFreePort()))
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  })
})
afterAll(async () => {
  await browser?.close()
  provider?.closeAllConnections()
  provider?.close()
})

beforeEach(async () => {
  const { db } = await openTestDatabase('sqlite')
  world = await makeWorld(db, `http://localhost:${sitePort}`, { ...CLIENT, issuer })
  kept = undefined
  const site = makeSite(world.accounts, () => world.clock.now)
  const served = await serveOn(sitePort, holding(site))
  url = served.url
  onTestFinished(() => served.close())
  // The provider's clock is the real one, and its word is only good for a moment.
  world.clock.now = Date.now()
})

function holding(site: ReturnType<typeof makeSite>): Pick<typeof site, 'fetch'> {
  return {
    fetch(request, env) {
      if (kept === undefined || !request.url.includes('/sign-in/oidc/callback')) {
        return site.fetch(request, env)
      }
      kept.push(request.url)
      return new Response('kept')
    },
  }
}

/** A real provider that believes whoever types a name. */
async function startProvider(port: number) {
  const issuer = `http://localhost:${port}`
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT.clientId,
        client_secret: CLIENT.clientSecret,
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: [`http://localhost:${sitePort}/sign-in/oidc/callback`],
        application_type: 'native',
      },
    ],
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    claims: { openid: ['sub', 'professional_id'], profile: [], email: ['email'] },
    findAccount: async (_ctx, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, professional_id: `EC-${id}` }),
    }),
    features: { devInteractions: { enabled: true } },
    cookies: { keys: ['of a test'] },
  })
  const server = createServer(provider.callback())
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve))
  return { server, issuer }
}

/** Whoever comes to the provider says who he is there, and agrees. */
async function answerProvider(page: Page, login: string) {
  await page.waitForURL(`${issuer}/**`)
  await page.fill('[name=login]', login)
  await page.fill('[name=password]', 'anything')
  await page.click('button[type=submit]')
  const consent = page.waitForSelector('form button[type=submit]', { timeout: 5_000 })
  if (await consent.catch(() => undefined)) {
    if (page.url().startsWith(issuer)) await page.click('button[type=submit]')
  }
  await page.waitForURL(`${url}/**`)
}

async function signedInContext(personId: string): Promise<BrowserContext> {
  const context = await browser.newContext({ locale: 'en-GB' })
  const { token } = await world.accounts.startSession({
    personId,
    methods: ['enrolment'],
    ip: '127.0.0.1',
    userAgent: '',
  })
  const cookie = { name: '__Host-sceau', value: token, secure: true, httpOnly: true }
  await context.addCookies([{ ...cookie, url: 'https://localhost/', sameSite: 'Lax' }])
  return context
}

async function bind(page: Page, login: string) {
  await page.goto(`${url}/profile/oidc`)
  await page.click('main form button[type=submit]')
  await page.click(`a[href^="${issuer}"]`)
  await answerProvider(page, login)
}

test('an account is bound from the profile, then signs in; one that is not is told what to do', async () => {
  const { id } = await world.enter('Odile')
  const context = await signedInContext(id)
  await bind(await context.newPage(), 'odile')
  expect(await world.accounts.findPersonOf({ issuer, subject: 'odile' })).toBe(id)
  expect(await world.accounts.findBoundProfessionalId(id)).toBe('EC-odile')
  await context.close()

  const fresh = await browser.newContext({ locale: 'en-GB' })
  const page = await fresh.newPage()
  await page.goto(`${url}/sign-in?next=/profile`)
  await page.click('a[href^="/sign-in/oidc"]')
  await answerProvider(page, 'odile')
  expect(page.url()).toBe(`${url}/profile`)
  expect(await page.textContent('main')).toContain('odile@conseil.example')
  await fresh.close()

  const stranger = await browser.newContext({ locale: 'en-GB' })
  const other = await stranger.newPage()
  await other.goto(`${url}/sign-in`)
  await other.click('a[href^="/sign-in/oidc"]')
  await answerProvider(other, 'nobody')
  expect(await other.textContent('.notice-error')).toContain('bound to nobody here')
  expect((await stranger.cookies()).some(({ name }) => name === '__Host-sceau')).toBe(false)
  await stranger.close()
})

test('an account that is bound already cannot be bound by another person', async () => {
  const { id } = await world.enter('Odile')
  const { id: paul } = await world.enter('Paul')
  await world.accounts.bindSubject({ personId: id, issuer, subject: 'odile' })
  const context = await signedInContext(paul)
  const page = await context.newPage()
  await bind(page, 'odile')

  expect(await page.textContent('body')).toContain('belongs to another person')
  expect(await world.accounts.findPersonOf({ issuer, subject: 'odile' })).toBe(id)
  await context.close()
})

test('a step-up takes a fresh sign-in there, by the same person', async () => {
  const { id } = await world.enter('Odile')
  await world.accounts.bindSubject({ personId: id, issuer, subject: 'odile' })
  const context = await signedInContext(id)
  const page = await context.newPage()
  world.clock.now += 11 * 60_000
  await page.goto(`${url}/profile/recovery-codes`)
  await page.click('a[href^="/step-up/oidc"]')
  await answerProvider(page, 'odile')

  expect(page.url()).toBe(`${url}/profile/recovery-codes`)
  world.clock.now += 11 * 60_000
  await page.goto(`${url}/step-up`)
  await page.click('a[href^="/step-up/oidc"]')
  await answerProvider(page, 'somebody else')
  expect(await page.textContent('.notice-error')).toContain('bound to nobody here')
  await context.close()
})

test('what comes back counts once, and in the browser alone that was sent', async () => {
  const { id } = await world.enter('Odile')
  await world.accounts.bindSubject({ personId: id, issuer, subject: 'odile' })
  const victim = await browser.newContext({ locale: 'en-GB' })
  const attacker = await browser.newContext({ locale: 'en-GB' })
  const page = await attacker.newPage()
  // The attacker stops at the address that would end his own sign-in.
  const addresses: string[] = []
  kept = addresses
  await page.goto(`${url}/sign-in`)
  await page.click('a[href^="/sign-in/oidc"]')
  await answerProvider(page, 'odile')
  kept = undefined
  const [callback = ''] = addresses
  expect(callback).toContain('code=')

  const lured = await victim.newPage()
  await lured.goto(`${url}/sign-in`)
  await lured.goto(callback)
  expect(await lured.textContent('.notice-error')).toContain('did not come to an end')
  expect((await victim.cookies()).some(({ name }) => name === '__Host-sceau')).toBe(false)

  await page.goto(callback)
  expect(page.url()).toBe(`${url}/home`)
  await attacker.clearCookies({ name: '__Host-sceau' })
  await page.goto(callback)
  expect(await page.textContent('.notice-error')).toContain('did not come to an end')
  await victim.close()
  await attacker.close()
})

test.each(['', '?state=x&code=y', '?error=access_denied'])(
  'the way back with «%s» opens nothing',
  async (query) => {
    const answer = await fetch(`${url}/sign-in/oidc/callback${query}`)

    expect(answer.status).toBe(400)
    expect(answer.headers.getSetCookie().join()).not.toMatch(/__Host-sceau=/)
  },
)

test('the account is no last way to lose', async () => {
  const { id } = await world.enter('Odile')
  await world.accounts.bindSubject({ personId: id, issuer, subject: 'odile' })

  await expect(world.accounts.unbindSubjects(id)).rejects.toMatchObject({
    hints: { fault: 'last-way' },
  })
  expect(await world.accounts.findPersonOf({ issuer, subject: 'odile' })).toBe(id)
})
