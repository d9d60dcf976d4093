import { TOTP } from 'otpauth'
import { beforeEach, describe, expect, test } from 'vitest'
import { safeNext } from '../../src/http/web/sign-in-browser.ts'
import { ABSOLUTE_MS, IDLE_MS } from '../../src/people/accounts/model.ts'
import { Jar, makeSite } from '../people/accounts/site.ts'
import { makeWorld, PASSWORD, type World } from '../people/accounts/world.ts'
import { openTestDatabase } from '../support/databases.ts'

let world: World
let site: ReturnType<typeof makeSite>
let odile: { id: string; email: string; secret: string }

beforeEach(async () => {
  const { db } = await openTestDatabase('sqlite')
  world = await makeWorld(db)
  site = makeSite(world.accounts, () => world.clock.now, { trustProxy: true })
  const { id, email } = await world.enter('Odile')
  await world.accounts.setPassword(id, PASSWORD)
  const { secret } = await world.accounts.totp.setUp(id)
  odile = { id, email, secret }
  await world.accounts.totp.confirm(id, code())
  world.clock.now += 60_000
})

function code(): string {
  const { secret } = new TOTP({ secret: odile.secret })
  return TOTP.generate({ secret, timestamp: world.clock.now })
}

/** The first step, from the page on. */
async function byPassword(jar: Jar, email: string, password: string, next = '/profile') {
  const { csrf } = await jar.ask(`/sign-in?next=${encodeURIComponent(next)}`)
  return jar.ask('/sign-in', { csrf, email, password, next })
}

/** All of it, without a script. */
async function signIn(jar = new Jar(site), next = '/profile') {
  const { location } = await byPassword(jar, odile.email, PASSWORD, next)
  const { csrf } = await jar.ask(location ?? '')
  const fields = { csrf, kind: 'totp', 'totp-code': code(), next }
  const answer = await jar.ask('/sign-in/factor', fields)
  world.clock.now += 60_000
  return { jar, answer }
}

const SESSION = '__Host-sceau'

test('a password and then a code sign in without a script, and lead on', async () => {
  const { jar, answer } = await signIn()

  expect(answer).toMatchObject({ status: 303, location: '/profile' })
  const profile = await jar.ask('/profile')
  expect(profile.status).toBe(200)
  expect(profile.text).toContain(odile.email)
  expect(profile.headers.get('cache-control')).toBe('no-store')
})

test('the cookie of a session is for this host, over TLS, out of reach of scripts', async () => {
  const { jar } = await signIn()

  const flags = (jar.flags.get(SESSION) ?? '').split('; ').sort()
  expect(flags).toEqual(['HttpOnly', 'Path=/', 'SameSite=Lax', 'Secure'])
})

describe('a session planted before sign-in', () => {
  test('is worth nothing after it: token and form cookie are new', async () => {
    const jar = new Jar(site)
    const planted = 'a'.repeat(43)
    jar.cookies.set(SESSION, planted)
    await jar.ask('/sign-in')
    const before = jar.cookies.get('__Host-sceau-form')
    await signIn(jar)

    expect(jar.cookies.get(SESSION)).not.toBe(planted)
    expect(jar.cookies.get('__Host-sceau-form')).not.toBe(before)
    expect(await world.accounts.findSession(planted)).toBeUndefined()
  })

  test('of another person ends when somebody signs in over it', async () => {
    const { jar } = await signIn()
    const first = jar.cookies.get(SESSION) ?? ''
    // The page leads on at once; a form kept open from before may still come.
    const { csrf } = await jar.ask('/profile')
    const answer = await jar.ask('/sign-in', { csrf, email: odile.email, password: PASSWORD })
    const page = await jar.ask(answer.location ?? '')
    await jar.ask('/sign-in/factor', { csrf: page.csrf, kind: 'totp', 'totp-code': code() })

    expect(jar.cookies.get(SESSION)).not.toBe(first)
    expect(await world.accounts.findSession(first)).toBeUndefined()
  })
})

