import axe from 'axe-core'
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { findFreePort } from '../people/accounts/free-port.ts'
import { makeSite, type Served, serveOn } from '../people/accounts/site.ts'
import { makeWorld, type World } from '../people/accounts/world.ts'
import { openTestDatabase } from '../support/databases.ts'

// A browser on a machine that does much else.
vi.setConfig({ testTimeout: 120_000 })

let browser: Browser
let world: World
let served: Served
let odile: { id: string; email: string }

beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  })
})
afterAll(() => browser?.close())

beforeEach(async () => {
  const { db } = await openTestDatabase('sqlite')
  const port = await findFreePort()
  world = await makeWorld(db, `http://localhost:${port}`)
  served = await serveOn(
    port,
    makeSite(world.accounts, () => world.clock.now),
  )
  odile = await world.enter('Odile')
})
afterEach(() => served?.close())

/** A browser with an authenticator that knows its user, or one that does not. */
async function openBrowser({ isUserVerified = true } = {}) {
  const context = await browser.newContext({ locale: 'fr-FR' })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified,
      automaticPresenceSimulation: true,
    },
  })
  return { context, page, complaints, cdp, authenticatorId }
}

/** As at the end of an enrolment: signed in, without a factor yet. */
async function beginEnrolled(context: BrowserContext) {
  const { token } = await world.accounts.startSession({
    personId: odile.id,
    methods: ['enrolment'],
    ip: '127.0.0.1',
    userAgent: 'enrolment',
  })
  await keepToken(context, token)
}

async function keepToken(context: BrowserContext, value: string) {
  const cookie = { name: '__Host-sceau', value, secure: true, httpOnly: true }
  await context.addCookies([{ ...cookie, url: 'https://localhost/', sameSite: 'Lax' }])
}

async function tokenOf(context: BrowserContext): Promise<string | undefined> {
  return (await context.cookies()).find(({ name }) => name === '__Host-sceau')?.value
}

async function addPasskey(page: Page, name: string) {
  await page.goto(`${served.url}/profile/passkeys/new`)
  await page.fill('[name=name]', name)
  await page.click('form[data-passkey] button[type=submit]')
  await page.waitForURL('**/profile?done=factorAdded')
}

async function violations(page: Page) {
  await page.evaluate(axe.source)
  return page.evaluate('axe.run(document, { preload: false }).then((found) => found.violations)')
}

test('a passkey is registered, signs in alone, steps up, and is no last way to lose', async () => {
  const { context, page, complaints, cdp, authenticatorId } = await openBrowser()
  await beginEnrolled(context)
  await addPasskey(page, 'Portable du bureau')
  expect(await page.textContent('#passkeys')).toContain('Portable du bureau')
  expect(await violations(page)).toEqual([])

  await context.clearCookies()
  await page.goto(`${served.url}/sign-in?next=/profile`)
  expect(await violations(page)).toEqual([])
  await page.click('form[action="/sign-in/passkey"] button')
  await page.waitForURL(`${served.url}/profile`)
  const [cookie] = (await context.cookies()).filter(({ name }) => name === '__Host-sceau')
  expect(cookie).toMatchObject({ secure: true, httpOnly: true, sameSite: 'Lax', path: '/' })

  world.clock.now += 11 * 60_000
  await page.goto(`${served.url}/profile/recovery-codes`)
  expect(page.url()).toContain('/step-up')
  expect(await violations(page)).toEqual([])
  await page.click('form[data-passkey] button')
  await page.waitForURL(`${served.url}/profile/recovery-codes`)
  expect(await tokenOf(context)).not.toBe(cookie?.value)

  await page.goto(`${served.url}/profile`)
  await page.click('#passkeys a[href^="/profile/passkeys/"]:not([href$=new])')
  await page.click('a[href$="/removal"]')
  await page.click('.confirm button[type=submit]')
  expect(await page.textContent('.notice-error')).toContain('dernier moyen')
  expect(await world.accounts.passkeys.list(odile.id)).toHaveLength(1)
  const { credentials } = await cdp.send('WebAuthn.getCredentials', { authenticatorId })
  expect(credentials).toHaveLength(1)
  expect(complaints.filter((text) => !/\b400\b/.test(text))).toEqual([])
  await context.close()
})

test('an authenticator that does not verify its user signs nobody in', async () => {
  const { context, page, cdp, authenticatorId } = await openBrowser()
  await beginEnrolled(context)
  await addPasskey(page, 'Clé')
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
  await context.clearCookies()

  await page.goto(`${served.url}/sign-in`)
  await page.click('form[action="/sign-in/passkey"] button')
  await page.waitForSelector('[data-passkey-failed]:not([hidden])')

  expect(await tokenOf(context)).toBeUndefined()
  await context.close()
})

