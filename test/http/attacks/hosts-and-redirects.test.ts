import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Answer, Browser } from './browser.ts'
import { dumpTables } from './dump.ts'
import { buildHouse, type House } from './house.ts'
import { addressOf, hasParameter, listRoutes } from './routes.ts'
import { openSite, PUBLIC_URL } from './site.ts'

const EVIL_HOST = 'evil.example'
const HEADERS = {
  ...{ host: EVIL_HOST, 'x-forwarded-host': EVIL_HOST, 'x-forwarded-proto': 'http' },
  ...{ forwarded: `host=${EVIL_HOST}`, 'x-original-url': `//${EVIL_HOST}/`, origin: 'null' },
  'x-forwarded-prefix': `//${EVIL_HOST}`,
}
const ELSEWHERE = [
  `//${EVIL_HOST}/`,
  `https://${EVIL_HOST}/`,
  `/\\${EVIL_HOST}/`,
  `/\t/${EVIL_HOST}/`,
  `/.//${EVIL_HOST}/`,
  `https:${EVIL_HOST}`,
  'javascript:alert(1)',
  '/home\r\nLocation: https://evil.example/',
]

const site = await openSite()
let house: House

beforeAll(async () => {
  await site.appliance.authority.create({ name: 'Conseil', siren: '012345674' }, 'p-256')
  house = await buildHouse(site, { word: 'quintefeuille', siren: '123456782' })
})
afterAll(() => site.close())

const routes = listRoutes(site)
const values = () => {
  const { ids, member } = house
  return { id: ids.notice, personId: member.personId, ...ids, token: 'x'.repeat(43) }
}

test.each(routes.filter(({ method }) => method === 'GET'))(
  'the host of a request is nowhere in $path',
  async ({ path }) => {
    const address = new URL(addressOf(path, values()), `http://${EVIL_HOST}`).href
    const answer = await house.admin.get(address, HEADERS)

    expect(answer.status).toBeLessThan(500)
    expect(saidBy(answer)).not.toContain(EVIL_HOST)
  },
)

test('mails lead to the public address, whatever host their cause was sent to', async () => {
  const { admin, ids } = house
  const invited = {
    ...{ givenName: 'Zoé', familyName: 'Martin', email: 'zoe@conseil.example', locale: 'fr' },
    ...{ function: 'elected', firstDay: '', lastDay: '', social: '', technical: '' },
  }
  const from = (path: string) => new URL(path, `http://${EVIL_HOST}`).href
  const headers = { ...HEADERS, origin: `http://${EVIL_HOST}` }
  await admin.post(from('/members/invite'), invited, headers)
  await admin.post(from(`/enrolments/${ids.invitedEnrolment}/link`), {}, headers)
  const { notice } = await dumpTables(site.appliance.db)
  const shown = await admin.get(from(`/notices/${ids.notice}`), headers)

  expect(notice?.join('\n')).toContain('zoe@conseil.example')
  expect(notice?.join('\n')).not.toContain(EVIL_HOST)
  expect(shown.text).not.toContain(EVIL_HOST)
  expect((await admin.get(`/notices/${ids.notice}`)).text).toContain(PUBLIC_URL)
})

test('a passkey is for the public host, whatever host it was asked at', async () => {
  const address = `http://${EVIL_HOST}/profile/passkeys/options`
  const { text } = await house.admin.post(address, {}, HEADERS)

  expect(JSON.parse(text)).toMatchObject({ rp: { id: new URL(PUBLIC_URL).hostname } })
  expect(text).not.toContain(EVIL_HOST)
})

test.each(routes.filter((route) => !hasParameter(route) && !route.path.includes('sign-out')))(
  '$method $path leads nowhere but to this site',
  async ({ method, path }) => {
    for (const next of ELSEWHERE) {
      // Whoever switches has another token from then on.
      const browser = path === '/switch' ? house.member : house.admin
      const address = `${path}?${new URLSearchParams({ next, to: next, return: next })}`
      const answer =
        method === 'GET' ? await browser.get(address) : await post(browser, address, next)
      const stranger = await site.app.request(address, {
        headers: { referer: `https://${EVIL_HOST}/` },
      })

      for (const location of [answer.location, stranger.headers.get('location')]) {
        expect(leadsHere(location)).toBe(true)
      }
    }
  },
)

function post(browser: Browser, address: string, next: string): Promise<Answer> {
  return browser.post(address, { next, locale: 'fr', organisationId: house.organisation.id })
}

/** Also what comes after: the page that a redirect names as the next one. */
function leadsHere(location: string | null): boolean {
  if (location === null) return true
  if (!/^\/(?![/\\])/.test(location)) return false
  const url = new URL(location, PUBLIC_URL)
  const next = url.searchParams.get('next')
  return url.origin === PUBLIC_URL && (next === null || leadsHere(next))
}

function saidBy({ text, headers }: Answer): string {
  return [text, ...headers.values()].join('\n')
}
