import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { renderMail } from '../../../views/mail/message.tsx'
import { MAIL_TEMPLATES } from '../../../views/mail/templates.ts'
import type { Answer } from './browser.ts'
import { buildHouse, type House } from './house.ts'
import { addressOf, listRoutes } from './routes.ts'
import { openSite, PUBLIC_URL } from './site.ts'

/** Leaves an attribute and a text, and would be computed by a template engine. */
const EVIL = `"><script>alert(1)</script>'{{7777*7777}}`
/** As it stands when one of its signs was not escaped, or when it was computed. */
const LIVE = /<script>alert|"&gt;&lt;script|&lt;\/script&gt;'|60481729/

/** Columns that hold what somebody typed or a program sent, and that some page shows. */
const TYPED: Readonly<Record<string, readonly string[]>> = {
  organisation: ['name', 'address'],
  person: ['given_name', 'family_name', 'mobile', 'professional_id'],
  membership: ['given_name', 'family_name'],
  signing_capacity: ['text'],
  passkey: ['name'],
  session: ['ip', 'user_agent'],
  enrolment: ['mobile', 'professional_id'],
  identity_proof: ['last4', 'expires_on'],
  certificate: ['subject'],
  seal: ['name'],
  signing_key: ['label'],
  api_client: ['name'],
  notice: ['recipient', 'last_words'],
}

const site = await openSite()
let house: House

beforeAll(async () => {
  const { db, now, authority } = site.appliance
  await authority.create({ name: 'Conseil', siren: '012345674' }, 'p-256')
  house = await buildHouse(site, { word: 'quintefeuille', siren: '123456782' })
  const { admin, ids, organisation } = house
  const term = { valid_from: now() - 1, valid_to: null, created_at: now() }
  const client = { id: 'client', name: '', key_sha256: '', created_at: 1, revoked_at: null }
  await db
    .insertInto('api_client')
    .values({ ...client, last_used_at: null })
    .execute()
  await db
    .insertInto('delegation')
    .values({
      ...{ id: randomUUID(), number: 'D-1', version: 1, kind: 'seal', state: 'active' },
      ...{ organisation_id: organisation.id, grantor_person_id: null, seal_id: ids.seal, ...term },
      ...{ grantee_client_id: 'client', grantee_person_id: null },
    })
    .execute()
  await db
    .insertInto('signing_capacity')
    .values({ id: randomUUID(), function_id: ids.functionId, text: '', type: 'social' })
    .execute()
  await admin.post(`/enrolments/${ids.submittedEnrolment}/rejection`, { reason: EVIL })
  for (const [table, columns] of Object.entries(TYPED)) {
    for (const column of columns) {
      await sql`update ${sql.table(table)} set ${sql.ref(column)} = ${EVIL}`.execute(db)
    }
  }
  const { rows } = await sql<{ id: string; data_json: string }>`select * from notice`.execute(db)
  for (const { id, data_json } of rows) {
    const evil = Object.keys(JSON.parse(data_json)).map((name) => [name, EVIL])
    const spoiled = JSON.stringify(Object.fromEntries(evil))
    await db.updateTable('notice').set('data_json', spoiled).where('id', '=', id).execute()
  }
})
afterAll(() => site.close())

const routes = listRoutes(site)
const pages = routes.filter(({ method }) => method === 'GET')

/** The addresses of a path for every thing of the house that its parameters may mean. */
function addressesOf(path: string): string[] {
  const { ids, member, organisation, admin, invited } = house
  const token = 'x'.repeat(43)
  const { functionId } = ids
  const people = [member, admin, invited].map(({ personId }) => ({ personId, functionId, token }))
  const things = [...Object.values(ids), organisation.id].map((id) => ({ id, personId: id }))
  const values = path.includes(':id') ? things : people
  return [...new Set(values.map((value) => addressOf(path, value)))]
}

test.each(pages)('what is kept comes as text on $path', async ({ path }) => {
  const answers: Answer[] = []
  for (const address of addressesOf(path)) {
    for (const browser of [house.admin, house.member, house.invited]) {
      answers.push(await browser.get(address), await browser.get(`${address}?lang=en`))
    }
  }

  expect(answers.filter(isLive).map(({ text }) => LIVE.exec(text))).toEqual([])
  expect(answers.filter(({ status }) => status >= 500)).toEqual([])
})

