import { writeFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { axeFindings, launchChromium } from '../support/chromium.ts'
import { type FirstRunServer, startFirstRunServer } from './first-run-server.ts'
import { addAuthenticator, attest, introduce, take } from './wizard.ts'

let browser: Browser
const running: FirstRunServer[] = []

beforeAll(async () => {
  browser = await launchChromium()
})
afterEach(async () => {
  for (const server of running.splice(0)) await server.remove()
})
afterAll(() => browser?.close())

async function start(extra: Readonly<Record<string, string>> = {}): Promise<FirstRunServer> {
  const server = await startFirstRunServer(extra)
  running.push(server)
  return server
}

async function open(
  server: FirstRunServer,
  options: { readonly javaScriptEnabled?: boolean } = {},
): Promise<Page> {
  const context = await browser.newContext({
    ...{ ignoreHTTPSErrors: true, locale: 'en-GB', ...options },
  })
  const page = await context.newPage()
  await page.goto(server.link)
  return page
}

const at = (page: Page) => new URL(page.url()).pathname

test('steps are taken in their order: a page that is too early leads back, a form is refused', async () => {
  const server = await start()
  const page = await open(server)
  for (const step of ['organisation', 'hsm', 'authority/minutes', 'document']) {
    await page.goto(`${server.url}/first-run/${step}`)
    expect(at(page)).toBe('/first-run/language')
  }
  const csrf = (await page.getAttribute('[name=csrf]', 'value')) ?? ''
  for (const step of ['hsm', 'authority', 'timestamps', 'messages', 'finish']) {
    const form = { csrf, do: 'without', key: 'p-256', understood: 'on' }
    const answer = await page.request.post(`${server.url}/first-run/${step}`, { form })
    expect({ step, status: answer.status() }).toEqual({ step, status: 400 })
  }
  const forged = await page.request.post(`${server.url}/first-run/language`, {
    form: { csrf: 'another', locale: 'en' },
  })
  expect(forged.status()).toBe(403)
}, 60_000)

test('without a script: two browsers share one first run, and what is wrong is said by its field', async () => {
  const server = await start()
  const page = await open(server, { javaScriptEnabled: false })
  await take(page, 'language')
  await page.fill('[name=name]', 'Cabinet')
  await page.fill('[name=siren]', '123456789')
  await page.check('[value=firm]')
  await page.getByRole('button', { name: 'Continue' }).click()
  expect(await page.textContent('#field-siren-error')).toBe(
    'This is no SIREN: check its nine digits.',
  )
  expect(await page.inputValue('[name=name]')).toBe('Cabinet')
  await take(page, 'organisation')
  const other = await open(server)
  expect(at(other)).toBe('/first-run/administrator')
  await take(other, 'administrator')
  await page.reload()
  expect(await page.textContent('main')).toContain('This step is done.')
}, 60_000)

test('a passkey is a factor; a weak password and a wrong code are refused', async () => {
  const server = await start()
  const page = await open(server)
  await addAuthenticator(page.context(), page)
  await take(page, 'language')
  await take(page, 'organisation')
  await introduce(page, 'claire-aubert-2026')
  expect(await page.textContent('#field-password-error')).toContain('neither your name')
  await introduce(page)
  await page.fill('[name=code]', '000000')
  await page.getByRole('button', { name: 'Check the code' }).click()
  expect(await page.textContent('#field-code-error')).toContain('does not fit')
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByText('A second factor is there.').waitFor()
  await attest(page)
}, 60_000)

test('without an HSM: codes can wait, and the step of the HSM says what to set and to mend', async () => {
  const server = await start({ SCEAU_PKCS11_PIN_FILE: '' })
  const page = await open(server)
  await take(page, 'language')
  await take(page, 'organisation')
  await introduce(page)
  await page.getByText(/needs the HSM, which is not ready: SCEAU_PKCS11_PIN_FILE/).waitFor()
  await page.getByRole('button', { name: 'Add the second factor later' }).click()
  await attest(page)
  await page.getByRole('button', { name: 'Test the HSM' }).click()

  const said = (await page.textContent('main')) ?? ''
  expect(said).toContain('SCEAU_PKCS11_PIN_FILE')
  expect(said).toContain(server.token.tokenLabel)
  expect(said).toContain('libcknfast.so')
  expect(await axeFindings(page)).toEqual([])
}, 60_000)

test('a wrong PIN is told as such, once; the right one and a new start mend it', async () => {
  const server = await start()
  await writeFile(server.token.pinFile, '0000000')
  await server.kill()
  const page = await open(server)
  await take(page, 'language')
  await take(page, 'organisation')
  await page.goto(`${server.url}/first-run/hsm`)
  expect(at(page)).toBe('/first-run/administrator')
  await introduce(page)
  await page.getByRole('button', { name: 'Add the second factor later' }).click()
  await attest(page)
  await page.getByRole('button', { name: 'Test the HSM' }).click()
  await page.getByText('The PIN was tried once').waitFor()
  await writeFile(server.token.pinFile, server.token.pin)
  await server.kill()
  await page.goto(server.link)
  await take(page, 'hsm')
}, 90_000)
