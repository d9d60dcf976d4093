import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { GuardError } from '../../hsm/errors.ts'
import type { GuardKey } from '../../hsm/protocol.ts'
import { type FaultyModule, makeFaultyModule } from '../support/faulty-module.ts'
import { digestOf, isRight, signOne, startTestGuard, type TestGuard } from '../support/guard.ts'
import { makeSoftHsm, type SoftHsm } from '../support/softhsm.ts'

const algorithm = 'ecdsa-p256-sha256'
const message = Buffer.from('a document')
let hsm: SoftHsm
let module: FaultyModule
let guard: TestGuard
let key: GuardKey

beforeAll(async () => {
  hsm = await makeSoftHsm()
  module = await makeFaultyModule(hsm)
})

beforeEach(async () => {
  const { modulePath, env } = module
  guard = await startTestGuard(hsm, { module: modulePath, env, setAsideMs: 300 })
  key = await guard.client.generateKey({ algorithm: 'p-256', label: 'seal' })
})

afterEach(async () => {
  await module.clear()
  await guard.stop()
})

afterAll(() => hsm.remove())

/** Sign once and do what the server does with what is wrong. */
async function signAndReport(): Promise<'right' | 'wrong'> {
  const { keyId } = key
  const digest = digestOf(algorithm, message)
  const signature = await guard.client.signDigest({ keyId, algorithm, digest })
  if (isRight(key, { algorithm, message }, signature)) return 'right'
  await guard.client.reportFault({ keyId, signature })
  return 'wrong'
}

test('a token that signed wrongly signs nothing until it has passed a test', async () => {
  await module.always('C_Sign', 'wrong')
  expect(await signAndReport()).toBe('wrong')
  const status = await guard.client.status()
  expect(status.state).toBe('set-aside')
  expect(status.tokens).toMatchObject([{ selector: hsm.tokenLabel, state: 'set-aside' }])
  const refused = guard.client.signDigest({
    keyId: key.keyId,
    algorithm,
    digest: digestOf(algorithm, message),
  })
  await expect(refused).rejects.toMatchObject({
    code: 'unavailable',
    retryAfterSeconds: expect.any(Number),
  })
  await module.clear()
  await guard.until(({ state }) => state === 'open')
  expect(await signAndReport()).toBe('right')
})

test('a token that goes on signing wrongly is not taken back', async () => {
  await module.always('C_Sign', 'wrong')
  expect(await signAndReport()).toBe('wrong')
  const tests = () => guard.log.filter((line) => line.includes('still signs wrongly')).length
  await guard.until(() => tests() >= 2)
  expect((await guard.client.status()).state).toBe('set-aside')
})

test('one wrong test signature among many is enough to stay aside', async () => {
  await module.fault('C_Sign', 'wrong')
  expect(await signAndReport()).toBe('wrong')
  await module.fault('C_Sign', 'wrong')
  await guard.until(({ state }) => state === 'open')
  expect(guard.log.filter((line) => line.includes('still signs wrongly'))).toHaveLength(1)
})

test('a token that is set aside still shows its keys, and makes none', async () => {
  await module.always('C_Sign', 'wrong')
  await signAndReport()
  expect(await guard.client.findKey(key.keyId)).toEqual(key)
  const made = guard.client.generateKey({ algorithm: 'p-256', label: 'another' })
  await expect(made).rejects.toThrow(GuardError)
  expect(await signOne(guard, key, 'refused')).toBe('unavailable')
})
