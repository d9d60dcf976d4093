import { afterAll, beforeAll, expect, test } from 'vitest'
import { dumpTables } from './dump.ts'
import { buildHouse, type House } from './house.ts'
import { addressOf, listRoutes } from './routes.ts'
import { openSite } from './site.ts'

const site = await openSite()
const { db } = site.appliance
let house: House

beforeAll(async () => {
  await site.appliance.authority.create({ name: 'Conseil', siren: '012345674' }, 'p-256')
  house = await buildHouse(site, { word: 'quintefeuille', siren: '123456782' })
})
afterAll(() => site.close())

const routes = listRoutes(site)
const isAsked = (method: string, path: string) =>
  routes.some((route) => route.method === method && route.path === path)

/** What a look writes by rights: who saw an identity, and a secret that waits for its first code. */
const WRITTEN_BY_LOOKS: Readonly<Record<string, readonly string[]>> = {
  '/enrolments/:id/document': ['journal_entry', 'journal_head'],
  '/profile/totp': ['totp', 'vault_data_key', 'vault_wrapping_key'],
}

function addressesOf(path: string): string[] {
  const { ids, member } = house
  const things = path.includes(':id') ? [...Object.values(ids), member.session.id] : ['']
  const { personId } = member
  const { functionId } = ids
  const token = 'x'.repeat(43)
  return things.map((id) => addressOf(path, { id, personId, functionId, token }))
}

test.each(routes.filter(({ method }) => method === 'GET'))(
  'GET $path changes nothing',
  async ({ path }) => {
    const before = await dumpTables(db)
    for (const address of addressesOf(path)) {
      for (const browser of [house.admin, house.member]) {
        await browser.get(address)
        await browser.send(address, { method: 'HEAD' })
        await browser.get(`${address}?_method=POST&csrf=${browser.session.csrf}`, {
          'x-http-method-override': 'POST',
        })
      }
    }
    const after = await dumpTables(db)
    const changed = Object.keys(after).filter(
      (table) => JSON.stringify(after[table]) !== JSON.stringify(before[table]),
    )

    expect(changed.filter((table) => !WRITTEN_BY_LOOKS[path]?.includes(table))).toEqual([])
  },
)

test.each(routes.filter(({ method, path }) => method === 'POST' && !isAsked('GET', path)))(
  '$path answers nothing but POST, and does nothing then',
  async ({ path }) => {
    const before = await dumpTables(db)
    const { admin, member } = house
    for (const address of addressesOf(path)) {
      for (const browser of [admin, member]) {
        const query = `?${new URLSearchParams({ csrf: browser.session.csrf, reason: 'x' })}`
        expect([404, 405]).toContain((await browser.get(`${address}${query}`)).status)
      }
    }
    expect(await dumpTables(db)).toEqual(before)
  },
)

test.each(routes)('$path knows no other method than $method', async ({ path }) => {
  const before = await dumpTables(db)
  const [address = ''] = addressesOf(path)
  for (const method of ['PUT', 'PATCH', 'DELETE', 'QUERY', 'PROPFIND', 'OPTIONS']) {
    const headers = { 'x-csrf-token': house.admin.session.csrf, 'sec-fetch-site': 'same-origin' }
    const { status } = await house.admin.send(address, { method, headers })
    expect([404, 405]).toContain(status)
  }
  expect(await dumpTables(db)).toEqual(before)
})
