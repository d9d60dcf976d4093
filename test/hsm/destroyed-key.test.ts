import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { GuardKey } from '../../hsm/protocol.ts'
import { makeFaultyModule } from '../support/faulty-module.ts'
import { signOne, startTestGuard, type TestGuard } from '../support/guard.ts'
import { type RemoteHsm, startRemoteHsm } from '../support/remote-hsm.ts'
import { makeSoftHsm, type SoftHsm } from '../support/softhsm.ts'

let hsm: SoftHsm
let remote: RemoteHsm | undefined
let guard: TestGuard

beforeEach(async () => {
  hsm = await makeSoftHsm()
})

afterEach(async () => {
  await Promise.allSettled([guard?.stop(), remote?.stop()])
  remote = undefined
  await hsm.remove()
})

function makeKey(label = 'Sceau person'): Promise<GuardKey> {
  return guard.client.generateKey({ algorithm: 'p-256', label })
}

const tokenOf = (label: string) => ({ label, serial: expect.stringMatching(/^[0-9a-f]+$/) })

test('a key is destroyed with its public half, and signs nothing after it did', async () => {
  guard = await startTestGuard(hsm)
  const { client } = guard
  const [key, other] = [await makeKey(), await makeKey('sceau enrolment 7')]
  expect(await signOne(guard, key, 'before')).toBe('right')
  expect(await client.destroyKey(key.keyId)).toEqual({
    keyId: key.keyId,
    tokens: [
      {
        token: tokenOf(hsm.tokenLabel),
        objects: ['private-key', 'public-key'],
        label: 'Sceau person',
      },
    ],
  })
  expect(await signOne(guard, key, 'after')).toBe('key-not-found')
  expect(await client.findKey(key.keyId)).toBeUndefined()
  expect(await client.listKeys()).toEqual([other])
  expect(await signOne(guard, other, 'another')).toBe('right')
  expect((await client.destroyKey(other.keyId)).tokens).toMatchObject([
    { label: 'sceau enrolment 7' },
  ])
})

test('what is gone already is no error, and the receipt says that nothing was there', async () => {
  guard = await startTestGuard(hsm)
  const { keyId } = await makeKey()
  await guard.client.destroyKey(keyId)
  const nothing = { token: tokenOf(hsm.tokenLabel), objects: [] }
  expect(await guard.client.destroyKey(keyId)).toEqual({ keyId, tokens: [nothing] })
})

test('a wrapping key can be destroyed, and what it wrapped is lost', async () => {
  guard = await startTestGuard(hsm)
  const keyId = randomBytes(16).toString('hex')
  await guard.client.generateWrappingKey({ keyId, label: 'Sceau vault' })
  const wrapped = await guard.client.wrapSecret(keyId, Uint8Array.of(1))
  const { tokens } = await guard.client.destroyKey(keyId)
  expect(tokens).toMatchObject([{ objects: ['secret-key'] }])
  await expect(guard.client.unwrapSecret(keyId, wrapped)).rejects.toMatchObject({
    code: 'key-not-found',
  })
})

test.each([
  ['of another name', () => makeKey('payroll').then(({ keyId }) => keyId)],
  [
    'brought in from outside',
    () => hsm.importKey([hsm.tokenLabel], randomBytes(16).toString('hex')),
  ],
])('a key %s is not destroyed', async (_name, make) => {
  guard = await startTestGuard(hsm)
  const keyId = await make()
  await expect(guard.client.destroyKey(keyId)).rejects.toMatchObject({ code: 'key-unusable' })
  expect(await guard.client.findKey(keyId)).toMatchObject({ keyId })
})

test.each(['crash', 'hang', 'after 0x30', 'rv 0x82', 'logout'])(
  'a token that does «%s» meanwhile has destroyed all of it in the end',
  async (does) => {
    const module = await makeFaultyModule(hsm)
    const { modulePath, env } = module
    guard = await startTestGuard(hsm, { module: modulePath, env, operationMs: 1_000 })
    const key = await makeKey()
    await module.fault('C_DestroyObject', does)
    const { tokens } = await guard.client.destroyKey(key.keyId)
    expect(tokens).toMatchObject([{ objects: expect.arrayContaining(['public-key']) }])
    expect((await guard.client.destroyKey(key.keyId)).tokens).toMatchObject([{ objects: [] }])
    expect(await guard.client.listKeys()).toEqual([])
  },
)

describe('of two tokens on a network', () => {
  beforeEach(async () => {
    const labels = [hsm.tokenLabel, await hsm.addTwin()]
    remote = await startRemoteHsm(hsm, labels)
    guard = await startTestGuard(hsm, { ...remote.settings, operationMs: 1_500, processes: 2 })
    await guard.until(({ tokens }) => tokens.every(({ state }) => state === 'open'))
  })

  test('each says what it destroyed, and no process of either signs with it', async () => {
    const key = await makeKey()
    for (let i = 0; i < 20; i++) expect(await signOne(guard, key, `${i}`)).toBe('right')
    const { tokens } = await guard.client.destroyKey(key.keyId)
    expect(tokens).toMatchObject([{ objects: ['private-key', 'public-key'] }, { objects: [] }])
    for (let i = 0; i < 8; i++) expect(await signOne(guard, key, `${i}`)).toBe('key-not-found')
  })

  test('none destroys anything while one is away', async () => {
    const key = await makeKey()
    remote?.proxies[1]?.set({ kind: 'cut' })
    await expect(guard.client.destroyKey(key.keyId)).rejects.toMatchObject({ code: 'unavailable' })
    expect(await signOne(guard, key, 'still there')).toBe('right')
  })
})
