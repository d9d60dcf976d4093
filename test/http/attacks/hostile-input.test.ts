import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { runOnPostgres } from '../../support/postgres.ts'
import type { Answer } from './browser.ts'
import { buildHouse, type House } from './house.ts'
import { addressOf, listRoutes } from './routes.ts'
import { openSite, type Site } from './site.ts'

/** What no answer to a client holds: places in the source, statements, causes. */
const INTERNALS =
  /node_modules|\bat \S+ \(|\.tsx?:\d|SQLITE_|syntax error|ZodError|select .* from /i
const HOSTILE_IDS = [
  ...['\0', 'a\0b', '\u{1F4A9}', '..', '../../etc/passwd', '%', "' or 1=1 --", '\r\nX: y'],
  ...['x'.repeat(10_000), '-1'],
]
const NAMES = 'q state function page filter holder serial ends kind channel before next done lang'

const kilobytes = (count: number) => 'x'.repeat(count * 1024)
const form = { 'content-type': 'application/x-www-form-urlencoded' }

interface Posted {
  readonly what: string
  readonly body: string | Uint8Array<ArrayBuffer>
  readonly headers: Readonly<Record<string, string>>
}

const POSTED: readonly Posted[] = [
  { what: 'a field of 1 MB', body: `email=${kilobytes(1024)}`, headers: form },
  {
    ...{ what: '10,000 fields', headers: form },
    body: Array.from({ length: 10_000 }, (_, i) => `f${i}=1`).join('&'),
  },
  {
    ...{ what: 'a field 10,000 times', headers: form },
    body: Array.from({ length: 10_000 }, () => 'name=1').join('&'),
  },
  {
    ...{ what: 'NUL bytes and a lone surrogate', headers: form },
    body: 'givenName=a%00b&email=%00&reason=%00%00%00&name=%ed%a0%80&organisationId=%00',
  },
  {
    ...{ what: 'octets that are no UTF-8', headers: form },
    body: Uint8Array.from([...Buffer.from('name='), 0xff, 0xfe, 0xc0, 0x80]),
  },
  { what: 'names of prototypes', body: '__proto__=1&constructor=2&toString=3', headers: form },
  { what: 'JSON', body: '{"name":{}}', headers: { 'content-type': 'application/json' } },
  { what: 'XML', body: '<!DOCTYPE a [<!ENTITY b "c">]>', headers: { 'content-type': 'text/xml' } },
  { what: 'no type', body: 'name=x', headers: { 'content-type': '' } },
  {
    what: 'parts without a boundary',
    body: 'x',
    headers: { 'content-type': 'multipart/form-data' },
  },
  {
    what: 'parts that never end',
    body: '--b\r\nContent-Disposition: form-data; name="file"; filename="\0"\r\n\r\n',
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
  },
  {
    what: 'a file where a text is asked for',
    body: ['name', 'reason', 'password', 'email', 'organisationId', 'locale', 'answer']
      .map(
        (name) =>
          `--b\r\nContent-Disposition: form-data; name="${name}"; filename="f"\r\n\r\nx\r\n`,
      )
      .join('')
      .concat('--b--\r\n'),
    headers: { 'content-type': 'multipart/form-data; boundary=b' },
  },
]

describe.each(['sqlite', 'postgres'] as const)('what is sent to harm (%s)', (dialect) => {
  let site: Site
  let house: House

  beforeAll(async () => {
    site = await openSite(dialect === 'postgres' ? await makeDatabase() : undefined)
    await site.appliance.authority.create({ name: 'Conseil', siren: '012345674' }, 'p-256')
    house = await buildHouse(site, { word: 'quintefeuille', siren: '123456782' })
  })
  afterAll(() => site.close())

  test('in an address finds nothing, and is no failure', async () => {
    const bad: unknown[] = []
    for (const { method, path } of listRoutes(site)) {
      if (!path.includes(':') || path.includes('{')) continue
      for (const id of HOSTILE_IDS) {
        const address = addressOf(path, {
          ...{ id: id, personId: id, functionId: id },
        })
        const { admin } = house
        const answer = method === 'GET' ? await admin.get(address) : await admin.post(address)
        if (!isRefusal(answer)) bad.push([method, path, id.slice(0, 20), answer.status])
      }
    }
    expect(bad).toEqual([])
  })

  test('in a query is no failure', async () => {
    const bad: unknown[] = []
    for (const { method, path } of listRoutes(site)) {
      if (path.includes(':') || method !== 'GET') continue
      for (const id of [...HOSTILE_IDS, '%ff%fe', '%']) {
        const query = NAMES.split(' ').map((name) => `${name}=${encodeURIComponent(id)}`)
        const raw = id.startsWith('%') ? query.map((pair) => pair.replace(/%25/g, '%')) : query
        const answer = await house.admin.get(`${path}?${raw.join('&')}`)
        if (answer.status >= 500 || hasInternals(answer)) bad.push([path, id, answer.status])
      }
    }
    expect(bad).toEqual([])
  })

  test.each(POSTED)('as $what fails nowhere and learns nothing', async ({ body, headers }) => {
    const bad: unknown[] = []
    const { admin, member, ids } = house
    const { personId } = member
    const token = 'x'.repeat(43)
    const things = { id: ids.submittedEnrolment, personId, functionId: ids.functionId, token }
    for (const { method, path } of listRoutes(site)) {
      if (method !== 'POST' || CHANGES_WITHOUT_FIELDS.test(path)) continue
      const answer = await admin.send(addressOf(path, things), {
        ...{ method, body },
        headers: {
          ...headers,
          ...{ 'sec-fetch-site': 'same-origin', 'x-csrf-token': admin.session.csrf },
        },
      })
      if (answer.status >= 500 || hasInternals(answer)) bad.push([path, answer.status])
    }
    expect(bad).toEqual([])
  })

  test('as a field of 1 MB is not even read', async () => {
    const { admin } = house
    const fields = { email: kilobytes(1024), name: 'x' }

    expect((await admin.post('/members/invite', fields)).status).toBe(413)
    expect((await admin.post('/sign-in', fields)).status).toBe(413)
  })

  test('as more fields than any form has is not looked at', async () => {
    const fields = Object.fromEntries(Array.from({ length: 10_000 }, (_, i) => [`f${i}`, '1']))

    expect((await house.admin.post('/members/invite', fields)).status).toBe(400)
  })

  test('in headers splits no answer and is no failure', async () => {
    const bad: unknown[] = []
    for (const [name, value] of [
      ...['accept-language', 'user-agent', 'x-forwarded-for', 'x-request-id', 'accept'].map(
        (header) => [header, `${'\u00ff'.repeat(2_000)}%0d%0aX-Evil: 1`] as const,
      ),
      ['hx-request', 'true'] as const,
    ]) {
      for (const path of ['/home', '/profile', '/members', '/sign-in', '/nowhere']) {
        const answer = await house.admin.get(`${path}?next=%0d%0aX-Evil:1&lang=%0d%0aX-Evil:1`, {
          [name]: value,
        })
        if (answer.status >= 500 || answer.headers.has('x-evil')) bad.push([path, name])
      }
    }
    expect(bad).toEqual([])
  })
})

/** Acts whose form is a button alone: they do what they do, whatever else is sent. */
const CHANGES_WITHOUT_FIELDS =
  /^\/(?:sign-out|members\/:personId\/(?:suspend|resume|end)|profile\/sessions|enrolments\/:id\/(?:link|restart|block))/

function isRefusal(answer: Answer): boolean {
  return answer.status >= 300 && answer.status < 500 && !hasInternals(answer)
}

function hasInternals({ status, text }: Answer): boolean {
  return status >= 400 && INTERNALS.test(text)
}

async function makeDatabase(): Promise<string> {
  const server = inject('postgresUrl')
  const name = `attacks_${randomUUID().replaceAll('-', '')}`
  await runOnPostgres(server, `create database ${name}`)
  return server.replace('/postgres?', `/${name}?`)
}
