import { X509Certificate } from 'node:crypto'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type FirstRunServer, startFirstRunServer } from '../first-run/first-run-server.ts'
import { attest, introduce, STEPS, type Step, take } from '../first-run/wizard.ts'
import { launchChromium } from '../support/chromium.ts'
import { startTestGuard } from '../support/guard.ts'
import { judgeAt } from '../support/story/judged.ts'
import { type Messages, startMessages } from '../support/story/messages.ts'
import { openPerson, type Person } from '../support/story/people.ts'
import { startTestTsa, type TestTsa } from '../support/tsa.ts'
import { PHOTOGRAPH } from './enrolment/identity-samples.ts'

const EMAIL = 'paul.artagnan@conseil.example'
const PASSWORD = 'trois bateaux verts au large'
/** As the wizard founds it. */
const COUNCIL = 'Conseil régional d’essai'
const FIRM = 'Cabinet Artagnan'

let browser: Browser
let tsa: TestTsa
let messages: Messages
let server: FirstRunServer

beforeAll(async () => {
  browser = await launchChromium()
  tsa = await startTestTsa()
  messages = await startMessages()
  server = await startFirstRunServer({ SCEAU_TSA_URLS: tsa.url, ...messages.env })
}, 180_000)
afterAll(async () => {
  await browser?.close()
  await server?.remove()
  await tsa?.close()
  await messages?.close()
}, 60_000)

test('from an empty data folder to a President with one certificate in two organisations', async () => {
  const secretary = await openPerson(browser)
  await takeOver(secretary)
  await inviteThePresident(secretary)

  const president = await openPerson(browser)
  const link = await messages.readMail(EMAIL, /(https:\S+\/enrol\/\S+)/)
  await enrolUpToDocument(president, link)
  await verify(secretary)
  const next = await messages.readMail(EMAIL, /détruite[\s\S]*?(https:\S+\/enrol\/\S+)/)
  await receiveCertificate(president, next)

  const certificate = await downloadCertificate(president)
  await foundTheFirm(president)
  await actForBoth(president, certificate.serial)
  await checkKey(certificate)
  await checkWithOpenSsl(president, certificate)

  expect(secretary.complaints).toEqual([])
  expect(president.complaints).toEqual([])
}, 480_000)

/** The first run by the link of the server's output, with a passkey as second factor. */
async function takeOver({ page }: Person): Promise<void> {
  const steps: Readonly<Partial<Record<Step, () => Promise<void>>>> = {
    async administrator() {
      await introduce(page)
      await page.getByRole('button', { name: 'Ajouter une clé d’accès' }).click()
      await attest(page)
    },
  }
  await page.goto(server.link)
  for (const step of STEPS) {
    await page.goto(`${server.url}/first-run/${step}`)
    await (steps[step]?.() ?? take(page, step))
  }
  await page.goto(`${server.url}/first-run/document`)
  await page.getByRole('button', { name: /Terminer/ }).click()
  await page.waitForURL(`${server.url}/home`)
  expect(await page.textContent('body')).toContain('Claire Aubert')
}

async function inviteThePresident({ page, visit, submit }: Person): Promise<void> {
  await visit(`${server.url}/members/invite`)
  await page.fill('[name=givenName]', 'Paul')
  await page.fill('[name=familyName]', 'Artagnan')
  await page.fill('[name=email]', EMAIL)
  await page.selectOption('[name=function]', 'president')
  await submit('/members/invite')
  await page.waitForURL('**/members/*?done=invited')
}

async function enrolUpToDocument({ page, submit }: Person, link: string): Promise<void> {
  await page.goto(link)
  await submit(new URL(link).pathname)
  await submit('/enrol/mail')
  await page.fill('[name=mailCode]', await messages.readMail(EMAIL, /\b(\d{6})\b/))
  await submit('/enrol/mail-code')
  await page.fill('[name=mobile]', '06 98 76 54 32')
  await submit('/enrol/mobile')
  await page.fill('[name=mobileCode]', await messages.readSms('+33698765432', /\b(\d{6})\b/))
  await submit('/enrol/mobile-code')
  await page.selectOption('[name=kind]', 'passport')
  await page.fill('[name=last4]', '4f2a')
  await page.fill('[name=expiresOn]', '2040-01-31')
  await page.fill('[name=professionalId]', '14-00012345')
  const file = { name: 'passport.jpg', mimeType: 'image/jpeg', buffer: PHOTOGRAPH }
  await page.setInputFiles('[name=file]', file)
  await submit('/enrol/identity')
  await page.waitForSelector('form[action="/enrol/identity"]', { state: 'detached' })
}

