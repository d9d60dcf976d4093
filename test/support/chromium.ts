import axe from 'axe-core'
import { type Browser, chromium, type Page } from 'playwright-core'

/** The system's Chromium. Close it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  })
}

/** What axe finds wrong: for each rule, the elements. */
export async function axeFindings(page: Page): Promise<string[]> {
  // The rules are put in past the page's own policy, which is what a tester's tool may do.
  await page.evaluate(axe.source)
  return page.evaluate(`axe.run(document, { preload: false }).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => id + ': ' + html + ' ' + failureSummary)))`)
}

/** How many pixels of the page lie to the right of the window. */
export function hiddenWidth(page: Page): Promise<number> {
  return page.evaluate(
    'Math.max(document.documentElement.scrollWidth, document.body.scrollWidth) - innerWidth',
  )
}

/** Each thing the Tab key reaches, until it comes round: its id, address or text. */
export async function tabOrder(page: Page, steps: number): Promise<string[]> {
  const reached: string[] = []
  for (let step = 0; step < steps; step += 1) {
    await page.keyboard.press('Tab')
    reached.push(
      await page.evaluate(`(({ id, name, textContent, localName }) =>
        localName + ' ' + (id || name || textContent.trim()))(document.activeElement)`),
    )
  }
  return reached
}
