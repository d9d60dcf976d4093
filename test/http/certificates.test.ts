import { randomUUID } from 'node:crypto'
import { Hono } from 'hono'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import { type Certificates, makeCertificates } from '../../src/authority/administration.ts'
import type { Db } from '../../src/db/database.ts'
import type { Env } from '../../src/http/env.ts'
import { problemFor } from '../../src/http/problem.ts'
import { renderProblem } from '../../src/http/render-problem.tsx'
import { certificatePageRoutes } from '../../src/http/web/certificates.tsx'
import { csrfProtection } from '../../src/http/web/csrf.ts'
import { myCertificateRoutes } from '../../src/http/web/my-certificate.tsx'
import type { WebEnv, WebPeople } from '../../src/http/web/web-env.ts'
import { whoAsks } from '../../src/http/web/who-asks.ts'
import type { MemberFunction } from '../../src/rights/matrix.ts'
import { type AuthorityBench, makeAuthorityBench } from '../support/authority-bench.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { openssl } from '../support/openssl.ts'

const START = Date.UTC(2026, 10, 24, 12)
const YEAR_MS = 365 * 86_400_000

interface Who {
  readonly personId: string
  readonly organisationId: string | null
  readonly functions?: readonly MemberFunction[]
  readonly hasStepUp?: boolean
}

interface Bench extends AuthorityBench {
  readonly certificates: Certificates
  /** When identities were verified; undefined for never. */
  readonly identity: { at: number | undefined }
  readonly destroyed: readonly string[]
  get(who: Who, path: string): Promise<Response>
  post(who: Who, path: string, fields?: Record<string, string>): Promise<Response>
}

const COUNCIL_SG: Who = {
  personId: 'sg',
  organisationId: 'council',
  functions: ['secretary-general'],
  hasStepUp: true,
}
const OFFICER: Who = { ...COUNCIL_SG, personId: 'officer', functions: ['security-officer'] }
const FIRM_SG: Who = { ...COUNCIL_SG, personId: 'boss', organisationId: 'firm' }

async function makeBench(db: Db): Promise<Bench> {
  await fill(db)
  const bench = await makeAuthorityBench(db, START)
  const identity: { at: number | undefined } = { at: START }
  const destroyed: string[] = []
  const { authority, clock, token } = bench
  const now = () => clock.now
  const certificates = makeCertificates({
    ...{ db, authority, now },
    keys: {
      generateKey: token.generateKey,
      destroyKey: async (keyId) => void destroyed.push(keyId),
    },
    findIdentityProof: async () => identity.at,
  })
  const ask = (who: Who, path: string, init: RequestInit = {}) =>
    appFor(who, { certificates, now }).request(path, {
      ...init,
      headers: { ...init.headers, cookie: '__Host-sceau=t' },
    })
  return {
    ...bench,
    ...{ certificates, identity, destroyed },
    get: async (who, path) => ask(who, path),
    post: async (who, path, fields = {}) =>
      ask(who, path, {
        method: 'POST',
        headers: { 'sec-fetch-site': 'same-origin' },
        body: new URLSearchParams({ csrf: 'token', ...fields }),
      }),
  }
}

function appFor(who: Who, deps: { certificates: Certificates; now: () => number }) {
  const { personId, organisationId, functions = [], hasStepUp = false } = who
  const people: WebPeople = {
    findSession: async () => ({
      ...{ id: 's1', personId, organisationId, csrf: 'token' },
      stepUpAt: hasStepUp ? deps.now() : null,
    }),
    findActor: async (asked) => ({ kind: 'person', ...asked, id: personId, functions }),
    describePerson: async () => ({
      ...{ name: 'Marie', capacities: [], waiting: 0, banner: undefined },
    }),
  }
  return new Hono<Env>()
    .use(async (c, next) => {
      c.set('log', pino({ level: 'silent' }))
      c.set('requestId', 'r')
      await next()
    })
    .route(
      '/',
      new Hono<WebEnv>()
        .use(whoAsks(people))
        .use(csrfProtection())
        .route('/', certificatePageRoutes(deps))
        .route('/', myCertificateRoutes(deps)),
    )
    .onError((error, c) => renderProblem(c, problemFor(error)))
}