async function verify({ page, visit, submit }: Person): Promise<void> {
  await page.goto(`${server.url}/enrolments?filter=to-verify`)
  const href = (await page.getAttribute('main table a[href^="/enrolments/"]', 'href')) ?? ''
  await visit(`${server.url}${href}`)
  expect(await page.textContent('h1')).toBe('Paul Artagnan')
  for (const box of ['Name', 'Document', 'Number', 'Register']) {
    await page.check(`[name=checked${box}]`)
  }
  await page.selectOption('[name=method]', 'document-at-a-distance')
  await submit(`${href}/verification`)
  await page.waitForURL('**/enrolments/*?done=verified')
}

async function receiveCertificate({ page, submit }: Person, link: string): Promise<void> {
  await page.goto(link)
  await page.fill('[name=password]', PASSWORD)
  await page.fill('[name=passwordAgain]', PASSWORD)
  await submit('/enrol/password')
  await page.click('form[data-passkey] button[type=submit]')
  await page.waitForSelector('form[action="/enrol/certificate"]')
  await submit('/enrol/certificate')
  await page.check('[name=accept]')
  await submit('/enrol/conditions')
  await page.getByText('Votre certificat est actif').first().waitFor()
  await page.goto(`${server.url}/home`)
  expect(await page.textContent('.acting')).toContain(COUNCIL)
}

interface Downloaded {
  readonly id: string
  readonly serial: string
  readonly pem: string
}

async function downloadCertificate({ page, context }: Person): Promise<Downloaded> {
  await page.goto(`${server.url}/my-certificate`)
  const path = (await page.getAttribute('a[href$="/certificate.pem"]', 'href')) ?? ''
  const pem = await (await context.request.get(`${server.url}${path}`)).text()
  const shown = await (await judgeAt(server.url, pem)).show('-serial')
  const serial = shown.trim().replace('serial=', '').toLowerCase()
  expect((await page.textContent('main'))?.toLowerCase()).toContain(serial)
  return { id: path.split('/')[2] ?? '', serial, pem }
}

async function foundTheFirm({ page, visit, submit }: Person): Promise<void> {
  await visit(`${server.url}/organisations/found`)
  await page.fill('[name=name]', FIRM)
  await page.selectOption('[name=kind]', 'firm')
  await page.fill('[name=siren]', '732 829 320')
  await page.selectOption('[name=function]', 'accountant')
  await submit('/organisations/found')
  await page.waitForURL('**/organisations')
}

/** The switcher shows both; in either the same certificate is there, and no enrolment waits. */
async function actForBoth({ page }: Person, serial: string): Promise<void> {
  for (const [from, to] of [
    [COUNCIL, FIRM],
    [FIRM, COUNCIL],
  ] as const) {
    const acting = page.locator('button[popovertarget=capacities]')
    expect(await acting.textContent()).toContain(from)
    await acting.click()
    await page.click(`#capacities button:has-text("${to}")`)
    await page.locator('button[popovertarget=capacities]', { hasText: to }).waitFor()
    await page.goto(`${server.url}/enrol`)
    expect(await page.locator('main form').count()).toBe(0)
    await page.goto(`${server.url}/my-certificate`)
    expect((await page.textContent('main'))?.toLowerCase()).toContain(serial)
    expect(await page.locator('main table').count()).toBe(0)
  }
}

/** The token itself says where its key was made, and that it cannot leave. */
async function checkKey({ pem }: Downloaded): Promise<void> {
  const spki = new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' })
  const guard = await startTestGuard(server.token)
  const keys = await guard.client.listKeys()
  await guard.stop()
  const own = keys.filter(({ publicKey }) => spki.equals(publicKey))
  expect(own).toMatchObject([{ birth: { local: true, neverExtractable: true } }])
}

async function checkWithOpenSsl({ page, submit }: Person, { id, pem }: Downloaded): Promise<void> {
  const judged = await judgeAt(server.url, pem)
  const dates = await judged.show('-dates')
  const [from = '', to = ''] = [...dates.matchAll(/=(.*)$/gm)].map(([, date]) => date ?? '')
  const threeYears = new Date(from)
  threeYears.setUTCFullYear(threeYears.getUTCFullYear() + 3)
  expect(new Date(to)).toEqual(threeYears)
  const text = await judged.show('-text')
  expect(text).toMatch(/X509v3 Key Usage: critical\s+Non Repudiation\s*\n/)
  expect(text).not.toContain('Extended Key Usage')
  expect(await judged.verify()).toContain('a.pem: OK')
  expect(await judged.ask()).toMatch(/: good[\s\S]*Response verify OK/)

  await page.goto(`${server.url}/my-certificate/${id}/revocation`)
  await page.selectOption('[name=reason]', { index: 1 })
  await submit(`/my-certificate/${id}/revocation`)
  await page.waitForURL('**/my-certificate?*')
  expect(await judged.ask()).toMatch(/: revoked[\s\S]*Response verify OK/)
  await expect(judged.verify()).rejects.toThrow('certificate revoked')
}
