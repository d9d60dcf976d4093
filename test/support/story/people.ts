import type { Browser, BrowserContext, Page } from 'playwright-core'
import { addAuthenticator } from '../../first-run/wizard.ts'

/** Somebody with a browser of his own, a passkey in it, and what it complained about. */
export interface Person {
  readonly context: BrowserContext
  readonly page: Page
  readonly complaints: readonly string[]
  submit(action: string): Promise<void>
  /** Follow an address; a factor is shown again where the server asks for one. */
  visit(url: string): Promise<void>
}

export async function openPerson(browser: Browser): Promise<Person> {
  const context = await browser.newContext({ ignoreHTTPSErrors: true, locale: 'fr-FR' })
  // The machine does much else meanwhile.
  context.setDefaultTimeout(90_000)
  const page = await context.newPage()
  await addAuthenticator(context, page)
  const complaints: string[] = []
  page.on('console', (message) => complaints.push(message.text()))
  page.on('pageerror', (error) => complaints.push(error.message))
  return {
    ...{ context, page, complaints },
    submit: (action) => page.click(`form[action="${action}"] button[type=submit]`),
    async visit(url) {
      await page.goto(url)
      if (new URL(page.url()).pathname !== '/step-up') return
      await page.click('form[data-passkey] button')
      await page.waitForURL(url)
    },
  }
}
