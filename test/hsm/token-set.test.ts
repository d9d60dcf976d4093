import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { GuardKey } from '../../hsm/protocol.ts'
import { makeFaultyModule } from '../support/faulty-module.ts'
import { digestOf, isRight, signOne, startTestGuard, type TestGuard } from '../support/guard.ts'
import { childrenOf } from '../support/processes.ts'
import { makeSoftHsm, type SoftHsm } from '../support/softhsm.ts'

const algorithm = 'ecdsa-p256-sha256'
let hsm: SoftHsm
let twin: string
/** In both tokens. */
let sharedId: string
let guard: TestGuard

beforeAll(async () => {
  hsm = await makeSoftHsm()
  twin = await hsm.addTwin()
  sharedId = await hsm.importKey([hsm.tokenLabel, twin])
})

afterAll(() => hsm.remove())

async function startBoth(): Promise<void> {
  guard = await startTestGuard(hsm, { tokens: [hsm.tokenLabel, twin] })
  await guard.until(({ tokens }) => tokens.every(({ state }) => state === 'open'))
}

async function getKey(keyId: string): Promise<GuardKey> {
  const key = await guard.client.findKey(keyId)
  if (key === undefined) throw new Error(`No token has ${keyId}`)
  return key
}

/** @returns How many of so many signatures are right. */
async function signMany(key: GuardKey, count: number): Promise<number> {
  const messages = Array.from({ length: count }, (_, i) => Buffer.from(`document ${i}`))
  const digests = messages.map((message) => digestOf(algorithm, message))
  const request = { keyId: key.keyId, algorithm, digests, priority: 'batch' } as const
  const signatures = await guard.client.signDigests(request)
  return messages.filter((message, i) => {
    const signature = signatures[i]
    return signature !== undefined && isRight(key, { algorithm, message }, signature)
  }).length
}

/** @returns How many signatures came from each token meanwhile. */
async function sharesOf(work: () => Promise<unknown>): Promise<number[]> {
  const { tokens: before } = await guard.client.status()
  await work()
  const { tokens } = await guard.client.status()
  return tokens.map(({ signatures }, i) => signatures - (before[i]?.signatures ?? 0))
}

describe('two tokens that hold the same key', () => {
  beforeAll(startBoth)
  afterAll(() => guard.stop())

  test('sign as one, and both have their share', async () => {
    const key = await getKey(sharedId)
    const shares = await sharesOf(async () => expect(await signMany(key, 2_000)).toBe(2_000))
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(2_000)
    expect(Math.min(...shares)).toBeGreaterThan(100)
  })

  test('single signatures come from both', async () => {
    const key = await getKey(sharedId)
    const shares = await sharesOf(async () => {
      for (let i = 0; i < 100; i++) expect(await signOne(guard, key, `${i}`)).toBe('right')
    })
    expect(Math.min(...shares)).toBeGreaterThan(0)
  })

  test('lose no signature when the process of one is killed, again and again', async () => {
    const key = await getKey(sharedId)
    const signing = signMany(key, 4_000)
    for (let kills = 0; kills < 3; kills++) {
      const [victim] = childrenOf(guard.pid())
      if (victim !== undefined) process.kill(victim, 'SIGKILL')
      expect(await signOne(guard, key, `after kill ${kills}`)).toBe('right')
    }
    expect(await signing).toBe(4_000)
    await guard.until(({ tokens }) => tokens.every(({ state }) => state === 'open'))
  })

  test('sign on when the process of one hangs', async () => {
    const key = await getKey(sharedId)
    expect(await signMany(key, 200)).toBe(200)
    const [victim] = childrenOf(guard.pid())
    if (victim !== undefined) process.kill(victim, 'SIGSTOP')
    expect(await signMany(key, 400)).toBe(400)
    await guard.until(({ tokens }) => tokens.some(({ state }) => state !== 'open'))
    expect((await guard.client.status()).state).toBe('open')
    if (victim !== undefined) process.kill(victim, 'SIGKILL')
    await guard.until(({ tokens }) => tokens.every(({ state }) => state === 'open'))
  })

  test('are nothing that outlives the guard', async () => {
    const children = childrenOf(guard.pid())
    expect(children).toHaveLength(2)
    const pid = guard.pid()
    process.kill(pid, 'SIGKILL')
    await guard.until((status) => status.pid !== pid && status.state === 'open')
    expect(await signOne(guard, await getKey(sharedId), 'a new life')).toBe('right')
    expect(childrenOf(guard.pid()).filter((child) => children.includes(child))).toEqual([])
  })
})

