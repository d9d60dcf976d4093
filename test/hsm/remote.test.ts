import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { GuardKey } from '../../hsm/protocol.ts'
import type { GuardSettings } from '../../hsm/supervisor.ts'
import type { FaultyProxy } from '../support/faulty-proxy.ts'
import { digestOf, isRight, startTestGuard, type TestGuard } from '../support/guard.ts'
import { type RemoteHsm, startRemoteHsm } from '../support/remote-hsm.ts'
import { makeSoftHsm, type SoftHsm } from '../support/softhsm.ts'

const algorithm = 'ecdsa-p256-sha256'
let hsm: SoftHsm
let remote: RemoteHsm
let guard: TestGuard
let key: GuardKey

beforeEach(async () => {
  hsm = await makeSoftHsm()
})

afterEach(async () => {
  // No server of a test that failed may stay behind.
  await Promise.allSettled([guard?.stop(), remote?.stop()])
  await hsm.remove()
})

/** One key on every token, and a guard that has signed with it. */
async function start(tokens: number, settings: Partial<GuardSettings> = {}): Promise<void> {
  const keyId = await prepare(tokens)
  await startGuard(settings)
  await allOpen()
  await findKey(keyId)
  expect(await signMany(40)).toBe(40)
}

/** @returns The id of the key that every token has. */
async function prepare(tokens: number): Promise<string> {
  const labels = [hsm.tokenLabel]
  while (labels.length < tokens) labels.push(await hsm.addTwin())
  remote = await startRemoteHsm(hsm, labels)
  return hsm.importKey(labels)
}

async function startGuard(settings: Partial<GuardSettings> = {}): Promise<void> {
  guard = await startTestGuard(hsm, { ...remote.settings, operationMs: 1_500, ...settings })
}

async function findKey(keyId: string): Promise<void> {
  const found = await guard.client.findKey(keyId)
  if (found === undefined) throw new Error('The key is not there')
  key = found
}

function proxy(i: number): FaultyProxy {
  const found = remote.proxies[i]
  if (found === undefined) throw new RangeError(`There is no proxy ${i}`)
  return found
}

function allOpen() {
  return guard.until(({ tokens }) => tokens.every(({ state }) => state === 'open'))
}

/** @returns How many of so many signatures are right. */
async function signMany(count: number): Promise<number> {
  const messages = Array.from({ length: count }, (_, i) => Buffer.from(`document ${i}`))
  const digests = messages.map((message) => digestOf(algorithm, message))
  const request = { keyId: key.keyId, algorithm, digests, priority: 'batch' } as const
  const signatures = await guard.client.signDigests(request)
  return messages.filter((message, i) => {
    const signature = signatures[i]
    return signature !== undefined && isRight(key, { algorithm, message }, signature)
  }).length
}

/** Sign once, and tell the guard what is wrong. */
async function signOne(): Promise<string> {
  const message = Buffer.from('one document')
  const request = { keyId: key.keyId, algorithm, digest: digestOf(algorithm, message) } as const
  try {
    const signature = await guard.client.signDigest(request)
    if (isRight(key, { algorithm, message }, signature)) return 'right'
    await guard.client.reportFault({ keyId: key.keyId, signature })
    return 'wrong'
  } catch (error) {
    const { code, retryAfterSeconds } = Object(error)
    return typeof retryAfterSeconds === 'number' ? `${code}, come back` : String(error)
  }
}

/** One signature after the other from several clients, until told to stop. */
function signSteadily(): { end(): Promise<string[]> } {
  const outcomes: string[] = []
  let isOver = false
  const client = async () => {
    while (!isOver) {
      const outcome = await signOne()
      outcomes.push(outcome)
      if (outcome !== 'right') await sleep(50)
    }
  }
  const clients = [client(), client(), client(), client()]
  return {
    async end() {
      isOver = true
      await Promise.all(clients)
      return [...new Set(outcomes)].toSorted()
    },
  }
}