/** A council, a firm, and who is where: Ada in both, Bob in the firm. */
async function fill(db: Db): Promise<void> {
  const organisations = [
    ['council', 'Conseil', '012345674', 1],
    ['firm', 'Cabinet', '123456782', 2],
  ] as const
  for (const [id, name, siren, created_at] of organisations) {
    const kind = id === 'council' ? 'council' : 'firm'
    await db.insertInto('organisation').values({ id, name, siren, created_at, kind }).execute()
  }
  for (const [id, given_name, family_name] of [
    ['ada', 'Ada', 'Lovelace'],
    ['bob', 'Bob', '<b>Martin'],
  ] as const) {
    const email = `${id}@x.example`
    await db
      .insertInto('person')
      .values({ id, given_name, family_name, email, created_at: 1 })
      .execute()
  }
  for (const [person_id, organisation_id] of [
    ['ada', 'council'],
    ['ada', 'firm'],
    ['bob', 'firm'],
  ] as const) {
    await db
      .insertInto('membership')
      .values({
        ...{ id: randomUUID(), person_id, organisation_id },
        ...{ valid_from: 1, valid_to: null, state: 'active' },
      })
      .execute()
  }
}

async function stateOf(db: Db, id: string) {
  return db
    .selectFrom('certificate')
    .select(['state', 'revocation_reason as reason'])
    .where('id', '=', id)
    .executeTakeFirst()
}

