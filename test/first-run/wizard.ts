import { TOTP } from 'otpauth'
import type { BrowserContext, Page } from 'playwright-core'

/** What a person does at the wizard, step by step; each leaves the page of the next. */
export const PASSWORD = 'onze chevaux et une pendule'

export const STEPS = [
  'language',
  'organisation',
  'administrator',
  'hsm',
  'authority',
  'timestamps',
  'messages',
  'document',
] as const
export type Step = (typeof STEPS)[number]

const press = (page: Page, name: RegExp) => page.getByRole('button', { name }).click()
const follow = (page: Page, name: RegExp) => page.getByRole('link', { name }).click()

async function onward(page: Page, to: Step): Promise<void> {
  await page.waitForURL(`**/first-run/${to}`)
}

/** In either language. */
const ACTIONS: Readonly<Record<Step, (page: Page) => Promise<void>>> = {
  async language(page) {
    await press(page, /^Continue/)
    await onward(page, 'organisation')
  },
  async organisation(page) {
    await page.fill('[name=name]', 'Conseil régional d’essai')
    await page.fill('[name=siren]', '123 456 782')
    await page.check('[value=council]')
    await press(page, /^Contin/)
    await onward(page, 'administrator')
  },
  async administrator(page) {
    await introduce(page)
    await addCodes(page)
    await attest(page)
  },
  async hsm(page) {
    await press(page, /HSM/)
    await page.getByText(/16 sign/).waitFor()
    await follow(page, /suivante|Next/)
    await onward(page, 'authority')
  },
  async authority(page) {
    await page.check('[value=p-256]')
    await press(page, /cérémonie|ceremony/)
    await page
      .getByText(/empreintes|fingerprints/)
      .first()
      .waitFor()
    await follow(page, /suivante|Next/)
    await onward(page, 'timestamps')
  },
  async timestamps(page) {
    await press(page, /Demander|Ask/)
    await page.getByText(/jeton valide|valid timestamp/).waitFor()
    await follow(page, /suivante|Next/)
    await onward(page, 'messages')
  },
  async messages(page) {
    await press(page, /essai|test/)
    await page.getByText(/Les messages partent|Messages leave/).waitFor()
    await follow(page, /suivante|Next/)
    await onward(page, 'document')
  },
  async document(page) {
    await press(page, /sceller|seal the page/)
    await page.getByText(/scellée et vérifiée|sealed and verified/).waitFor()
  },
}

/** Do this step, whose page is open. */
export function take(page: Page, step: Step): Promise<void> {
  return ACTIONS[step](page)
}

/** Who the administrator is. */
export async function introduce(page: Page, password = PASSWORD): Promise<void> {
  await page.fill('[name=givenName]', 'Claire')
  await page.fill('[name=familyName]', 'Aubert')
  await page.fill('[name=email]', 'claire.aubert@conseil.example')
  await page.fill('[name=mobile]', '06 12 34 56 78')
  await page.fill('[name=password]', password)
  await page.fill('[name=passwordAgain]', password)
  await press(page, /^Contin/)
}

/** The factor of the administrator: the application reads the secret in letters. */
async function addCodes(page: Page): Promise<void> {
  await page.waitForSelector('[name=code]')
  const secret = (await page.textContent('.card code'))?.replace(/\s/g, '') ?? ''
  await page.fill('[name=code]', new TOTP({ secret }).generate())
  await press(page, /Vérifier|Check/)
}

export async function attest(page: Page): Promise<void> {
  await page.waitForSelector('[name=attested]')
  await page.check('[name=attested]')
  await press(page, /Confirm/)
  await onward(page, 'hsm')
}

/** A security key in the browser, without a person: it agrees to everything. */
export async function addAuthenticator(context: BrowserContext, page: Page): Promise<void> {
  const devtools = await context.newCDPSession(page)
  await devtools.send('WebAuthn.enable')
  await devtools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
}