describe('a key', () => {
  let onlyTwin: string
  let ambiguous: string

  beforeAll(async () => {
    onlyTwin = await hsm.importKey([twin])
    ambiguous = await hsm.importKey([hsm.tokenLabel])
    await hsm.importKey([twin], ambiguous)
    await startBoth()
  })
  afterAll(() => guard.stop())

  test('that only one token has is signed with there', async () => {
    const key = await getKey(onlyTwin)
    const shares = await sharesOf(async () => expect(await signMany(key, 100)).toBe(100))
    expect(shares).toEqual([0, 100])
  })

  test('whose id is of another key on the second token is signed with on the first', async () => {
    const key = await getKey(ambiguous)
    const shares = await sharesOf(async () => expect(await signMany(key, 200)).toBe(200))
    expect(shares).toEqual([200, 0])
    expect(guard.log.join()).toContain('another key has this id here')
  })

  test('that none has signs nothing', async () => {
    const request = { keyId: 'c0ffee', algorithm, digest: Buffer.alloc(32) } as const
    await expect(guard.client.signDigest(request)).rejects.toMatchObject({ code: 'key-not-found' })
    expect(await guard.client.findKey('c0ffee')).toBeUndefined()
  })

  test('that is new is made on the first token, and it is said where it is missing', async () => {
    const key = await guard.client.generateKey({ algorithm: 'p-256', label: 'new' })
    const said = guard.log.find((line) => line.includes('a new key is not on every token'))
    expect(said).toContain(twin)
    const shares = await sharesOf(async () => expect(await signMany(key, 40)).toBe(40))
    expect(shares).toEqual([40, 0])
  })

  test('is listed once', async () => {
    const ids = (await guard.client.listKeys()).map(({ keyId }) => keyId)
    expect(ids).toContain(sharedId)
    expect(new Set(ids).size).toBe(ids.length)
  })
})

describe('a token', () => {
  afterEach(() => guard.stop())

  test('that refuses its PIN does not stop the other, and is tried once', async () => {
    const other = await hsm.addTwin({ pin: 'a PIN of its own' })
    const keyId = await hsm.importKey([hsm.tokenLabel])
    guard = await startTestGuard(hsm, { tokens: [other, hsm.tokenLabel], processes: 2 })
    const { tokens } = await guard.until((status) =>
      status.tokens.some(({ state }) => state === 'pin-refused'),
    )
    expect(tokens).toMatchObject([{ state: 'pin-refused' }, {}])
    expect(await signMany(await getKey(keyId), 100)).toBe(100)
    const { counters } = await guard.client.status()
    expect(counters.failures).toBe(1)
    expect((await guard.client.status()).state).toBe('open')
  })

  test('whose PIN was changed sees the old one once, however many processes try', async () => {
    const module = await makeFaultyModule(hsm)
    const { modulePath, env } = module
    guard = await startTestGuard(hsm, { module: modulePath, env, processes: 3 })
    await guard.until(({ counters }) => counters.logins === 3)
    await module.always('C_Login', 'rv 0xa0')
    for (const child of childrenOf(guard.pid())) process.kill(child, 'SIGKILL')
    const { message } = await guard.until(({ state }) => state === 'pin-refused')
    expect(message).toContain('refuses the PIN')
    expect(await module.calls('C_Login')).toBe(4)
  })

  test('that comes later is used from then on', async () => {
    const label = 'a late one'
    guard = await startTestGuard(hsm, { tokens: [hsm.tokenLabel, label] })
    const key = await getKey(sharedId)
    expect(await signMany(key, 40)).toBe(40)
    await hsm.addTwin({ label })
    await hsm.copyKey(sharedId, label)
    // It is looked for ever more rarely, up to every half minute.
    await guard.until(({ tokens }) => tokens.every(({ state }) => state === 'open'), 60_000)
    expect(await signMany(key, 40)).toBe(40)
  }, 90_000)

  test('may be reached by several processes', async () => {
    guard = await startTestGuard(hsm, { processes: 3 })
    const key = await getKey(sharedId)
    await guard.until(({ counters }) => counters.logins === 3)
    expect(childrenOf(guard.pid())).toHaveLength(3)
    expect(await signMany(key, 1_000)).toBe(1_000)
    expect((await guard.client.status()).tokens).toMatchObject([{ state: 'open' }])
  })
})
