import { TOTP } from 'otpauth'
import { expect, test } from 'vitest'
import { makePasswordHasher, makeTurns } from '../../../src/people/accounts/passwords.ts'
import { networkOf, pauseMs, THROTTLES } from '../../../src/people/accounts/throttle-rules.ts'
import { describeEachDatabase } from '../../support/databases.ts'
import { BROWSER, CHEAP, makeWorld, PASSWORD, type World } from './world.ts'

function codeAt(secret: string, timestamp: number): string {
  return TOTP.generate({ secret: secretOf(secret), timestamp })
}

function secretOf(base32: string) {
  return new TOTP({ secret: base32 }).secret
}

/** A person with a password and an application of codes. */
async function enrol({ accounts, clock, enter }: World, name = 'Odile') {
  const { id, email } = await enter(name)
  await accounts.setPassword(id, PASSWORD)
  const { secret } = await accounts.totp.setUp(id)
  await accounts.totp.confirm(id, codeAt(secret, clock.now))
  clock.now += 60_000
  return { id, email, secret }
}

describeEachDatabase('signing in by password', (open) => {
  test('takes a second factor, and a code counts once', async () => {
    const world = await makeWorld((await open()).db)
    const { signIns } = world.accounts
    const { id, email, secret } = await enrol(world)
    const code = codeAt(secret, world.clock.now)

    expect(
      await signIns.byPassword({
        ...BROWSER,
        email: ` ${email.toUpperCase()}`,
        password: PASSWORD,
      }),
    ).toEqual({
      kind: 'second-factor',
    })
    expect(await signIns.findPending(BROWSER.boundTo)).toMatchObject({ personId: id })
    // Another browser has nothing of it.
    expect(await signIns.findPending('other')).toBeUndefined()
    const other = { ...BROWSER, boundTo: 'other', code, codeKind: 'totp' } as const
    expect(await signIns.byCode(other)).toEqual({ kind: 'expired' })
    const signedIn = await signIns.byCode({ ...BROWSER, code, codeKind: 'totp' })
    expect(signedIn).toMatchObject({
      kind: 'signed-in',
      session: { methods: ['password', 'totp'] },
    })

    await signIns.byPassword({ ...BROWSER, email, password: PASSWORD })
    const again = await signIns.byCode({ ...BROWSER, code, codeKind: 'totp' })
    const before = codeAt(secret, world.clock.now - 30_000)
    expect(again).toEqual({ kind: 'refused' })
    expect(await signIns.byCode({ ...BROWSER, code: before, codeKind: 'totp' })).toEqual({
      kind: 'refused',
    })
  })

  test('gives the same answer for the same work, whether the address is known or not', async () => {
    const world = await makeWorld((await open()).db)
    const { email } = await enrol(world)
    const { email: without } = await world.enter('Paul')
    const { signIns } = world.accounts
    const seen = []
    for (const address of [email, without, 'nobody@conseil.example']) {
      const answers = []
      for (let i = 0; i < 7; i += 1) {
        const before = world.compared()
        const answer = await signIns.byPassword({
          ...BROWSER,
          email: address,
          password: 'not the password',
        })
        answers.push([answer, world.compared() - before])
      }
      seen.push(answers)
    }

    expect(seen[1]).toEqual(seen[0])
    expect(seen[2]).toEqual(seen[0])
    expect(seen[0]?.[4]).toEqual([{ kind: 'refused' }, 1])
    expect(seen[0]?.[5]).toEqual([{ kind: 'blocked', until: world.clock.now + 30_000 }, 0])
  })

  test('refuses even the right password while it is blocked, and more so the longer it goes on', async () => {
    const world = await makeWorld((await open()).db)
    const { email } = await enrol(world)
    const { signIns } = world.accounts
    const wrong = { ...BROWSER, email, password: 'not the password' }
    for (let i = 0; i < 5; i += 1) await signIns.byPassword(wrong)

    const right = { ...BROWSER, email, password: PASSWORD }
    expect(await signIns.byPassword(right)).toMatchObject({ kind: 'blocked' })
    // Somebody elsewhere is not held up by what happened here.
    expect(await signIns.byPassword({ ...right, ip: '198.51.100.9' })).toEqual({
      kind: 'second-factor',
    })
    world.clock.now += 30_000
    await signIns.byPassword(wrong)
    expect(await signIns.byPassword(right)).toEqual({
      kind: 'blocked',
      until: world.clock.now + 60_000,
    })
    world.clock.now += 60_000
    expect(await signIns.byPassword(right)).toEqual({ kind: 'second-factor' })
    // And begins anew.
    expect(await signIns.byPassword(wrong)).toEqual({ kind: 'refused' })
  })

  test('many guesses at once get no more than one after the other', async () => {
    const world = await makeWorld((await open()).db)
    const { email } = await enrol(world)
    const before = world.compared()

    const answers = await Promise.all(
      Array.from({ length: 20 }, () =>
        world.accounts.signIns.byPassword({ ...BROWSER, email, password: 'not the password' }),
      ),
    )

    expect(answers.filter(({ kind }) => kind === 'refused')).toHaveLength(5)
    expect(world.compared() - before).toBe(5)
  })

  test('an account guessed at from many addresses is locked; its person is told once', async () => {
    const world = await makeWorld((await open()).db)
    const { id, email } = await enrol(world)
    const { signIns } = world.accounts
    expect(await world.accounts.lockedUntil(id)).toBe(0)
    for (let i = 0; i < 12; i += 1) {
      await signIns.byPassword({
        ...BROWSER,
        ip: `203.0.113.${i}`,
        email,
        password: 'not it at all',
      })
    }

    const right = { ...BROWSER, email, password: PASSWORD }
    expect(await signIns.byPassword(right)).toMatchObject({ kind: 'blocked' })
    expect(await world.accounts.lockedUntil(id)).toBe(world.clock.now + 15 * 60_000)
    const notices = await world.db
      .selectFrom('notice')
      .select(['kind', 'data_json', 'recipient'])
      .where('kind', '=', 'account.locked')
      .execute()
    expect(notices).toEqual([
      { kind: 'account.locked', data_json: '{"minutes":15}', recipient: email },
    ])
  })

  test('one address that tries many accounts is held up', async () => {
    const world = await makeWorld((await open()).db)
    const { signIns } = world.accounts
    const kinds = []
    for (let i = 0; i < 32; i += 1) {
      const email = `nobody${i}@conseil.example`
      kinds.push((await signIns.byPassword({ ...BROWSER, email, password: 'Printemps2026' })).kind)
    }

    expect(kinds.slice(0, 30)).toEqual(Array.from({ length: 30 }, () => 'refused'))
    expect(kinds.slice(30)).toEqual(['blocked', 'blocked'])
  })

  test('guesses of the second factor are held up, whatever browser they come from', async () => {
    const world = await makeWorld((await open()).db)
    const { email, secret } = await enrol(world)
    const { signIns } = world.accounts
    const kinds = []
    for (let i = 0; i < 7; i += 1) {
      const browser = { ...BROWSER, boundTo: `browser ${i}`, ip: `203.0.113.${i}` }
      await signIns.byPassword({ ...browser, email, password: PASSWORD })
      const code = i === 6 ? codeAt(secret, world.clock.now) : '000000'
      kinds.push((await signIns.byCode({ ...browser, code, codeKind: 'totp' })).kind)
    }

    expect(kinds).toEqual([...Array.from({ length: 5 }, () => 'refused'), 'blocked', 'blocked'])
  })

  test('a recovery code counts once, as it is read out, and is told', async () => {
    const world = await makeWorld((await open()).db)
    const { id, email } = await enrol(world)
    const { signIns, recovery } = world.accounts
    const codes = await recovery.regenerate(id)
    const code = codes[3] ?? ''
    const typed = code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l')
    const given = { ...BROWSER, code: typed, codeKind: 'recovery' } as const

    expect(new Set(codes).size).toBe(10)
    await signIns.byPassword({ ...BROWSER, email, password: PASSWORD })
    expect(await signIns.byCode(given)).toMatchObject({ kind: 'signed-in' })
    await signIns.byPassword({ ...BROWSER, email, password: PASSWORD })
    expect(await signIns.byCode(given)).toEqual({ kind: 'refused' })
    const rows = await world.db.selectFrom('recovery_code').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(code)
    const told = await world.db
      .selectFrom('notice')
      .select(['kind', 'data_json'])
      .where('kind', '=', 'account.recovery-used')
      .execute()
    expect(told).toEqual([{ kind: 'account.recovery-used', data_json: '{"left":9}' }])
  })

  test('new recovery codes make the old ones void', async () => {
    const world = await makeWorld((await open()).db)
    const { id, email } = await enrol(world)
    const { signIns, recovery } = world.accounts
    const [old = ''] = await recovery.regenerate(id)
    await recovery.regenerate(id)

    await signIns.byPassword({ ...BROWSER, email, password: PASSWORD })
    const answer = await signIns.byCode({ ...BROWSER, code: old, codeKind: 'recovery' })

    expect(answer).toEqual({ kind: 'refused' })
  })

  test('what waits for a second factor ends after ten minutes', async () => {
    const world = await makeWorld((await open()).db)
    const { email, secret } = await enrol(world)
    const { signIns } = world.accounts
    await signIns.byPassword({ ...BROWSER, email, password: PASSWORD })
    world.clock.now += 10 * 60_000

    const code = codeAt(secret, world.clock.now)
    expect(await signIns.byCode({ ...BROWSER, code, codeKind: 'totp' })).toEqual({
      kind: 'expired',
    })
  })

  test('a password by other parameters is hashed anew at the next sign-in', async () => {
    const world = await makeWorld((await open()).db)
    const { id, email } = await enrol(world)
    const old = await makePasswordHasher({ ...CHEAP, timeCost: 2 }).hash(PASSWORD)
    await world.db.updateTable('account').set({ password_hash: old }).execute()

    await world.accounts.signIns.byPassword({ ...BROWSER, email, password: PASSWORD })

    const row = await world.db
      .selectFrom('account')
      .select('password_hash')
      .where('person_id', '=', id)
      .executeTakeFirstOrThrow()
    expect(row.password_hash).toContain('$argon2id$v=19$m=64,t=1,p=1$')
  })

  test('a new device is told to its person, the first one is not', async () => {
    const world = await makeWorld((await open()).db)
    const { email, secret } = await enrol(world)
    for (const userAgent of [BROWSER.userAgent, BROWSER.userAgent, 'iPhone Safari/1']) {
      await world.accounts.signIns.byPassword({ ...BROWSER, email, password: PASSWORD })
      const code = codeAt(secret, world.clock.now)
      await world.accounts.signIns.byCode({ ...BROWSER, userAgent, code, codeKind: 'totp' })
      world.clock.now += 60_000
    }

    const told = await world.db
      .selectFrom('notice')
      .select('data_json')
      .where('kind', '=', 'account.new-sign-in')
      .execute()
    expect(told.map(({ data_json }) => JSON.parse(data_json))).toEqual([
      { device: 'Safari, iPhone', ip: BROWSER.ip },
    ])
  })

  test('the secret of the codes lies sealed, and the application is no last way to lose', async () => {
    const world = await makeWorld((await open()).db)
    const { id, secret } = await enrol(world)
    const { sealed_secret } = await world.db
      .selectFrom('totp')
      .selectAll()
      .executeTakeFirstOrThrow()

    expect(Buffer.from(sealed_secret).includes(Buffer.from(secretOf(secret).bytes))).toBe(false)
    await expect(world.accounts.totp.remove(id)).rejects.toThrow(/add a passkey first/)
    expect(await world.accounts.hasFactor(id)).toBe(true)
  })
})