describeEachDatabase('the pages of certificates', (open) => {
  test('show what the organisation owns, and nothing of others', async () => {
    const bench = await makeBench((await open()).db)
    const ada = await bench.issuePerson({ personId: 'ada' })
    const bob = await bench.issuePerson({ personId: 'bob' })
    const seal = await bench.issueSeal({ organisationId: 'firm' })

    const council = await (await bench.get(COUNCIL_SG, '/certificates')).text()
    const firm = await (await bench.get(FIRM_SG, '/certificates')).text()

    for (const [id, inCouncil, inFirm] of [
      [ada.id, true, true],
      [bob.id, false, true],
      [seal.id, false, true],
    ] as const) {
      expect(council.includes(id)).toBe(inCouncil)
      expect(firm.includes(id)).toBe(inFirm)
      const page = await bench.get(COUNCIL_SG, `/certificates/${id}`)
      expect(page.status).toBe(inCouncil ? 200 : 404)
    }
    expect(council).toContain('Autorité racine')
    expect(firm).not.toContain('Autorité racine')
    expect(firm).toContain('&lt;b&gt;Martin')
  })

  test('find by holder, serial, state and end, page by page', async () => {
    const bench = await makeBench((await open()).db)
    const [ada, bob] = [
      await bench.issuePerson({ personId: 'ada' }),
      await bench.issuePerson({ personId: 'bob' }),
    ]
    await bench.authority.revoke(bob.id, 1, 'operator')
    const found = async (query: string) => {
      const text = await (await bench.get(FIRM_SG, `/certificates?${query}`)).text()
      return [ada, bob].map(({ id }) => text.includes(id))
    }

    expect(await found('')).toEqual([true, true])
    expect(await found('holder=LOVE')).toEqual([true, false])
    expect(await found('holder=%25')).toEqual([false, false])
    expect(await found(`serial=${bob.serial.slice(0, 20).toUpperCase()}`)).toEqual([false, true])
    expect(await found('state=revoked')).toEqual([false, true])
    expect(await found('state=active')).toEqual([true, false])
    expect(await found('ends=2029-11-25')).toEqual([true, true])
    expect(await found('ends=2029-11-24')).toEqual([false, false])
    expect(await found('page=1')).toEqual([false, false])
    bench.clock.now += 4 * YEAR_MS
    expect(await found('state=expired')).toEqual([true, false])
  })

  test('give the certificate and its chain to OpenSSL', async () => {
    const bench = await makeBench((await open()).db)
    const { id } = await bench.issuePerson({ personId: 'ada' })

    const one = await bench.get(COUNCIL_SG, `/certificates/${id}/certificate.pem`)
    const chain = await (await bench.get(COUNCIL_SG, `/certificates/${id}/chain.pem`)).text()

    expect(one.headers.get('content-disposition')).toMatch(/^attachment; filename="[0-9a-f]+-/)
    expect(chain.match(/BEGIN CERTIFICATE/g)).toHaveLength(3)
    const files = { 'one.pem': await one.text(), 'chain.pem': chain }
    const at = ['-attime', String(START / 1000 + 60)]
    const said = openssl(['verify', ...at, '-CAfile', 'chain.pem', 'one.pem'], files)
    expect(await said).toMatch(/OK/)
  })

  test('name serial and holder before they suspend, resume and revoke', async () => {
    const bench = await makeBench((await open()).db)
    const { id, serial } = await bench.issuePerson({ personId: 'ada' })
    const at = `/certificates/${id}`

    for (const noun of ['suspension', 'resumption', 'revocation']) {
      const text = await (await bench.get(COUNCIL_SG, `${at}/${noun}`)).text()
      expect(text).toContain(serial)
      expect(text).toContain('Ada Lovelace')
    }
    const done = await bench.post(COUNCIL_SG, `${at}/suspension`)
    expect(done.headers.get('location')).toBe(`${at}?done=suspend`)
    expect(await stateOf(bench.db, id)).toEqual({ state: 'suspended', reason: 6 })
    await bench.post(COUNCIL_SG, `${at}/resumption`)
    expect(await stateOf(bench.db, id)).toEqual({ state: 'active', reason: null })
    expect((await bench.post(COUNCIL_SG, `${at}/revocation`)).status).toBe(422)
    const reason = { reason: 'ca-compromise' }
    expect((await bench.post(COUNCIL_SG, `${at}/revocation`, reason)).status).toBe(400)
    await bench.post(COUNCIL_SG, `${at}/revocation`, { reason: 'affiliation-changed' })
    expect(await stateOf(bench.db, id)).toEqual({ state: 'revoked', reason: 3 })
    const told = await (await bench.get(COUNCIL_SG, `${at}?done=revoke`)).text()
    expect(told).toContain('Le certificat est révoqué.')
  })

  test.each<{ what: string; who: Who; status: number }>([
    { what: 'another organisation', who: { ...FIRM_SG, organisationId: 'other' }, status: 404 },
    { what: 'a treasurer', who: { ...COUNCIL_SG, functions: ['treasurer'] }, status: 403 },
    { what: 'an auditor', who: { ...COUNCIL_SG, functions: ['auditor'] }, status: 403 },
    { what: 'no factor of late', who: { ...COUNCIL_SG, hasStepUp: false }, status: 303 },
    { what: 'no organisation', who: { ...COUNCIL_SG, organisationId: null }, status: 403 },
  ])('let $what change nothing', async ({ who, status }) => {
    const bench = await makeBench((await open()).db)
    const { id } = await bench.issuePerson({ personId: 'ada' })

    for (const noun of ['suspension', 'revocation', 'resumption']) {
      const fields = { reason: 'key-compromise' }
      const answer = await bench.post(who, `/certificates/${id}/${noun}`, fields)
      expect(answer.status).toBe(status)
    }
    expect(await stateOf(bench.db, id)).toMatchObject({ state: 'active' })
  })

  test('revoke a CA for the security officer alone, who types its serial', async () => {
    const bench = await makeBench((await open()).db)
    const { id, serial } = await bench.db
      .selectFrom('certificate')
      .select(['id', 'serial'])
      .where('profile', '=', 'issuing-ca')
      .executeTakeFirstOrThrow()
    const at = `/certificates/${id}/revocation`
    const fields = { reason: 'ca-compromise', serial }

    expect((await bench.post(COUNCIL_SG, at, fields)).status).toBe(403)
    expect((await bench.post(OFFICER, at, { reason: 'ca-compromise' })).status).toBe(422)
    const typed = { ...fields, serial: serial.slice(1) }
    expect((await bench.post(OFFICER, at, typed)).status).toBe(422)
    expect(await stateOf(bench.db, id)).toMatchObject({ state: 'active' })
    const asTyped = serial.toUpperCase().replace(/(..)(?=.)/g, '$1:')
    expect((await bench.post(OFFICER, at, { ...fields, serial: asTyped })).status).toBe(303)
    expect(await stateOf(bench.db, id)).toEqual({ state: 'revoked', reason: 2 })
  })

  test('say that the list will follow when the HSM is away', async () => {
    const bench = await makeBench((await open()).db)
    const { id } = await bench.issuePerson({ personId: 'ada' })
    bench.hsm.isAway = true

    const fields = { reason: 'key-compromise' }
    const done = await bench.post(COUNCIL_SG, `/certificates/${id}/revocation`, fields)

    expect(done.headers.get('location')).toBe(`/certificates/${id}?done=revoke&pending=1`)
    expect(await stateOf(bench.db, id)).toMatchObject({ state: 'revoked' })
  })
})

describeEachDatabase('my certificate', (open) => {
  const ADA: Who = { personId: 'ada', organisationId: null }

  test('is shown with its end, and not to others', async () => {
    const bench = await makeBench((await open()).db)
    const { id, serial } = await bench.issuePerson({ personId: 'ada' })

    expect(await (await bench.get(ADA, '/my-certificate')).text()).toContain(serial)
    const bob: Who = { personId: 'bob', organisationId: 'firm' }
    expect(await (await bench.get(bob, '/my-certificate')).text()).not.toContain(serial)
    for (const path of ['certificate.pem', 'suspension', 'revocation', 'renewal']) {
      expect((await bench.get(bob, `/my-certificate/${id}/${path}`)).status).toBe(404)
    }
    for (const path of ['suspension', 'revocation', 'renewal']) {
      const who = { ...bob, hasStepUp: true }
      const fields = { reason: 'key-compromise' }
      expect((await bench.post(who, `/my-certificate/${id}/${path}`, fields)).status).toBe(404)
    }
    expect(await stateOf(bench.db, id)).toMatchObject({ state: 'active' })
    bench.clock.now = Date.UTC(2029, 10, 1)
    expect(await (await bench.get(ADA, '/my-certificate')).text()).toContain('dans 24 jours')
  })

  test('is revoked by its holder at any time, without a factor beyond the sign-in', async () => {
    const bench = await makeBench((await open()).db)
    const { id } = await bench.issuePerson({ personId: 'ada' })

    await bench.post(ADA, `/my-certificate/${id}/suspension`)
    expect(await stateOf(bench.db, id)).toMatchObject({ state: 'suspended' })
    const fields = { reason: 'key-compromise' }
    const done = await bench.post(ADA, `/my-certificate/${id}/revocation`, fields)

    expect(done.headers.get('location')).toBe('/my-certificate?done=revoke')
    expect(await stateOf(bench.db, id)).toEqual({ state: 'revoked', reason: 1 })
  })

  test('is renewed with a new key: the one before is superseded, in one transaction', async () => {
    const bench = await makeBench((await open()).db)
    const old = await bench.issuePerson({ personId: 'ada' })
    bench.clock.now += YEAR_MS
    const { id } = old

    expect((await bench.post(ADA, `/my-certificate/${id}/renewal`)).status).toBe(303)
    expect(await stateOf(bench.db, id)).toMatchObject({ state: 'active' })
    await bench.post({ ...ADA, hasStepUp: true }, `/my-certificate/${id}/renewal`)

    const rows = await bench.db
      .selectFrom('certificate')
      .select(['id', 'subject', 'state', 'key_id', 'superseded_by', 'not_before'])
      .where('person_id', '=', 'ada')
      .orderBy('created_at')
      .execute()
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatchObject({ state: 'superseded', superseded_by: rows[1]?.id })
    expect(rows[1]).toMatchObject({ state: 'active', not_before: START + YEAR_MS })
    expect(rows[1]?.subject).toBe(rows[0]?.subject)
    expect(rows[1]?.key_id).not.toBe(rows[0]?.key_id)
    expect(await bench.db.selectFrom('certificate_renewal').selectAll().execute()).toEqual([])
  })

  test.each([
    { what: 'an identity verified more than five years ago', at: START - 6 * YEAR_MS, status: 400 },
    { what: 'an identity that was never verified', at: undefined, status: 400 },
  ])('is not renewed on $what', async ({ at, status }) => {
    const bench = await makeBench((await open()).db)
    const { id } = await bench.issuePerson({ personId: 'ada' })
    bench.identity.at = at

    const who = { ...ADA, hasStepUp: true }
    expect((await bench.post(who, `/my-certificate/${id}/renewal`)).status).toBe(status)
    expect(bench.token.labels.filter((label) => label.startsWith('sceau renewal'))).toEqual([])
  })

  test('once cut short, a renewal goes on with the same key, or its key is destroyed', async () => {
    const bench = await makeBench((await open()).db)
    const { id } = await bench.issuePerson({ personId: 'ada' })
    bench.hsm.isAway = true
    const who = { ...ADA, hasStepUp: true }
    expect((await bench.post(who, `/my-certificate/${id}/renewal`)).status).toBe(503)
    expect((await bench.post(who, `/my-certificate/${id}/renewal`)).status).toBe(503)
    expect(bench.token.labels.filter((label) => label === `sceau renewal ${id}`)).toHaveLength(1)

    expect(await bench.certificates.sweepRenewals()).toBe(0)
    bench.clock.now += 2 * 86_400_000
    expect(await bench.certificates.sweepRenewals()).toBe(1)
    expect(bench.destroyed).toHaveLength(1)
    expect(await bench.certificates.sweepRenewals()).toBe(0)
    const gone = await bench.db
      .selectFrom('journal_entry')
      .select('subject')
      .where('action', '=', 'key.destroyed')
      .execute()
    expect(gone).toEqual([{ subject: bench.destroyed[0] }])
  })
})
