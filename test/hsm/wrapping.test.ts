import { randomBytes } from 'node:crypto'
import pkcs11 from 'pkcs11js'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { handle, Pkcs11Module, selectToken } from '../../hsm/module.ts'
import { type FaultyModule, makeFaultyModule } from '../support/faulty-module.ts'
import { startTestGuard, type TestGuard } from '../support/guard.ts'
import { type RemoteHsm, startRemoteHsm } from '../support/remote-hsm.ts'
import { makeSoftHsm, type SoftHsm } from '../support/softhsm.ts'

const SECRET = Buffer.from('a data key of thirty-two octets.')
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

function newKey() {
  return { keyId: randomBytes(16).toString('hex'), label: 'Sceau vault' }
}

/** A wrapping key with this value into a token, as an HSM's own tool would copy it. */
function copyIn(label: string, keyId: string, value: Uint8Array): void {
  Object.assign(process.env, hsm.env)
  const module = new Pkcs11Module(hsm.modulePath)
  module.initialize()
  const { library } = module
  const { slot } = selectToken(module.listTokens(), label)
  const flags = pkcs11.CKF_SERIAL_SESSION | pkcs11.CKF_RW_SESSION
  const session = library.C_OpenSession(handle(slot), flags)
  library.C_Login(session, pkcs11.CKU_USER, hsm.pin)
  library.C_CreateObject(session, [
    { type: pkcs11.CKA_CLASS, value: pkcs11.CKO_SECRET_KEY },
    { type: pkcs11.CKA_KEY_TYPE, value: pkcs11.CKK_GENERIC_SECRET },
    { type: pkcs11.CKA_TOKEN, value: true },
    { type: pkcs11.CKA_SIGN, value: true },
    { type: pkcs11.CKA_ID, value: Buffer.from(keyId, 'hex') },
    { type: pkcs11.CKA_LABEL, value: 'Sceau vault' },
    { type: pkcs11.CKA_VALUE, value: Buffer.from(value) },
  ])
  module.finalize()
}

async function startRemote(labels: readonly string[]): Promise<void> {
  remote = await startRemoteHsm(hsm, labels)
  guard = await startTestGuard(hsm, { ...remote.settings, operationMs: 1_500 })
  await guard.until(({ tokens }) => tokens.every(({ state }) => state === 'open'))
}

async function startFaulty(): Promise<FaultyModule> {
  const module = await makeFaultyModule(hsm)
  const { modulePath, env } = module
  guard = await startTestGuard(hsm, { module: modulePath, env, operationMs: 1_000 })
  return module
}

describe.each(['in this machine', 'on a network'])('a wrapping key of a token %s', (place) => {
  beforeEach(async () => {
    if (place === 'on a network') await startRemote([hsm.tokenLabel])
    else guard = await startTestGuard(hsm)
  })

  test('is born in the token, stays there, and does nothing but sign', async () => {
    const { keyId, label } = newKey()
    const key = await guard.client.generateWrappingKey({ keyId, label })
    expect(key).toEqual({
      keyId,
      label,
      birth: {
        local: true,
        neverExtractable: true,
        alwaysSensitive: true,
        sensitive: true,
        extractable: false,
        token: true,
        private: true,
        usages: ['sign'],
      },
    })
    expect(await guard.client.generateWrappingKey({ keyId, label })).toEqual(key)
    await expect(
      guard.client.generateWrappingKey({ keyId, label: 'Sceau other' }),
    ).rejects.toMatchObject({ code: 'invalid-request' })
    expect(await guard.client.listKeys()).toEqual([])
  })

  test('unwraps what it wrapped, and nothing that was changed', async () => {
    const { client } = guard
    const [one, other] = [newKey(), newKey()]
    await client.generateWrappingKey(one)
    await client.generateWrappingKey(other)
    const secret = Uint8Array.from(SECRET)
    const wrapped = await client.wrapSecret(one.keyId, secret)
    expect(secret).toEqual(Uint8Array.from(SECRET))
    expect(await client.unwrapSecret(one.keyId, wrapped)).toEqual(secret)
    const changed = Uint8Array.from(wrapped).fill(7, 40, 41)
    const damaged = { code: 'secret-damaged' }
    await expect(client.unwrapSecret(one.keyId, changed)).rejects.toMatchObject(damaged)
    await expect(client.unwrapSecret(other.keyId, wrapped)).rejects.toMatchObject(damaged)
    await expect(client.wrapSecret(newKey().keyId, secret)).rejects.toMatchObject({
      code: 'key-not-found',
    })
    expect(JSON.stringify(guard.log)).not.toContain(SECRET.toString('hex'))
  })
})

test.each([0, 65])('a secret of %i octets is refused', async (length) => {
  guard = await startTestGuard(hsm)
  const key = newKey()
  await guard.client.generateWrappingKey(key)
  await expect(guard.client.wrapSecret(key.keyId, new Uint8Array(length))).rejects.toMatchObject({
    code: 'invalid-request',
  })
})