test('pauses double from the first one on up to the longest', () => {
  const pauses = [4, 5, 6, 7, 12, 40, 4_000].map((n) => pauseMs(THROTTLES.pair, n) / 1_000)

  expect(pauses).toEqual([0, 30, 60, 120, 3_600, 3_600, 3_600])
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s is counted as %s', (ip, network) => {
  expect(networkOf(ip)).toBe(network)
})

test('of a flood two passwords are compared at once, some wait, the rest come again', async () => {
  const turn = makeTurns(2, 3)
  let running = 0
  let most = 0
  const gates: (() => void)[] = []
  const attempts = Array.from({ length: 8 }, () =>
    turn(async () => {
      running += 1
      most = Math.max(most, running)
      await new Promise<void>((resolve) => gates.push(resolve))
      running -= 1
    }).then(
      () => 'done',
      (error) => error.code,
    ),
  )
  let open = 0
  while (open < 5) {
    await new Promise((resolve) => setImmediate(resolve))
    for (; open < gates.length; open += 1) gates[open]?.()
  }

  expect(await Promise.all(attempts)).toEqual([
    ...Array.from({ length: 5 }, () => 'done'),
    ...Array.from({ length: 3 }, () => 'too-many-requests'),
  ])
  expect(most).toBe(2)
})

test('the parameters of passwords are those that are written down', async () => {
  const stored = await makePasswordHasher().hash(PASSWORD)

  expect(stored).toMatch(/^\$argon2id\$v=19\$m=65536,t=3,p=1\$/)
  expect(makePasswordHasher().isOutdated(stored)).toBe(false)
  expect(makePasswordHasher(CHEAP).isOutdated(stored)).toBe(true)
})
