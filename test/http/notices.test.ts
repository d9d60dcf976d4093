import { Hono } from 'hono'
import { pino } from 'pino'
import { expect, test } from 'vitest'
import type { Db } from '../../src/db/database.ts'
import type { Env } from '../../src/http/env.ts'
import { problemFor } from '../../src/http/problem.ts'
import { renderProblem } from '../../src/http/render-problem.tsx'
import { csrfProtection } from '../../src/http/web/csrf.ts'
import { noticesRoutes } from '../../src/http/web/notices.tsx'
import type { WebEnv, WebPeople } from '../../src/http/web/web-env.ts'
import { whoAsks } from '../../src/http/web/who-asks.ts'
import { noticesBanner } from '../../src/notices/banner.ts'
import { enqueueNotice, type NoticeInput } from '../../src/notices/enqueue.ts'
import type { Channel } from '../../src/notices/model.ts'
import { makeNotices } from '../../src/notices/service.ts'
import { enterMember } from '../../src/people/service.ts'
import { insertOrganisation } from '../../src/people/store.ts'
import type { MemberFunction } from '../../src/rights/matrix.ts'
import { describeEachDatabase } from '../support/databases.ts'

const NOW = Date.UTC(2026, 10, 24, 12)
const DAY_MS = 86_400_000
const COUNCIL = '01935e2a-0000-7000-8000-000000000001'
const FIRM = '01935e2a-0000-7000-8000-000000000002'
const INVITATION: NoticeInput = {
  ...{ kind: 'enrolment.invitation', channel: 'mail', locale: 'fr', to: 'helene@croec.example' },
  data: { organisation: 'Conseil du Val de Brume', token: 'the-token' },
}
const TEST_MAIL: NoticeInput = {
  ...{ kind: 'appliance.mail-test', channel: 'mail', locale: 'fr', to: 'paul@cabinet.example' },
  data: {},
}

interface Asks {
  readonly organisationId?: string
  readonly functions?: readonly MemberFunction[]
  readonly stepUpAt?: number | null
  readonly channels?: readonly Channel[]
}