test('a wrapping key signs no digest, and a signing key wraps no secret', async () => {
  guard = await startTestGuard(hsm)
  const wrapping = newKey()
  await guard.client.generateWrappingKey(wrapping)
  const signing = await guard.client.generateKey({ algorithm: 'p-256', label: 'Sceau seal' })
  const digest = new Uint8Array(32)
  const algorithm = 'ecdsa-p256-sha256'
  const missing = { code: 'key-not-found' }
  await expect(
    guard.client.signDigest({ keyId: wrapping.keyId, algorithm, digest }),
  ).rejects.toMatchObject(missing)
  await expect(guard.client.wrapSecret(signing.keyId, SECRET)).rejects.toMatchObject(missing)
  await expect(
    guard.client.generateWrappingKey({ keyId: signing.keyId, label: 'Sceau vault' }),
  ).rejects.toMatchObject({ code: 'invalid-request' })
})

describe.each(['crash', 'hang', 'after 0x30', 'rv 0x101', 'logout'])(
  'a token that does «%s»',
  (does) => {
    test('makes one wrapping key, wraps and unwraps all the same', async () => {
      const module = await startFaulty()
      const { client } = guard
      const key = newKey()
      await module.fault('C_GenerateKey', does)
      expect(await client.generateWrappingKey(key)).toMatchObject(key)
      await module.fault('C_Sign', does)
      const wrapped = await client.wrapSecret(key.keyId, SECRET)
      await module.fault('C_Sign', does)
      expect(await client.unwrapSecret(key.keyId, wrapped)).toEqual(Uint8Array.from(SECRET))
    })
  },
)

describe('of two tokens, the wrapping key lives on the first', () => {
  beforeEach(async () => startRemote([hsm.tokenLabel, await hsm.addTwin()]))

  test('and is asked for there', async () => {
    const key = newKey()
    await guard.client.generateWrappingKey(key)
    const wrapped = await guard.client.wrapSecret(key.keyId, SECRET)
    expect(await guard.client.unwrapSecret(key.keyId, wrapped)).toEqual(Uint8Array.from(SECRET))
    await expect(
      guard.client.unwrapSecret(key.keyId, Uint8Array.from(wrapped).fill(1, -3)),
    ).rejects.toMatchObject({ code: 'secret-damaged' })
    await expect(guard.client.wrapSecret(newKey().keyId, SECRET)).rejects.toMatchObject({
      code: 'key-not-found',
    })
  })

  test('and while that is away one is told to come back', async () => {
    const key = newKey()
    await guard.client.generateWrappingKey(key)
    const wrapped = await guard.client.wrapSecret(key.keyId, SECRET)
    remote?.proxies[0]?.set({ kind: 'cut' })
    await expect(guard.client.unwrapSecret(key.keyId, wrapped)).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterSeconds: expect.any(Number),
    })
    remote?.proxies[0]?.set({ kind: 'fine' })
    await guard.until(({ tokens }) => tokens.every(({ state }) => state === 'open'))
    expect(await guard.client.unwrapSecret(key.keyId, wrapped)).toEqual(Uint8Array.from(SECRET))
  })
})

describe('of two tokens that both have the wrapping key', () => {
  const { keyId } = newKey()
  const value = randomBytes(32)
  let labels: string[]

  beforeEach(async () => {
    labels = [hsm.tokenLabel, await hsm.addTwin()]
  })

  test('one may be away', async () => {
    for (const label of labels) copyIn(label, keyId, value)
    await startRemote(labels)
    const wrapped = await guard.client.wrapSecret(keyId, SECRET)
    remote?.proxies[0]?.set({ kind: 'cut' })
    expect(await guard.client.unwrapSecret(keyId, wrapped)).toEqual(Uint8Array.from(SECRET))
    const meanwhile = await guard.client.wrapSecret(keyId, SECRET)
    remote?.proxies[0]?.set({ kind: 'fine' })
    await guard.until(({ tokens }) => tokens.every(({ state }) => state === 'open'))
    expect(await guard.client.unwrapSecret(keyId, meanwhile)).toEqual(Uint8Array.from(SECRET))
  })

  test('one that has another key under that id does no harm', async () => {
    copyIn(hsm.tokenLabel, keyId, value)
    await startRemote([hsm.tokenLabel])
    const wrapped = await guard.client.wrapSecret(keyId, SECRET)
    await guard.stop()
    await remote?.stop()
    for (const label of labels.slice(1)) copyIn(label, keyId, randomBytes(32))
    await startRemote(labels.toReversed())
    expect(await guard.client.unwrapSecret(keyId, wrapped)).toEqual(Uint8Array.from(SECRET))
  })
})
