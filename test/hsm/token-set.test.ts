import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { GuardKey } from '../../hsm/protocol.ts'
import { digestOf, isRight, signOne, startTestGuard, type TestGuard } from '../support/guard.ts'
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

afterEach(() => guard.stop())

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

async function signaturesOfEach(): Promise<number[]> {
  return (await guard.client.status()).tokens.map(({ signatures }) => signatures)
}

describe('two tokens that hold the same key', () => {
  test('sign as one, and both have their share', async () => {
    await startBoth()
    expect(await signMany(await getKey(sharedId), 2_000)).toBe(2_000)
    const shares = await signaturesOfEach()
    expect(shares.reduce((sum, share) => sum + share, 0)).toBe(2_000)
    expect(Math.min(...shares)).toBeGreaterThan(100)
  })

  test('single signatures come from both', async () => {
    await startBoth()
    const key = await getKey(sharedId)
    for (let i = 0; i < 60; i++) expect(await signOne(guard, key, `${i}`)).toBe('right')
    expect(Math.min(...(await signaturesOfEach()))).toBeGreaterThan(0)
  })
})