test('an answer counts once, and in the browser alone that was asked', async () => {
  const { context, page } = await openBrowser()
  await beginEnrolled(context)
  await addPasskey(page, 'Clé')
  await context.clearCookies()
  await page.goto(`${served.url}/sign-in`)
  const sent = page.waitForRequest('**/sign-in/passkey')
  await page.click('form[action="/sign-in/passkey"] button')
  const answer = new URLSearchParams((await sent).postData() ?? '').get('answer') ?? ''
  await page.waitForURL('**/home')
  expect(answer).toContain('authenticatorData')

  const { boundTo, ip, userAgent } = { boundTo: 'another', ip: '127.0.0.1', userAgent: '' }
  const replayed = await world.accounts.signIns.byPasskey({ boundTo, ip, userAgent, answer })
  expect(replayed).toEqual({ kind: 'refused' })

  await context.clearCookies()
  await page.goto(`${served.url}/sign-in`)
  await page.evaluate(`{
    const form = document.querySelector('form[action="/sign-in/passkey"]')
    form.elements.answer.value = ${JSON.stringify(answer)}
    form.submit()
  }`)
  await page.waitForSelector('.notice-error')
  expect(await tokenOf(context)).toBeUndefined()
  await context.close()
})

test('a locked person still signs in with a passkey; a question is good for five minutes', async () => {
  const { context, page } = await openBrowser()
  await beginEnrolled(context)
  await addPasskey(page, 'Clé')
  await context.clearCookies()
  for (let i = 0; i < 12; i += 1) {
    await world.accounts.signIns.byPassword({
      ...{ boundTo: `${i}`, ip: `203.0.113.${i}`, userAgent: '' },
      ...{ email: odile.email, password: 'not the password' },
    })
  }
  expect(await world.accounts.lockedUntil(odile.id)).toBeGreaterThan(world.clock.now)

  await page.goto(`${served.url}/sign-in`)
  await page.route('**/sign-in/passkey', async (route) => {
    world.clock.now += 5 * 60_000
    await route.continue()
  })
  await page.click('form[action="/sign-in/passkey"] button')
  await page.waitForSelector('.notice-error')
  await page.unroute('**/sign-in/passkey')
  await page.click('form[action="/sign-in/passkey"] button')
  await page.waitForURL('**/home')
  await context.close()
})

test('a second passkey can be added, named and removed, and its person is told each time', async () => {
  const first = await openBrowser()
  await beginEnrolled(first.context)
  await addPasskey(first.page, 'Une')
  const second = await openBrowser()
  await keepToken(second.context, (await tokenOf(first.context)) ?? '')
  const { page } = second
  await addPasskey(page, 'Deux')
  const [, added] = await world.accounts.passkeys.list(odile.id)

  await page.goto(`${served.url}/profile/passkeys/${added?.id}`)
  await page.fill('[name=name]', 'Clé du coffre')
  await page.click('form[action$="/name"] button')
  await page.waitForURL('**/profile?done=saved')
  expect(await page.textContent('#passkeys')).toContain('Clé du coffre')
  await page.goto(`${served.url}/profile/passkeys/${added?.id}/removal`)
  expect(await page.textContent('.confirm')).toContain('Clé du coffre')
  await page.click('.confirm button[type=submit]')
  await page.waitForURL('**/profile?done=factorRemoved')

  expect((await world.accounts.passkeys.list(odile.id)).map(({ name }) => name)).toEqual(['Une'])
  const notices = await world.db.selectFrom('notice').select('kind').orderBy('id').execute()
  expect(notices.map(({ kind }) => kind)).toEqual([
    'account.factor-added',
    'account.factor-added',
    'account.factor-removed',
  ])
  await first.context.close()
  await second.context.close()
})

test.each(['fr-FR', 'en-GB'])(
  'axe finds nothing on the pages of the profile in %s',
  async (locale) => {
    const context = await browser.newContext({ locale })
    await beginEnrolled(context)
    const page = await context.newPage()
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(message.text()))
    for (const path of [
      '/profile',
      '/profile/password',
      '/profile/passkeys/new',
      '/profile/totp',
      '/profile/recovery-codes',
    ]) {
      await page.goto(`${served.url}${path}`)
      expect({ path, found: await violations(page) }).toEqual({ path, found: [] })
    }
    expect(complaints).toEqual([])
    await context.close()
  },
)
