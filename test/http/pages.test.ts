import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeFindings, launchChromium } from '../support/chromium.ts'
import { problemOf, startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let browser: Browser

beforeAll(async () => {
  server = await startTestServer()
  browser = await launchChromium()
})
afterAll(async () => {
  await browser?.close()
  await server?.remove()
})

async function open(path: string, locale: string): Promise<{ page: Page; complaints: string[] }> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale })
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  await page.goto(`${server.url}${path}`)
  return { page, complaints }
}

const LOCALES = ['fr-FR', 'en-GB'] as const
const PAGES = ['/', '/api/docs', '/nowhere'] as const

describe.each(LOCALES)('in %s', (locale) => {
  test.each(PAGES)(
    '%s: axe finds nothing, and the policy of contents blocks nothing',
    async (path) => {
      const { page, complaints } = await open(path, locale)
      const blocked = complaints.filter((text) => !text.includes('404'))

      expect(blocked).toEqual([])
      expect(await axeFindings(page)).toEqual([])
      expect(await page.getAttribute('html', 'lang')).toBe(locale.slice(0, 2))
      await page.context().close()
    },
  )
})

test('the front door speaks French first, and English when asked', async () => {
  const { page } = await open('/', 'de-DE')
  const first = await page.textContent('h1')
  await page.click('a[hreflang=en]')

  expect(first).toBe('Accueil')
  expect(await page.textContent('h1')).toBe('Home')
  await page.context().close()
})

test('the keyboard reaches every link, the skip link first', async () => {
  const { page } = await open('/', 'fr-FR')
  const links: string[] = await page.evaluate('[...document.links].map(({ href }) => href)')
  const reached: string[] = []
  for (let i = 0; i < links.length; i += 1) {
    await page.keyboard.press('Tab')
    reached.push(await page.evaluate('document.activeElement.href'))
  }

  expect(reached[0]).toContain('#content')
  expect(reached).toEqual(links)
  await page.context().close()
})

test('the description of the API has every path and says how to authenticate', async () => {
  const { body } = await server.ask('/api/v1/openapi.json')
  const description = JSON.parse(body.toString())

  expect(description.openapi).toBe('3.1.0')
  expect(Object.keys(description.paths).sort()).toEqual([
    '/batches',
    '/batches/{id}',
    '/batches/{id}/archive',
    '/batches/{id}/cancel',
    '/batches/{id}/deliveries',
    '/batches/{id}/documents',
    '/batches/{id}/documents/{name}',
    '/batches/{id}/events',
    '/batches/{id}/retry',
    '/batches/{id}/start',
    '/operations/{id}',
    '/seals',
    '/seals/{seal}/apply',
    '/seals/{seal}/digests',
    '/seals/{seal}/stream',
    '/verify',
  ])
  expect(description.components.securitySchemes.apiKey).toMatchObject({ scheme: 'bearer' })
})

test('every answer carries the headers that bind a browser', async () => {
  const { headers } = await server.ask('/')

  expect(headers['content-security-policy']).toContain("default-src 'none'")
  expect(headers['content-security-policy']).not.toContain('unsafe')
  expect(headers['x-content-type-options']).toBe('nosniff')
  expect(headers['x-request-id']).toMatch(/^[\w-]{36}$/)
})

test('a program gets a problem document where a person gets a page', async () => {
  const program = await server.ask('/nowhere', { headers: { accept: '*/*' } })
  const person = await server.ask('/nowhere', { headers: { accept: 'text/html' } })

  expect(problemOf(program)).toMatchObject({ type: '/problems/not-found', status: 404 })
  expect(person.headers['content-type']).toContain('text/html')
})

test('aliveness, readiness and metrics answer without a key', async () => {
  const ready = await server.ask('/readyz')
  const metrics = await server.ask('/metrics')

  expect((await server.ask('/healthz')).status).toBe(200)
  expect(JSON.parse(ready.body.toString())).toMatchObject({
    ready: true,
    checks: { hsm: { state: 'ok' }, database: { state: 'ok' }, disk: {} },
  })
  expect(metrics.body.toString()).toContain('sceau_guard_ready 1')
})

test('certificates and lists of the authority are DER', async () => {
  for (const file of ['root.cer', 'issuing.cer', 'root.crl', 'issuing.crl']) {
    const { status, body } = await server.ask(`/pki/${file}`)
    expect({ file, status, tag: body[0] }).toEqual({ file, status: 200, tag: 0x30 })
  }
})