test('the text is there to be seen, so that this says something', async () => {
  const { admin, member, ids } = house
  const shown = [
    '/home',
    '/members',
    `/members/${member.personId}`,
    '/certificates',
    `/certificates/${ids.personCertificate}`,
    '/seals',
    `/seals/${ids.seal}`,
    '/enrolments?filter=all',
    `/enrolments/${ids.submittedEnrolment}`,
    '/notices',
    `/notices/${ids.notice}`,
    '/organisations',
  ]
  const texts = await Promise.all(shown.map(async (path) => (await admin.get(path)).text))
  const escaped = '&lt;script&gt;alert(1)'

  expect(shown.filter((_, at) => !texts[at]?.includes(escaped))).toEqual([])
  expect((await member.get('/profile')).text).toContain(escaped)
})

test.each(pages)('what is asked comes as text on $path', async ({ path }) => {
  const names = 'q state function page filter holder serial ends kind channel before next done lang'
  const query = new URLSearchParams(names.split(' ').map((name) => [name, EVIL]))
  const evil = { id: EVIL, personId: EVIL, functionId: EVIL, token: EVIL }
  const answers = [
    await house.admin.get(`${addressOf(path, evil)}?${query}`),
    await house.admin.get(`${addressesOf(path)[0]}?${query}`),
  ]

  expect(answers.filter(isLive)).toEqual([])
  expect(answers.filter(({ status }) => status >= 500)).toEqual([])
})

test.each([
  { who: 'invited', atLeast: 5 },
  { who: 'member', atLeast: 10 },
  { who: 'admin', atLeast: 20 },
] as const)('what is posted by $who comes back as text from every form', async (asked) => {
  const browser = house[asked.who]
  const forms = new Map<string, ReadonlySet<string>>()
  for (const { path } of pages) {
    for (const address of addressesOf(path)) {
      for (const [action, names] of formsIn(await browser.get(address))) forms.set(action, names)
    }
  }
  forms.delete('/sign-out')

  expect(forms.size).toBeGreaterThanOrEqual(asked.atLeast)
  for (const [action, names] of forms) {
    const fields = Object.fromEntries([...names].map((name) => [name, EVIL]))
    const answer = await browser.post(action, { ...fields, csrf: browser.session.csrf })

    expect({ action, isLive: isLive(answer), isError: answer.status >= 500 }).toEqual({
      ...{ action, isLive: false, isError: false },
    })
  }
})

/** The forms of a page by where they lead, with the names of their fields. */
function formsIn({ text }: Answer): [action: string, names: Set<string>][] {
  return [...text.matchAll(/<form([^>]*)>(.*?)<\/form>/gs)].flatMap(([, head = '', body = '']) => {
    const action = /action="([^"]*)"/.exec(head)?.[1]
    if (action === undefined || !head.includes('method="post"')) return []
    const names = [...body.matchAll(/ name="([^"]+)"/g)].map(([, name = '']) => name)
    return [[action, new Set(names)]]
  })
}

test.each(Object.entries(MAIL_TEMPLATES))('mail %s is text too', async (_kind, template) => {
  const { shape } = template.shape
  const data = Object.fromEntries(
    Object.entries(shape).map(([name, field]) => [name, evilFor(name, field)]),
  )
  for (const locale of ['fr', 'en'] as const) {
    const mail = template.say(locale, data)
    const { html, subject } = await renderMail(mail, { locale, publicUrl: PUBLIC_URL })

    expect(html).not.toMatch(LIVE)
    expect(subject).not.toMatch(/[\r\n]/)
  }
})

/** The worst that a field takes; ids and tokens are ours. */
function evilFor(name: string, field: unknown): unknown {
  const options = /token$|id$/i.test(name) ? ['x'] : [EVIL, 1, true, [EVIL], null]
  if (!(field instanceof z.ZodType)) throw new RangeError(name)
  if (field instanceof z.ZodEnum) return field.options[0]
  return options.find((option) => field.safeParse(option).success)
}

function isLive({ type, text }: Answer): boolean {
  return type.startsWith('text/html') && LIVE.test(text)
}
