/**
 * `node dist/scripts/screens.js [name …]`: pictures of every page, in both languages, wide and
 * narrow, light and dark, into `docs/screens/`. It starts an appliance of its own with the people of
 * the demonstration, and looks at it with the system's Chromium.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, chromium } from 'playwright-core'
import { openAppliance } from '../src/appliance.ts'
import { readConfig } from '../src/config.ts'
import { makeIdMaker } from '../src/ids.ts'
import { makeLog } from '../src/log.ts'
import { makeSessions } from '../src/people/accounts/sessions.ts'
import { listMembers } from '../src/people/lists.ts'
import { findFirstOrganisation } from '../src/people/store.ts'
import { startServer } from '../src/server.ts'
import { foundDemo } from './demo/founding.ts'
import { openDemoToken } from './demo/token.ts'
import { INVITATION, LOOKS, type Looker, PAGES } from './screens/pages.ts'
import { shrinkPng } from './screens/shrink-png.ts'

const OUT = join(dirname(fileURLToPath(import.meta.url)), '../../docs/screens')
const PORT = 18_443
const URL_BASE = `https://127.0.0.1:${PORT}`
/** A page longer than this is cut: the rest of it is more of the same. */
const HEIGHT_MAX = 1_600

const INVITED = [
  ['Yann', 'Kerbrat', 'permanent'],
  ['Solange', 'Duval', 'elected'],
] as const

const dir = mkdtempSync(join(tmpdir(), 'sceau-screens-'))
const token = openDemoToken(join(dir, 'softhsm'))
const config = readConfig({
  SCEAU_DATA_DIR: dir,
  SCEAU_LISTEN: `127.0.0.1:${PORT}`,
  SCEAU_PUBLIC_URL: URL_BASE,
  SCEAU_PKCS11_MODULE: token.module,
  SCEAU_PKCS11_TOKENS: token.label,
  SCEAU_PKCS11_PIN_FILE: token.pinFile,
  SCEAU_LOG_LEVEL: 'error',
})
const log = makeLog(config.logLevel)
const tokens = await found()
const server = await startServer(config, log)
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
})
try {
  await takeAll(browser, await invitePeople(browser))
} finally {
  await browser.close()
  await server.stop()
  rmSync(dir, { recursive: true, force: true })
}

async function takeAll(chrome: Browser, invitation: string): Promise<void> {
  const wanted = process.argv.slice(2)
  const pages = PAGES.filter(({ name }) => wanted.length === 0 || wanted.includes(name))
  mkdirSync(OUT, { recursive: true })
  for (const look of LOOKS) {
    const { locale, width, colorScheme, viewport } = look
    for (const looker of new Set(pages.map(({ as }) => as))) {
      const context = await openAs(chrome, looker, {
        ...{ viewport, colorScheme, reducedMotion: 'reduce' },
        locale: locale === 'fr' ? 'fr-FR' : 'en-GB',
      })
      for (const { name, path, follow } of pages.filter(({ as }) => as === looker)) {
        const page = await context.newPage()
        let answer = await page.goto(path === INVITATION ? invitation : `${URL_BASE}${path}`)
        if (follow !== undefined) {
          const href = await page.locator(follow).first().getAttribute('href')
          answer = await page.goto(new URL(href ?? '', page.url()).href)
        }
        const height = await page.evaluate('document.documentElement.scrollHeight')
        const shown = Math.min(HEIGHT_MAX, Math.max(viewport.height, Number(height)))
        await page.setViewportSize({ ...viewport, height: shown })
        const png = shrinkPng(await page.screenshot())
        writeFileSync(join(OUT, `${name}-${locale}-${width}-${colorScheme}.png`), png)
        const status = answer?.status() ?? 0
        process.stdout.write(`${status} ${name} ${locale} ${width} ${colorScheme} ${png.length}\n`)
        await page.close()
      }
      await context.close()
    }
  }
}

/** A browser in which this person has signed in. */
async function openAs(chrome: Browser, looker: Looker, look: BrowserContextOptions) {
  const context = await chrome.newContext({ ...look, ignoreHTTPSErrors: true })
  const value = tokens.get(looker)
  if (value !== undefined) {
    await context.addCookies([{ name: '__Host-sceau', value, url: URL_BASE, secure: true }])
  }
  return context
}

/**
 * Somebody whose enrolment is under way, so that lists are not empty.
 *
 * @returns The link that the last of them was sent.
 */
async function invitePeople(chrome: Browser): Promise<string> {
  const context = await openAs(chrome, 'secretary-general', { locale: 'fr-FR' })
  const page = await context.newPage()
  for (const [givenName, familyName, held] of INVITED) {
    await page.goto(`${URL_BASE}/members/invite`)
    await page.fill('[name=givenName]', givenName)
    await page.fill('[name=familyName]', familyName)
    await page.fill('[name=email]', `${givenName}.${familyName}@croec.example`.toLowerCase())
    await page.selectOption('[name=function]', held)
    await page.click('main button[type=submit]')
    if (page.url().endsWith('/invite')) throw new Error(`${givenName} could not be invited`)
  }
  await page.goto(`${URL_BASE}/notices`)
  await page.locator('tbody a').first().click()
  await page.click('main form button[type=submit]')
  const text = await page.innerText('main')
  await context.close()
  const link = /https:\S+\/enrol\/[\w-]+/.exec(text)?.[0]
  if (link === undefined) throw new Error('the notice shows no link')
  return link
}

/** The demonstration's people, and a session for each that looks. */
async function found(): Promise<ReadonlyMap<Looker, string>> {
  const appliance = await openAppliance(config, log)
  const { db, now } = appliance
  try {
    await foundDemo(appliance, { dir, url: URL_BASE })
    const organisation = await findFirstOrganisation(db)
    if (organisation === undefined) throw new Error('the demonstration founded nothing')
    const sessions = makeSessions({ db, now, makeId: makeIdMaker() })
    const opened = new Map<Looker, string>()
    for (const { id: personId, functions } of await listMembers(db, organisation.id, now())) {
      for (const looker of ['secretary-general', 'permanent'] as const) {
        if (!functions.includes(looker)) continue
        const origin = { ip: '127.0.0.1', userAgent: 'Chromium' }
        const { session } = await sessions.startSession({
          ...{ personId, ...origin },
          methods: ['passkey'],
        })
        const chosen = await sessions.chooseOrganisation(session.id, organisation.id)
        const stepped = await sessions.markStepUp(chosen.session.id, 'passkey')
        opened.set(looker, stepped.token)
      }
    }
    return opened
  } finally {
    await appliance.close()
  }
}
