import { once } from 'node:events'
import { createAdaptorServer, type ServerType } from '@hono/node-server'
import { Hono } from 'hono'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Env } from '../../src/http/env.ts'
import { securityHeaders } from '../../src/http/middleware/security-headers.ts'
import { staticRoutes } from '../../src/http/pages.tsx'
import type { Locale } from '../../views/locales/locale.ts'
import { axeFindings, hiddenWidth, launchChromium, tabOrder } from '../support/chromium.ts'
import { KitchenSink } from './kitchen-sink.tsx'
import { SHELL_PAGES } from './shell-pages.tsx'

const LONG = 'Révoquer le certificat «\u00a00f3a-77b1\u00a0» de l’anticonstitutionnellement'
const EVIL = `<img src=x onerror="boom()"><script>boom()</script>'"&`

let server: ServerType
let browser: Browser
let url: string

beforeAll(async () => {
  const app = new Hono<Env>()
    .use(securityHeaders())
    .route('/', staticRoutes())
    .get('/evil', (c) => c.html(<KitchenSink locale="fr" text={EVIL} />))
    .get('/part', (c) => c.html('<p id="part">arrivé</p>'))
    .get('/refused', (c) => c.html('<p id="part">refusé</p>', 422))
    .get('/:locale/:page?', (c) => {
      const locale: Locale = c.req.param('locale') === 'en' ? 'en' : 'fr'
      const draw = SHELL_PAGES[c.req.param('page') ?? '']
      return c.html(draw?.(locale) ?? <KitchenSink locale={locale} text={LONG} />)
    })
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

type Look = NonNullable<Parameters<Browser['newContext']>[0]>

async function open(path: string, look: Look = {}): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext(look)
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(`${url}${path}`)
  return { page, complaints }
}

const WIDE = { width: 1280, height: 800 }
const NARROW = { width: 375, height: 800 }

describe.each([
  { path: '/fr', colorScheme: 'light', viewport: WIDE },
  { path: '/en', colorScheme: 'dark', viewport: WIDE },
  { path: '/en', colorScheme: 'light', viewport: NARROW },
  { path: '/fr', colorScheme: 'dark', viewport: NARROW },
] as const)('$path $colorScheme, $viewport.width px wide', ({ path, ...look }) => {
  test('axe finds nothing, nothing is blocked, nothing lies beside the window', async () => {
    const { page, complaints } = await open(path, look)
    await page.waitForFunction('window.htmx !== undefined')

    expect(await axeFindings(page)).toEqual([])
    expect(await hiddenWidth(page)).toBe(0)
    expect(complaints).toEqual([])
    await page.context().close()
  })

  test('axe finds nothing in the open menus, which lie within the window', async () => {
    const { page } = await open(path, look)
    for (const id of ['account', 'capacities']) {
      await page.click(`[popovertarget=${id}]`)
      const box = await page.locator(`#${id}`).boundingBox()

      expect(await axeFindings(page)).toEqual([])
      expect(box?.x).toBeGreaterThanOrEqual(0)
      expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(look.viewport.width)
      await page.keyboard.press('Escape')
      expect(await page.locator(`#${id}`).isVisible()).toBe(false)
    }
    await page.context().close()
  })
})

describe.each(Object.keys(SHELL_PAGES))('the page %s', (name) => {
  test.each([
    { path: `/fr/${name}`, colorScheme: 'light', viewport: NARROW },
    { path: `/en/${name}`, colorScheme: 'dark', viewport: WIDE },
  ] as const)('axe finds nothing, nothing is cut off: $path $colorScheme', async (look) => {
    const { page, complaints } = await open(look.path, look)

    expect(await axeFindings(page)).toEqual([])
    expect(await hiddenWidth(page)).toBe(0)
    expect(complaints).toEqual([])
    if (process.env.SCREENS_DIR) {
      const file = `${look.path.replaceAll('/', '-').slice(1)}-${look.viewport.width}.png`
      await page.screenshot({ path: `${process.env.SCREENS_DIR}/${file}`, fullPage: true })
    }
    await page.context().close()
  })
})

test('what can be pressed is 44 px high, or stands within a line of text', async () => {
  const { page } = await open('/fr', { viewport: NARROW })
  const small = await page.evaluate(`[...document.querySelectorAll(
      '.button, .menu-button, .top a, .field > input, .field > select, .choice > label')]
    .filter((one) => !one.closest('.data') && one.offsetHeight > 0 && one.offsetHeight < 44)
    .map((one) => one.outerHTML)`)

  expect(small).toEqual([])
  await page.context().close()
})

test('the keyboard goes through the page as it is read', async () => {
  const { page } = await open('/fr', { viewport: WIDE })
  const order = await tabOrder(page, 9)

  expect(order.map((one) => one.slice(0, 16))).toEqual([
    'a Aller au conte',
    'a Sceau',
    'button Vous agis',
    'a English',
    expect.stringMatching(/^button /),
    expect.stringMatching(/^a Accueil/),
    'a Membres',
    'a Certificats',
    'a Révoquer le ce',
  ])
  await page.context().close()
})

test('on a narrow screen the navigation is behind its button, which the keyboard opens', async () => {
  const { page } = await open('/fr', { viewport: NARROW })
  const navigation = page.locator('#navigation')
  const before = await navigation.isVisible()
  await page.focus('[popovertarget=navigation]')
  await page.keyboard.press('Enter')
  const opened = await navigation.isVisible()
  await page.keyboard.press('Tab')
  const focused = await page.evaluate('document.activeElement.getAttribute("href")')

  expect({ before, opened, focused }).toEqual({ before: false, opened: true, focused: '/home' })
  await page.context().close()
})

test('without a script the menus open and everything is there', async () => {
  const { page } = await open('/fr', { javaScriptEnabled: false, viewport: NARROW })
  await page.click('[popovertarget=account]')

  expect(await page.locator('#account form').isVisible()).toBe(true)
  await page.context().close()
})

test('text from outside stays text, wherever it stands', async () => {
  const { page, complaints } = await open('/evil')

  expect(await page.locator('main img, main script').count()).toBe(0)
  expect(await page.textContent('h1')).toBe(EVIL)
  expect(await page.inputValue('#field-email')).toBe(EVIL)
  expect(await page.inputValue('#field-fixed')).toBe(EVIL)
  expect(complaints).toEqual([])
  await page.context().close()
})

test.each(['/part', '/refused'])('htmx swaps %s under the policy of contents', async (address) => {
  const { page, complaints } = await open('/fr')
  await page.evaluate(`document.querySelector('#notice').setAttribute('hx-get', '${address}');
    htmx.process(document.querySelector('#notice'));
    document.querySelector('#notice').click()`)
  await page.waitForSelector('#notice > #part')

  expect(complaints.filter((text) => !text.includes('422'))).toEqual([])
  await page.context().close()
})

test('a person who wants less motion sees none', async () => {
  const { page } = await open('/fr', { reducedMotion: 'reduce' })
  const moving = await page.evaluate(
    `[...document.querySelectorAll('*')]
      .filter((one) => parseFloat(getComputedStyle(one).transitionDuration) > 0).length`,
  )

  expect(moving).toBe(0)
  await page.context().close()
})

test('on paper there is the page without its frame', async () => {
  const { page } = await open('/fr')
  await page.emulateMedia({ media: 'print' })

  for (const part of ['.top', '#navigation', '.footer', '.actions >> nth=0']) {
    expect(await page.locator(part).isVisible()).toBe(false)
  }
  expect(await page.locator('h1').isVisible()).toBe(true)
  await page.context().close()
})
