import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import { findFreePort } from '../people/accounts/free-port.ts'
import { serveOn } from '../people/accounts/site.ts'
import { MOBILE } from '../people/enrolment/bench.ts'
import { PHOTOGRAPH } from '../people/enrolment/identity-samples.ts'
import { axeFindings, hiddenWidth } from '../support/chromium.ts'
import { makeEnrolSite } from './enrol-site.ts'

let browser: Browser
beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  })
})
afterAll(() => browser?.close())

/** A whole enrolment, with axe on every page. */
const TIMEOUT_MS = 120_000
const PASSWORD = 'trois bateaux verts au large'

async function openSite() {
  const port = await findFreePort()
  const site = await makeEnrolSite(`http://localhost:${port}`)
  const served = await serveOn(port, site.app)
  onTestFinished(() => served.close())
  return { ...site, url: served.url }
}

async function openPage(context: BrowserContext) {
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  return { page, complaints }
}

async function addAuthenticator(context: BrowserContext, page: Page): Promise<void> {
  const devtools = await context.newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      ...{ protocol: 'ctap2', transport: 'internal', hasResidentKey: true },
      ...{ hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
    },
  })
}

async function keepSession(context: BrowserContext, value: string): Promise<void> {
  const cookie = { name: '__Host-sceau', value, secure: true, httpOnly: true }
  await context.addCookies([{ ...cookie, url: 'https://localhost/', sameSite: 'Lax' }])
}

async function inOrder(page: Page, width = 375) {
  await page.setViewportSize({ width, height: 800 })
  expect(await axeFindings(page)).toEqual([])
  expect(await hiddenWidth(page)).toBeLessThanOrEqual(0)
}

test(
  'from the link to the certificate in a browser, closed and opened again at each step',
  async () => {
    const { bench, url, signIn } = await openSite()
    const { token, enrolment } = await bench.invite('Zoé ARTAGNAN')
    let context = await browser.newContext({ locale: 'fr-FR' })
    let { page, complaints } = await openPage(context)
    const submit = (action: string) => page.click(`form[action="${action}"] button[type=submit]`)
    /** The browser is closed; the person comes back by the link. */
    const reopen = async () => {
      expect(complaints.filter((text) => !text.includes('422'))).toEqual([])
      await context.close()
      context = await browser.newContext({ locale: 'fr-FR' })
      ;({ page, complaints } = await openPage(context))
      await page.goto(`${url}/enrol/${token}`)
      expect(page.url()).toBe(`${url}/enrol`)
    }

    await page.goto(`${url}/enrol/${token}`)
    await inOrder(page)
    await submit(`/enrol/${token}`)
    await inOrder(page)
    await reopen()

    await submit('/enrol/mail')
    await page.fill('[name=mailCode]', await bench.lastCode('mail'))
    await submit('/enrol/mail-code')
    await page.fill('[name=mobile]', '06 12 34 56 78')
    await submit('/enrol/mobile')
    expect(await page.textContent('main')).toContain(MOBILE)
    await inOrder(page)
    await reopen()
    await page.fill('[name=mobileCode]', await bench.lastCode('sms'))
    await submit('/enrol/mobile-code')
    await inOrder(page)
    await reopen()

    const fillIdentity = async (name: string, buffer: Buffer) => {
      await page.selectOption('[name=kind]', 'passport')
      await page.fill('[name=last4]', '4f2a')
      await page.fill('[name=expiresOn]', '2030-01-31')
      await page.fill('[name=professionalId]', '14-00012345')
      const mimeType = 'image/jpeg'
      await page.setInputFiles('[name=file]', { name, mimeType, buffer })
      await submit('/enrol/identity')
    }
    for (const hostile of [
      '<svg xmlns="http://www.w3.org/2000/svg"/>',
      '<!doctype html><script>',
    ]) {
      await fillIdentity('passport.jpg', Buffer.from(hostile))
      expect(await page.textContent('#field-file-error')).toContain('JPEG')
      expect(await page.inputValue('[name=professionalId]')).toBe('14-00012345')
      await page.goto(`${url}/enrol`)
    }
    await fillIdentity('passport.jpg', PHOTOGRAPH)
    expect((await bench.get(enrolment.id)).state).toBe('identity-submitted')
    await inOrder(page)

    const office = await browser.newContext({ locale: 'fr-FR' })
    await keepSession(office, await signIn(bench.verifier))
    const desk = await openPage(office)
    await desk.page.goto(`${url}/enrolments?filter=to-verify`)
    await inOrder(desk.page, 1280)
    await desk.page.click(`a[href="/enrolments/${enrolment.id}"]`)
    await inOrder(desk.page)
    const image = await office.request.get(`${url}/enrolments/${enrolment.id}/document`)
    expect(image.headers()).toMatchObject({
      'content-type': 'image/jpeg',
      'content-disposition': 'inline; filename="document.jpeg"',
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-control': 'no-store',
    })
    for (const box of ['Name', 'Document', 'Number', 'Register']) {
      await desk.page.check(`[name=checked${box}]`)
    }
    await desk.page.selectOption('[name=method]', 'document-at-a-distance')
    await desk.page.click(`form[action="/enrolments/${enrolment.id}/verification"] button`)
    await desk.page.waitForURL('**/enrolments/*?done=verified')
    expect(desk.complaints).toEqual([])
    await office.close()

    await reopen()
    await inOrder(page)
    await page.fill('[name=password]', PASSWORD)
    await page.fill('[name=passwordAgain]', PASSWORD)
    await submit('/enrol/password')
    await inOrder(page)
    await reopen()
    await inOrder(page)
    await page.fill('[name=password]', PASSWORD)
    await submit('/enrol/resume')
    await addAuthenticator(context, page)
    await page.click('form[data-passkey] button[type=submit]')
    await page.waitForSelector('form[action="/enrol/certificate"]')
    await inOrder(page)
    await submit('/enrol/certificate')
    await inOrder(page)
    await page.check('[name=accept]')
    await submit('/enrol/conditions')

    expect((await bench.get(enrolment.id)).state).toBe('active')
    expect(await page.textContent('h1')).toBe('Votre certificat est actif')
    await inOrder(page)
    await context.clearCookies()
    await page.goto(`${url}/enrol/${token}`)
    expect(await page.textContent('h1')).toBe('Ce lien n’est plus valable')
    await context.close()
  },
  TIMEOUT_MS,
)