describeEachDatabase('the notices of the administration', (open) => {
  async function start() {
    const { db } = await open()
    for (const [at, id] of [COUNCIL, FIRM].entries()) {
      const named = { kind: at === 0 ? ('council' as const) : ('firm' as const), name: id }
      await insertOrganisation(db, { id, siren: String(at), ...named }, at)
    }
    return db
  }

  async function put(db: Db, notice: NoticeInput) {
    return db.transaction().execute((tx) => enqueueNotice(tx, notice, NOW))
  }

  function appFor(db: Db, asks: Asks) {
    const { organisationId = COUNCIL, functions = ['secretary-general'] } = asks
    const people: WebPeople = {
      findSession: async () => ({
        ...{ id: 's1', personId: 'p1', organisationId, csrf: 'token' },
        stepUpAt: asks.stepUpAt ?? null,
      }),
      findActor: async ({ personId }) => ({
        ...{ kind: 'person', id: personId, organisationId, functions },
      }),
      describePerson: async () => ({
        ...{ name: 'Étienne Lacroix', capacities: [], waiting: 0 },
        banner: noticesBanner({ mail: undefined }),
      }),
    }
    const notices = makeNotices({
      ...{ db, publicUrl: 'https://sceau.croec.example', wake: () => {}, now: () => NOW + 1 },
      channels: asks.channels ?? [],
      findOwnerId: async () => COUNCIL,
    })
    return new Hono<Env>()
      .use(async (c, next) => {
        c.set('log', pino({ level: 'silent' }))
        await next()
      })
      .route(
        '/',
        new Hono<WebEnv>()
          .use(whoAsks(people))
          .use(csrfProtection())
          .route('/', noticesRoutes({ notices, now: () => NOW + 1 })),
      )
      .onError((error, c) => renderProblem(c, problemFor(error)))
  }

  const HEADERS = { accept: 'text/html', cookie: '__Host-sceau=token' }

  async function get(db: Db, path: string, asks: Asks = {}) {
    const response = await appFor(db, asks).request(path, {
      headers: { ...HEADERS, host: 'evil.example', 'x-forwarded-host': 'evil.example' },
    })
    return { status: response.status, text: await response.text() }
  }

  async function post(db: Db, path: string, asks: Asks = {}) {
    const response = await appFor(db, asks).request(path, {
      ...{ method: 'POST', headers: { ...HEADERS, 'sec-fetch-site': 'same-origin' } },
      body: new URLSearchParams({ csrf: 'token' }),
    })
    const { status, headers } = response
    return { status, location: headers.get('location'), text: await response.text() }
  }

  test('are listed, newest first, and filtered', async () => {
    const db = await start()
    const first = await put(db, INVITATION)
    const second = await put(db, TEST_MAIL)

    const { status, text } = await get(db, '/notices')
    expect(status).toBe(200)
    expect(text).toContain('L’envoi de courriels n’est pas configuré')
    expect(text.indexOf(second)).toBeLessThan(text.indexOf(first))
    expect(text).not.toContain('the-token')

    expect((await get(db, '/notices?kind=appliance.mail-test')).text).not.toContain(first)
    expect((await get(db, '/notices?state=sent')).text).toContain('Aucune notification')
    expect((await get(db, '/notices?channel=sms')).text).toContain('Aucune notification')
    expect((await get(db, '/notices?state=%27&channel=&before=x')).text).toContain(first)
  })

  test('come in pages', async () => {
    const db = await start()
    for (let i = 0; i < 51; i += 1) await put(db, TEST_MAIL)

    const { text } = await get(db, '/notices?state=waiting')
    const next = /href="(\/notices\?[^"]*before=[^"]*)"/.exec(text)?.[1]?.replaceAll('&amp;', '&')
    expect(next).toContain('state=waiting')
    const rest = await get(db, next ?? '')
    expect(rest.text.match(/href="\/notices\/[0-9a-f-]{36}"/g)).toHaveLength(1)
  })

  test.each<{ functions: readonly MemberFunction[] }>([
    { functions: ['president'] },
    { functions: ['permanent'] },
    { functions: ['security-officer'] },
  ])('are refused to $functions', async ({ functions }) => {
    const db = await start()
    const id = await put(db, INVITATION)
    for (const path of ['/notices', `/notices/${id}`]) {
      expect((await get(db, path, { functions })).status).toBe(403)
    }
    for (const act of ['reading', 'resending']) {
      const asks = { functions, stepUpAt: NOW }
      expect((await post(db, `/notices/${id}/${act}`, asks)).status).toBe(403)
    }
  })

  test('of another organisation are not there, nor those of none', async () => {
    const db = await start()
    const councils = await put(db, { ...TEST_MAIL, organisationId: COUNCIL })
    const firms = await put(db, { ...TEST_MAIL, organisationId: FIRM })
    const nobodys = await put(db, TEST_MAIL)

    const seen = async (organisationId: string) => {
      const { text } = await get(db, '/notices', { organisationId })
      return [councils, firms, nobodys].filter((id) => text.includes(id))
    }
    expect(await seen(COUNCIL)).toEqual([councils, nobodys])
    expect(await seen(FIRM)).toEqual([firms])
    for (const id of [councils, nobodys]) {
      const asks = { organisationId: FIRM, stepUpAt: NOW, channels: ['mail'] } as const
      expect((await get(db, `/notices/${id}`, asks)).status).toBe(404)
      expect((await post(db, `/notices/${id}/reading`, asks)).status).toBe(404)
      expect((await post(db, `/notices/${id}/resending`, asks)).status).toBe(404)
    }
  })

  test('about a person’s own affairs are there where he is a member', async () => {
    const db = await start()
    const member = { givenName: 'Camille', familyName: 'Sorel', email: 'c@cabinet.example' }
    const at = { organisationId: FIRM, function: 'accountant', validTo: null } as const
    const personId = await enterMember({ db, now: () => NOW }, { ...member, ...at })
    const id = await put(db, { ...TEST_MAIL, personId })

    expect((await get(db, `/notices/${id}`, { organisationId: FIRM })).status).toBe(200)
    expect((await get(db, `/notices/${id}`, { organisationId: COUNCIL })).status).toBe(404)
  })

  test('are shown as their recipient reads them, without the secret', async () => {
    const db = await start()
    const id = await put(db, INVITATION)

    const { text } = await get(db, `/notices/${id}`)
    expect(text).toContain('Conseil du Val de Brume vous invite')
    expect(text).toContain('https://sceau.croec.example/enrol/•••')
    expect(text).not.toMatch(/the-token|evil\.example/)
  })

  test('show a link that nothing can send to whoever shows a factor, and the journal says so', async () => {
    const db = await start()
    const id = await put(db, INVITATION)

    expect(await post(db, `/notices/${id}/reading`)).toMatchObject({
      ...{ status: 303, location: '/step-up' },
    })
    const { status, text } = await post(db, `/notices/${id}/reading`, { stepUpAt: NOW })

    expect(status).toBe(200)
    expect(text).toContain('https://sceau.croec.example/enrol/the-token')
    const entries = await db.selectFrom('journal_entry').selectAll().execute()
    expect(entries).toMatchObject([{ actor: 'person:p1', action: 'notice.read', subject: id }])
    expect(JSON.stringify(entries)).not.toMatch(/helene|the-token/)
  })

  test('show no link of a mail that will be sent', async () => {
    const db = await start()
    const id = await put(db, INVITATION)
    const asks = { stepUpAt: NOW, channels: ['mail'] } as const

    expect((await get(db, `/notices/${id}`, asks)).text).not.toContain('/reading')
    const { status, text } = await post(db, `/notices/${id}/reading`, asks)
    expect(status).toBe(403)
    expect(text).not.toContain('the-token')
  })

  test('are sent again after the server was mended; the journal says who did', async () => {
    const db = await start()
    const id = await put(db, TEST_MAIL)
    const failed = { state: 'given-up', attempts: 9, last_words: '550 no', ended_at: NOW } as const
    await db.updateTable('notice').set(failed).execute()
    const asks = { channels: ['mail'] } as const

    expect((await get(db, `/notices/${id}`, asks)).text).toContain('550 no')
    expect(await post(db, `/notices/${id}/resending`, asks)).toMatchObject({
      ...{ status: 303, location: `/notices/${id}?resent=1` },
    })

    expect(await db.selectFrom('notice').selectAll().executeTakeFirst()).toMatchObject({
      ...{ state: 'waiting', next_at: NOW + 1, ended_at: null },
      expires_at: NOW + 1 + 3 * DAY_MS,
    })
    const entries = await db.selectFrom('journal_entry').selectAll().execute()
    expect(entries).toMatchObject([{ actor: 'person:p1', action: 'notice.resent', subject: id }])
  })

  test.each([
    { what: 'its link is gone', notice: INVITATION, state: 'sent', channels: ['mail'] },
    { what: 'nothing can send it', notice: TEST_MAIL, state: 'expired', channels: [] },
  ] as const)('are not sent again when $what', async ({ notice, state, channels }) => {
    const db = await start()
    const id = await put(db, notice)
    await db.updateTable('notice').set({ state, ended_at: NOW }).execute()

    expect((await get(db, `/notices/${id}`, { channels })).text).not.toContain('/resending')
    expect((await post(db, `/notices/${id}/resending`, { channels })).status).toBe(400)
  })

  test('are not sent twice while they are under way', async () => {
    const db = await start()
    const id = await put(db, TEST_MAIL)
    const held = { attempts: 1, next_at: NOW + 120_000 }
    await db.updateTable('notice').set(held).execute()

    await post(db, `/notices/${id}/resending`, { channels: ['mail'] })

    expect(await db.selectFrom('notice').selectAll().executeTakeFirst()).toMatchObject(held)
    expect(await db.selectFrom('journal_entry').select('seq').execute()).toEqual([])
  })
})