test('the token changes at a step-up, and the one before is refused', async () => {
  const { jar } = await signIn()
  world.clock.now += 11 * 60_000
  const before = jar.cookies.get(SESSION) ?? ''
  const sensitive = await jar.ask('/profile/recovery-codes')
  expect(sensitive).toMatchObject({
    status: 303,
    location: '/step-up?next=%2Fprofile%2Frecovery-codes',
  })
  const { csrf } = await jar.ask(sensitive.location ?? '')

  const wrong = await jar.ask('/step-up', { csrf, kind: 'totp', 'totp-code': '000000' })
  const password = await jar.ask('/step-up', { csrf, kind: 'password', password: PASSWORD })
  const right = await jar.ask('/step-up', {
    csrf,
    kind: 'totp',
    'totp-code': code(),
    next: '/profile/recovery-codes',
  })

  // Whoever has a factor must show it: the password alone is none.
  expect([wrong.status, password.status]).toEqual([401, 401])
  expect(right).toMatchObject({ status: 303, location: '/profile/recovery-codes' })
  expect(await world.accounts.findSession(before)).toBeUndefined()
  expect((await jar.ask('/profile/recovery-codes')).status).toBe(200)
})

test.each([
  { path: '/profile/password' },
  { path: '/profile/passkeys' },
  { path: '/profile/passkeys/options' },
  { path: '/profile/totp' },
  { path: '/profile/totp/removal' },
  { path: '/profile/recovery-codes' },
  { path: '/profile/oidc' },
  { path: '/profile/oidc/removal' },
])('POST $path asks for a fresh factor', async ({ path }) => {
  const { jar } = await signIn()
  const { csrf } = await jar.ask('/profile')
  world.clock.now += 11 * 60_000

  const answer = await jar.ask(path, { csrf, password: PASSWORD, 'repeated-password': PASSWORD })

  expect(answer).toMatchObject({ status: 303, location: '/step-up' })
})

test('known and unknown addresses get the same page, status and work', async () => {
  const paul = await world.enter('Paul')
  const seen = []
  for (const email of [odile.email, paul.email, 'nobody@conseil.example']) {
    const jar = new Jar(site)
    const answers = []
    for (let i = 0; i < 6; i += 1) {
      const before = world.compared()
      const { status, text, headers } = await byPassword(jar, email, 'not the password')
      const plain = text.replaceAll(email, '…').replace(/value="[\w-]{43}"/g, '')
      answers.push({
        status,
        plain,
        compared: world.compared() - before,
        retry: headers.get('retry-after'),
      })
    }
    seen.push(answers)
  }

  expect(seen[1]).toEqual(seen[0])
  expect(seen[2]).toEqual(seen[0])
  expect(seen[0]?.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401, 429])
  expect(seen[0]?.at(-1)).toMatchObject({ retry: '30', compared: 0 })
})

test('nobody reaches the second factor without the password, nor in another browser', async () => {
  await byPassword(new Jar(site), odile.email, PASSWORD)

  const other = new Jar(site)
  const page = await other.ask('/sign-in/factor')
  expect(page).toMatchObject({ status: 303, location: '/sign-in?next=%2Fhome' })
  const { csrf } = await other.ask('/sign-in')
  const answer = await other.ask('/sign-in/factor', { csrf, kind: 'totp', 'totp-code': code() })
  expect(answer.status).toBe(401)
  expect(other.cookies.has(SESSION)).toBe(false)
})

test('a code signs in once', async () => {
  const { jar } = await signIn()
  world.clock.now -= 60_000
  const replayed = code()
  world.clock.now += 1_000
  const other = new Jar(site)
  const { location } = await byPassword(other, odile.email, PASSWORD)
  const { csrf } = await other.ask(location ?? '')

  const answer = await other.ask('/sign-in/factor', { csrf, kind: 'totp', 'totp-code': replayed })

  expect(answer.status).toBe(401)
  expect(other.cookies.has(SESSION)).toBe(false)
  expect((await jar.ask('/profile')).status).toBe(200)
})

