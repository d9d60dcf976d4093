import { readFile } from 'node:fs/promises'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { listEntries } from '../../src/journal/store.ts'
import { axeFindings, launchChromium } from '../support/chromium.ts'
import { sceau } from '../support/cli.ts'
import { openssl } from '../support/openssl.ts'
import { startTestTsa, type TestTsa } from '../support/tsa.ts'
import { askHttps } from './ask-https.ts'
import { type FirstRunServer, startFirstRunServer } from './first-run-server.ts'
import { type KeptMailServer, keepMailServer } from './kept-mail-server.ts'
import { PASSWORD, STEPS, take } from './wizard.ts'

let browser: Browser
let tsa: TestTsa
let mail: KeptMailServer
let server: FirstRunServer
let context: BrowserContext
let page: Page
const complaints: string[] = []

beforeAll(async () => {
  browser = await launchChromium()
  tsa = await startTestTsa()
  mail = await keepMailServer()
  server = await startFirstRunServer({
    SCEAU_TSA_URLS: tsa.url,
    SCEAU_SMTP_URL: mail.url,
    SCEAU_MAIL_FROM: 'Sceau <sceau@conseil.example>',
  })
  context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'fr-FR' })
  page = await context.newPage()
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await server?.remove()
  await tsa?.close()
  await mail?.close()
})

/** This page in both languages. */
async function lookAt(path: string): Promise<void> {
  for (const lang of ['en', 'fr']) {
    await page.goto(`${server.url}${path}?lang=${lang}`)
    await expectAccessible()
    expect(await page.getAttribute('html', 'lang')).toBe(lang)
  }
}

async function expectAccessible(): Promise<void> {
  const at = page.url()
  expect({ at, found: await axeFindings(page) }).toEqual({ at, found: [] })
}

test('from an empty data folder to the first sign-in, the server killed before every step', async () => {
  await page.goto(`${server.url}/members`)
  expect(await page.textContent('h1')).toBe('Cet appareil n’est pas encore en service')
  await lookAt('/first-run')
  for (const step of STEPS) {
    await server.kill()
    await page.goto(server.link)
    expect(new URL(page.url()).pathname).toBe(`/first-run/${step}`)
    await expectAccessible()
    await take(page, step)
    await lookAt(`/first-run/${step}`)
  }
  await server.kill()
  await page.goto(server.link)
  await checkMinutes()
  await checkDocument()
  await page.getByRole('button', { name: /Terminer/ }).click()
  await page.waitForURL(`${server.url}/home`)

  expect(mail.arrived[0]?.to).toEqual(['claire.aubert@conseil.example'])
  expect(mail.arrived[0]?.raw).toContain('Essai')
  expect(await page.textContent('body')).toContain('Claire Aubert')
  expect(complaints.filter((text) => !text.includes('404'))).toEqual([])
}, 300_000)

async function checkMinutes(): Promise<void> {
  for (const path of ['administrator/minutes', 'authority/minutes']) {
    await lookAt(`/first-run/${path}`)
  }
  const root = await askHttps(`${server.url}/pki/root.cer`)
  expect(root.status).toBe(200)
  const minutes = (await page.textContent('main')) ?? ''
  const [fingerprint = ''] = /(?:[0-9A-F]{2}:){31}[0-9A-F]{2}/.exec(minutes) ?? []
  const shown = await openssl(
    ['x509', '-inform', 'DER', '-in', 'r', '-noout', '-fingerprint', '-sha256'],
    {
      r: root.bytes,
    },
  )
  expect(shown).toContain(fingerprint)
}

async function checkDocument(): Promise<void> {
  await page.goto(`${server.url}/first-run/document`)
  const download = page.waitForEvent('download')
  await page.getByRole('link', { name: /Télécharger la page/ }).click()
  const bytes = await readFile(await (await download).path())
  expect(bytes.subarray(0, 5).toString()).toBe('%PDF-')
  expect(bytes.includes('/ByteRange')).toBe(true)
}

test('after the end: the link, the pages and the cookie of the first run lead nowhere', async () => {
  const { link, url } = server
  for (const path of [link, `${url}/first-run`, `${url}/first-run/language`]) {
    expect((await askHttps(path, { accept: 'text/html' })).status).toBe(404)
  }
  const cookies = await context.cookies()
  expect(cookies.filter(({ name }) => name.includes('first-run'))).toEqual([])
  expect((await askHttps(`${url}/api/v1/seals`)).status).toBe(401)
})

test('what the first run made is journalled without a name, and the seal seals', async () => {
  expect(await server.stop()).toBe(0)
  const db = await openDatabase(`sqlite:${server.dataDir}/sceau.db`)
  const entries = await listEntries(db, 0, 500)
  const keys = await db.selectFrom('signing_key').select('label').execute()
  const run = await db.selectFrom('first_run').selectAll().executeTakeFirstOrThrow()
  await db.destroy()
  const text = JSON.stringify(entries)
  const seals = await sceau(['seals', 'list', '--json'], server.env)

  for (const word of ['Claire', 'Aubert', 'claire', '612345678', PASSWORD]) {
    expect(text).not.toContain(word)
  }
  const actions = entries.map(({ action }) => action)
  for (const action of [
    'organisation.founded',
    'member.entered',
    'identity.attested',
    'document.sealed',
    'first-run.finished',
    'session.started',
  ]) {
    expect(actions).toContain(action)
  }
  expect(actions.filter((action) => action === 'first-run.step-done')).toHaveLength(STEPS.length)
  expect(run).toMatchObject({ token_sha256: '', session_sha256: '' })
  expect(keys.map(({ label }) => label)).not.toContain('Sceau first run test')
  expect(JSON.parse(seals)).toMatchObject([{ id: 'cachet', state: 'active' }])
})
