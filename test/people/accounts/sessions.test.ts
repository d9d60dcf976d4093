import { expect, test } from 'vitest'
import { ABSOLUTE_MS, IDLE_MS, isOver, sha256 } from '../../../src/people/accounts/model.ts'
import { foundOrganisation } from '../../../src/people/service.ts'
import { describeEachDatabase } from '../../support/databases.ts'
import { BROWSER, makeWorld, PASSWORD } from './world.ts'

test.each([
  { idleMs: IDLE_MS - 1, ageMs: IDLE_MS, over: false },
  { idleMs: IDLE_MS, ageMs: IDLE_MS, over: true },
  { idleMs: 0, ageMs: ABSOLUTE_MS - 1, over: false },
  { idleMs: 0, ageMs: ABSOLUTE_MS, over: true },
  { idleMs: -5_000, ageMs: -5_000, over: false },
])('idle for $idleMs ms at the age of $ageMs ms: over is $over', ({ idleMs, ageMs, over }) => {
  const now = 1e12
  expect(isOver({ createdAt: now - ageMs, lastSeenAt: now - idleMs }, now)).toBe(over)
})

describeEachDatabase('a session', (open) => {
  test('is found by its token, of which only the digest is kept', async () => {
    const { db, accounts, enter, council } = await makeWorld((await open()).db)
    const { id: personId } = await enter('Odile')

    const { token, session } = await accounts.startSession({
      ...BROWSER,
      personId,
      methods: ['passkey'],
    })

    expect(await accounts.findSession(token)).toEqual(session)
    expect(session).toMatchObject({ personId, organisationId: council, methods: ['passkey'] })
    expect(Buffer.from(token, 'base64url')).toHaveLength(32)
    const rows = await db.selectFrom('session').selectAll().execute()
    expect(rows).toMatchObject([{ token_sha256: sha256(token) }])
    expect(JSON.stringify(rows)).not.toContain(token)
  })

  test.each(['', 'x', `${'a'.repeat(42)}!`, 'a'.repeat(43)])(
    'is not found by «%s»',
    async (token) => {
      const { accounts } = await makeWorld((await open()).db)

      expect(await accounts.findSession(token)).toBeUndefined()
    },
  )

  test('ends when idle for half an hour, and use keeps it alive for twelve hours at most', async () => {
    const { accounts, enter, clock } = await makeWorld((await open()).db)
    const { id: personId } = await enter('Odile')
    const start = clock.now
    const used = await accounts.startSession({ ...BROWSER, personId, methods: ['passkey'] })
    const idle = await accounts.startSession({ ...BROWSER, personId, methods: ['passkey'] })
    let alive = 0
    while ((await accounts.findSession(used.token)) !== undefined) {
      alive = clock.now - start
      clock.now += 29 * 60_000
    }

    expect(alive).toBeLessThan(ABSOLUTE_MS)
    expect(alive).toBeGreaterThan(ABSOLUTE_MS - IDLE_MS)
    clock.now = start + IDLE_MS
    expect(await accounts.findSession(idle.token)).toBeUndefined()
    // What has ended does not come back with an earlier clock.
    clock.now = start
    expect(await accounts.findSession(idle.token)).toBeUndefined()
  })

  test('gets another token and another form token at step-up and at another organisation', async () => {
    const { db, accounts, enter, clock } = await makeWorld((await open()).db)
    const { id: personId } = await enter('Odile')
    const firm = await foundOrganisation(
      { db, now: () => clock.now },
      { kind: 'firm', name: 'Cabinet', siren: '123456790' },
    )
    const first = await accounts.startSession({ ...BROWSER, personId, methods: ['oidc'] })
    expect(first.session.stepUpAt).toBeNull()
    clock.now += 1_000

    const second = await accounts.markStepUp(first.session.id, 'totp')

    expect(second.session).toMatchObject({ id: first.session.id, stepUpAt: clock.now })
    expect(second.session.csrf).not.toBe(first.session.csrf)
    expect(await accounts.findSession(first.token)).toBeUndefined()
    const elsewhere = accounts.chooseOrganisation(first.session.id, firm.id)
    await expect(elsewhere).rejects.toMatchObject({ code: 'not-authorised' })
    // Refused, it changed nothing.
    expect(await accounts.findSession(second.token)).toEqual(second.session)
    const council = second.session.organisationId ?? ''
    const third = await accounts.chooseOrganisation(first.session.id, council)
    expect(await accounts.findSession(second.token)).toBeUndefined()
    expect(await accounts.findSession(third.token)).toEqual(third.session)
  })

  test('that was revoked is refused at its next request; another person cannot revoke it', async () => {
    const { accounts, enter } = await makeWorld((await open()).db)
    const { id: personId } = await enter('Odile')
    const { id: otherId } = await enter('Paul')
    const one = await accounts.startSession({ ...BROWSER, personId, methods: ['passkey'] })
    const two = await accounts.startSession({ ...BROWSER, personId, methods: ['passkey'] })

    const stolen = accounts.endOwnSession(otherId, one.session.id)
    await expect(stolen).rejects.toMatchObject({ code: 'not-found' })
    await accounts.endOwnSession(personId, one.session.id)

    expect(await accounts.findSession(one.token)).toBeUndefined()
    expect(await accounts.listSessions(personId)).toMatchObject([
      { id: two.session.id, ip: BROWSER.ip, userAgent: BROWSER.userAgent },
    ])
  })

  test('alone is left when its own person changes the password there', async () => {
    const { db, accounts, enter } = await makeWorld((await open()).db)
    const { id: personId } = await enter('Odile')
    const here = await accounts.startSession({ ...BROWSER, personId, methods: ['passkey'] })
    const there = await accounts.startSession({ ...BROWSER, personId, methods: ['passkey'] })

    await accounts.setPassword(personId, PASSWORD, here.session.id)

    expect(await accounts.findSession(here.token)).toEqual(here.session)
    expect(await accounts.findSession(there.token)).toBeUndefined()
    const entries = await db.selectFrom('journal_entry').selectAll().execute()
    expect(entries.map(({ action }) => action)).toContain('account.password-set')
    expect(JSON.stringify(entries)).not.toMatch(/Odile|MARTINEAU|192\.0\.2|Firefox/)
  })

  test('that has run out is swept away', async () => {
    const { db, accounts, enter, clock } = await makeWorld((await open()).db)
    const { id: personId } = await enter('Odile')
    await accounts.startSession({ ...BROWSER, personId, methods: ['passkey'] })
    clock.now += IDLE_MS

    await accounts.upkeep()

    expect(await db.selectFrom('session').select('id').execute()).toEqual([])
  })
})