test('new recovery codes are shown once, and one of them signs in once', async () => {
  const { jar } = await signIn()
  const { csrf } = await jar.ask('/profile/recovery-codes')
  const shown = await jar.ask('/profile/recovery-codes', { csrf })
  const codes = shown.text.match(/[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}/g) ?? []
  expect(codes).toHaveLength(10)
  expect((await jar.ask('/profile/recovery-codes')).text).not.toContain(codes[0])

  const statuses = []
  for (let i = 0; i < 2; i += 1) {
    const other = new Jar(site)
    const { location } = await byPassword(other, odile.email, PASSWORD)
    const page = await other.ask(location ?? '')
    const fields = { csrf: page.csrf, kind: 'recovery', 'recovery-code': codes[0] ?? '' }
    statuses.push((await other.ask('/sign-in/factor', fields)).status)
  }
  expect(statuses).toEqual([303, 401])
})

describe('a session is refused at the next request', () => {
  test('after sign-out', async () => {
    const { jar } = await signIn()
    const token = jar.cookies.get(SESSION) ?? ''
    const { csrf } = await jar.ask('/profile')

    const out = await jar.ask('/sign-out', { csrf })

    expect(out).toMatchObject({ status: 303, location: '/sign-in?ended' })
    expect(jar.cookies.has(SESSION)).toBe(false)
    jar.cookies.set(SESSION, token)
    expect((await jar.ask('/profile')).location).toBe('/sign-in?next=%2Fprofile')
  })

  test.each([{ idleMs: IDLE_MS }, { idleMs: ABSOLUTE_MS }])(
    'after $idleMs ms',
    async ({ idleMs }) => {
      const { jar } = await signIn()
      await jar.ask('/profile')
      world.clock.now += idleMs

      expect((await jar.ask('/profile')).status).toBe(303)
    },
  )

  test('after another one of the same person has ended it, alone or with all others', async () => {
    const { jar: here } = await signIn()
    const { jar: there } = await signIn()
    const { jar: elsewhere } = await signIn()
    const { csrf, text } = await here.ask('/profile')
    const [id = ''] = /(?<=\/profile\/sessions\/)[\w-]{36}(?=\/end)/.exec(text) ?? []

    await here.ask(`/profile/sessions/${id}/end`, { csrf })
    const one = [await there.ask('/profile'), await elsewhere.ask('/profile')]
    expect(one.map(({ status }) => status).sort()).toEqual([200, 303])
    await here.ask('/profile/sessions/end-others', { csrf })
    const all = [await there.ask('/profile'), await elsewhere.ask('/profile')]

    expect(all.map(({ status }) => status)).toEqual([303, 303])
    expect((await here.ask('/profile')).status).toBe(200)
  })

  test('after the password was changed elsewhere; a poor one is refused in words', async () => {
    const { jar: here } = await signIn()
    const { jar: there } = await signIn()
    const { csrf } = await here.ask('/profile/password')
    const change = (password: string, repeated = password) =>
      here.ask('/profile/password', { csrf, password, 'repeated-password': repeated })

    expect((await change('password1234')).text).toContain('tried first')
    expect((await change('Odile et ses chevaux')).text).toContain('neither your name')
    expect((await change('cinq chevaux bais', 'cinq chevaux bai')).text).toContain('differ')
    expect((await there.ask('/profile')).status).toBe(200)
    const changed = await change('cinq chevaux bais au bois')

    expect(changed.location).toBe('/profile?done=passwordChanged')
    expect((await there.ask('/profile')).status).toBe(303)
    expect((await here.ask('/profile')).status).toBe(200)
  })
})