describe('an HSM on a network', () => {
  test('that is slow signs all the same', async () => {
    await start(1)
    proxy(0).set({ kind: 'slow', delayMs: 5 })
    expect(await signMany(40)).toBe(40)
  })

  test.each([1, 2])('that is not there at the start is used when it comes (%i)', async (tokens) => {
    const keyId = await prepare(tokens)
    for (const { set } of remote.proxies) set({ kind: 'cut' })
    await startGuard()
    const { tokens: reports } = await guard.until(({ state }) => state === 'down')
    expect(reports.map(({ state }) => state)).toEqual(reports.map(() => 'down'))
    await expect(guard.client.findKey(keyId)).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterSeconds: expect.any(Number),
    })
    for (const { set } of remote.proxies) set({ kind: 'fine' })
    await allOpen()
    await findKey(keyId)
    expect(await signMany(40)).toBe(40)
  })

  test.each(['cut', 'stalled'] as const)('that is %s and returns is used again', async (kind) => {
    await start(1)
    const steady = signSteadily()
    proxy(0).set({ kind })
    await guard.until(({ state }) => state !== 'open')
    proxy(0).set({ kind: 'fine' })
    await guard.until(({ state }) => state === 'open')
    expect(['right', 'unavailable, come back']).toEqual(expect.arrayContaining(await steady.end()))
    expect(await signMany(40)).toBe(40)
  })

  test('that serves a connection serially is asked by several processes', async () => {
    await start(1, { processes: 2 })
    await guard.until(({ counters }) => counters.logins === 2)
    expect(await signMany(400)).toBe(400)
    proxy(0).set({ kind: 'cut' })
    proxy(0).set({ kind: 'fine' })
    expect(await signMany(400)).toBe(400)
  })
})

describe('of two HSMs on a network', () => {
  test.each(['cut', 'stalled'] as const)('one may be %s, and nobody notices', async (kind) => {
    await start(2)
    const steady = signSteadily()
    const signing = signMany(1_000)
    proxy(0).set({ kind })
    expect(await signing).toBe(1_000)
    const { state } = await guard.until(({ tokens }) => tokens[0]?.state !== 'open')
    expect(state).toBe('open')
    proxy(0).set({ kind: 'fine' })
    await allOpen()
    expect(await steady.end()).toEqual(['right'])
    expect(await signMany(40)).toBe(40)
  })

  test('both may be cut, and signatures are asked for until one returns', async () => {
    await start(2)
    const steady = signSteadily()
    for (const i of [0, 1]) proxy(i).set({ kind: 'cut' })
    await guard.until(({ state }) => state !== 'open')
    proxy(1).set({ kind: 'fine' })
    await guard.until(({ state }) => state === 'open')
    const outcomes = await steady.end()
    expect(outcomes).toContain('right')
    expect(['right', 'unavailable, come back']).toEqual(expect.arrayContaining(outcomes))
  })

  test('one that signs wrongly is set aside, and the other goes on', async () => {
    await start(2, { setAsideMs: 500 })
    const signatures = async () => (await guard.client.status()).tokens[0]?.signatures
    proxy(0).setWrong(true)
    let outcome = await signOne()
    while (outcome !== 'wrong') outcome = await signOne()
    expect((await guard.client.status()).tokens).toMatchObject([
      { state: 'set-aside' },
      { state: 'open' },
    ])
    const before = await signatures()
    expect(await signMany(200)).toBe(200)
    expect(await signatures()).toBe(before)
    proxy(0).setWrong(false)
    await allOpen()
    expect(await signMany(200)).toBe(200)
  })

  test('one that signs wrongly is found by a test when nobody knows who did', async () => {
    await start(2, { setAsideMs: 60_000 })
    proxy(1).setWrong(true)
    await guard.client.reportFault({ keyId: key.keyId, signature: new Uint8Array(64) })
    const { tokens } = await guard.until(({ tokens: [, second] }) => second?.state !== 'open')
    expect(tokens).toMatchObject([{ state: 'open' }, { state: 'set-aside' }])
    expect(await signMany(100)).toBe(100)
  })
})