test('one person cannot end the session of another, nor touch his passkeys', async () => {
  const paul = await world.enter('Paul')
  const { session } = await world.accounts.startSession({
    personId: paul.id,
    methods: ['passkey'],
    ip: '192.0.2.1',
    userAgent: '',
  })
  await world.db
    .insertInto('passkey')
    .values({
      ...{ id: 'pauls-key', person_id: paul.id, name: 'Clé', public_key: Uint8Array.of(1) },
      ...{ counter: 0, transports: '', created_at: 1, last_used_at: null },
    })
    .execute()
  const { jar } = await signIn()
  const { csrf } = await jar.ask('/profile')
  const statuses = []
  for (const path of [
    `/profile/sessions/${session.id}/end`,
    '/profile/passkeys/pauls-key/name',
    '/profile/passkeys/pauls-key/removal',
  ]) {
    statuses.push((await jar.ask(path, { csrf, name: 'Mine' })).status)
  }

  expect(statuses).toEqual([404, 404, 404])
  expect((await jar.ask('/profile/passkeys/pauls-key')).status).toBe(404)
  expect(await world.accounts.listSessions(paul.id)).toHaveLength(1)
})

test.each([
  ['/members?page=2', '/members?page=2'],
  ['/', '/'],
  ['//evil.example', '/home'],
  ['/\\evil.example', '/home'],
  ['/\t/evil.example', '/home'],
  ['https://evil.example/', '/home'],
  ['javascript:alert(1)', '/home'],
  ['/x/..//evil.example', '/home'],
  ['/.//evil.example', '/home'],
  ['/%2e//evil.example', '/home'],
  ['', '/home'],
  [undefined, '/home'],
])('«%s» as the page to go on with leads to %s', (next, to) => {
  expect(safeNext(next)).toBe(to)
})

test('an open redirect is not to be had at any step', async () => {
  const evil = '//evil.example/x'
  const { jar, answer } = await signIn(new Jar(site), evil)
  const again = await jar.ask(`/sign-in?next=${encodeURIComponent(evil)}`)
  const { csrf } = await jar.ask(`/step-up?next=${encodeURIComponent(evil)}`)
  const stepped = await jar.ask('/step-up', { csrf, kind: 'totp', 'totp-code': code(), next: evil })

  expect([answer, again, stepped].map(({ location }) => location)).toEqual([
    '/home',
    '/home',
    '/profile',
  ])
})

test('what is typed comes back as text', async () => {
  const { text } = await byPassword(new Jar(site), '"><script>alert(1)</script>', 'x')

  expect(text).not.toContain('<script>alert')
})

test('behind a trusted proxy its last address counts, and what a client adds counts nothing', async () => {
  const ask = async (forwarded: string) => {
    const jar = new Jar(site)
    const { csrf } = await jar.ask('/sign-in')
    const fields = { csrf, email: odile.email, password: 'not the password' }
    return (await jar.ask('/sign-in', fields, { 'x-forwarded-for': forwarded })).status
  }
  const statuses = []
  for (let i = 0; i < 6; i += 1) statuses.push(await ask(`203.0.113.${i}, 192.0.2.7`))

  expect(statuses).toEqual([401, 401, 401, 401, 401, 429])
  expect(await ask('192.0.2.8')).toBe(401)
})

test('an application of codes is set up from a picture or from letters', async () => {
  const { jar } = await signIn()
  const page = await jar.ask('/profile/totp')
  const secret = (/class="secret">([A-Z2-7 ]+)</.exec(page.text)?.[1] ?? '').replaceAll(' ', '')
  const at = () =>
    TOTP.generate({ secret: new TOTP({ secret }).secret, timestamp: world.clock.now })

  expect(page.text).toMatch(/<svg class="qr" role="img" aria-label="[^"]+"/)
  // A page that is asked for again shows the same.
  expect((await jar.ask('/profile/totp')).text).toContain(secret.slice(0, 4))
  const wrong = await jar.ask('/profile/totp', { csrf: page.csrf, 'totp-code': '000000' })
  const right = await jar.ask('/profile/totp', { csrf: page.csrf, 'totp-code': at() })
  expect([wrong.status, right.status]).toEqual([400, 303])
  // The one before is no factor any more.
  const ways = await world.accounts.signIns.checkCode({
    personId: odile.id,
    code: code(),
    codeKind: 'totp',
  })
  expect(ways).toEqual({ kind: 'refused' })
})
