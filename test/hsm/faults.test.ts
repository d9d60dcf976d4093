import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { GuardKey } from '../../hsm/protocol.ts'
import type { GuardSettings } from '../../hsm/supervisor.ts'
import { type FaultyCall, type FaultyModule, makeFaultyModule } from '../support/faulty-module.ts'
import { digestOf, isRight, startTestGuard, type TestGuard } from '../support/guard.ts'
import { makeSoftHsm, type SoftHsm } from '../support/softhsm.ts'

const algorithm = 'ecdsa-p256-sha256'
let hsm: SoftHsm
let module: FaultyModule
let key: GuardKey
let guard: TestGuard

beforeAll(async () => {
  hsm = await makeSoftHsm()
  module = await makeFaultyModule(hsm)
  await start()
  key = await guard.client.generateKey({ algorithm: 'p-256', label: 'seal' })
  await guard.stop()
})

afterEach(() => module.clear())

afterAll(() => hsm.remove())

async function start(settings: Partial<GuardSettings> = {}): Promise<void> {
  const { modulePath, env } = module
  guard = await startTestGuard(hsm, { module: modulePath, env, sessions: 2, ...settings })
}

/** Many at once, so that both sessions are at work. @returns How many are right. */
async function signMany(count: number): Promise<number> {
  const messages = Array.from({ length: count }, (_, i) => Buffer.from(`document ${i}`))
  const digests = messages.map((message) => digestOf(algorithm, message))
  const signatures = await guard.client.signDigests({ keyId: key.keyId, algorithm, digests })
  return messages.filter((message, i) => {
    const signature = signatures[i]
    return signature !== undefined && isRight(key, { algorithm, message }, signature)
  }).length
}

const CALLS = ['C_Initialize', 'C_Login'] as const

async function countOpenings(): Promise<number[]> {
  return Promise.all(CALLS.map((call) => module.calls(call)))
}

interface Fault {
  readonly name: string
  readonly call: FaultyCall
  readonly action: string
  readonly times?: number
}

const NOTHING = { openings: 0, logins: 0 }
const LOGIN = { openings: 0, logins: 1 }
const OPENING = { openings: 1, logins: 1 }

interface Mended extends Fault {
  readonly mend: typeof NOTHING
}

const MENDED: readonly Mended[] = [
  { name: 'CKR_SESSION_HANDLE_INVALID', call: 'C_Sign', action: 'rv 0xb3', mend: NOTHING },
  { name: 'CKR_SESSION_CLOSED', call: 'C_SignInit', action: 'rv 0xb0', mend: NOTHING },
  { name: 'a closed session', call: 'C_SignInit', action: 'close-session', mend: NOTHING },
  { name: 'CKR_OPERATION_ACTIVE', call: 'C_SignInit', action: 'rv 0x90', mend: NOTHING },
  { name: 'CKR_OBJECT_HANDLE_INVALID', call: 'C_SignInit', action: 'rv 0x82', mend: NOTHING },
  { name: 'CKR_KEY_HANDLE_INVALID', call: 'C_SignInit', action: 'rv 0x60', mend: NOTHING },
  { name: 'CKR_DEVICE_ERROR', call: 'C_Sign', action: 'rv 0x30', times: 2, mend: NOTHING },
  { name: 'CKR_GENERAL_ERROR', call: 'C_SignInit', action: 'rv 0x5', mend: NOTHING },
  { name: 'CKR_FUNCTION_FAILED at the end', call: 'C_Sign', action: 'after 0x6', mend: NOTHING },
  { name: 'a code of the vendor', call: 'C_Sign', action: 'rv 0x80000001', mend: NOTHING },
  { name: 'CKR_HOST_MEMORY', call: 'C_SignInit', action: 'rv 0x2', mend: NOTHING },
  { name: 'CKR_USER_NOT_LOGGED_IN', call: 'C_SignInit', action: 'rv 0x101', mend: LOGIN },
  { name: 'a forgotten login', call: 'C_SignInit', action: 'logout', mend: LOGIN },
]

const REOPENED: readonly Mended[] = [
  { name: 'CKR_DEVICE_REMOVED', call: 'C_Sign', action: 'rv 0x32', mend: OPENING },
  { name: 'a token gone until finalised', call: 'C_Sign', action: 'remove', mend: OPENING },
  { name: 'CKR_TOKEN_NOT_PRESENT', call: 'C_SignInit', action: 'rv 0xe0', mend: OPENING },
  { name: 'CKR_CRYPTOKI_NOT_INITIALIZED', call: 'C_Sign', action: 'rv 0x190', mend: OPENING },
  { name: 'two sessions lost', call: 'C_SignInit', action: 'rv 0xb3', times: 2, mend: OPENING },
]

async function expectMended({ mend, call, action, times }: Mended): Promise<void> {
  await signMany(4)
  const [openings = 0, logins = 0] = await countOpenings()
  const { retries } = (await guard.client.status()).counters

  await module.fault(call, action, times)

  expect(await signMany(40)).toBe(40)
  expect(await countOpenings()).toEqual([openings + mend.openings, logins + mend.logins])
  const { counters, lastError, state } = await guard.client.status()
  expect(state).toBe('open')
  expect(counters.retries).toBeGreaterThan(retries)
  expect(lastError?.returnValue).toMatch(/^CKR_/)
}

describe('while the token stays open', () => {
  beforeAll(() => start())
  afterAll(() => guard.stop())

  test.each(MENDED)('after $name every signature is right', expectMended)

  test('a look-up that fails is done again', async () => {
    await module.fault('C_FindObjects', 'rv 0x30')
    await module.fault('C_FindObjectsInit', 'rv 0xb3')
    expect(await guard.client.findKey(key.keyId)).toEqual(key)
  })

  test('a login that was lost hides no key', async () => {
    await module.fault('C_FindObjectsInit', 'logout')
    expect(await guard.client.findKey(key.keyId)).toEqual(key)
    await module.fault('C_FindObjectsInit', 'logout')
    expect((await guard.client.listKeys()).map(({ keyId }) => keyId)).toContain(key.keyId)
  })

  test('a key whose making was not answered is made once', async () => {
    await module.fault('C_GenerateKeyPair', 'after 0x30')
    const made = await guard.client.generateKey({ algorithm: 'p-256', label: 'made once' })
    const listed = await guard.client.listKeys()
    expect(listed.filter(({ label }) => label === 'made once')).toEqual([made])
  })
})

describe('when the token is lost', () => {
  // With one session, so that no other success comes between two losses.
  beforeEach(() => start({ sessions: 1 }))
  afterEach(() => guard.stop())

  test.each(REOPENED)('after $name it is opened anew and every signature is right', expectMended)
})

describe('when the token', () => {
  afterEach(() => guard.stop())

  test('has fewer sessions than wanted, it signs with those it has', async () => {
    await start({ sessions: 8 })
    await guard.client.findKey(key.keyId)
    await module.always('C_OpenSession', 'rv 0xb1')
    expect(await signMany(100)).toBe(100)
    expect((await guard.client.status()).sessions).toMatchObject({ open: 1, wanted: 1 })
  })

  test('says how many sessions it has, one is left for making keys', async () => {
    await start({ sessions: 8, env: { ...module.env, FAULTY_SESSIONS_MAX: '4' } })
    expect(await signMany(100)).toBe(100)
    expect((await guard.client.status()).sessions.wanted).toBe(3)
  })

  test('is far away, more sessions are used than there are cores', async () => {
    await module.always('C_GenerateRandom', 'sleep 1')
    await start({ sessions: undefined })
    await guard.until(({ state }) => state === 'open')
    expect((await guard.client.status()).sessions.wanted).toBe(16)
  })

  test('has no random numbers, it signs all the same', async () => {
    await module.always('C_GenerateRandom', 'rv 0x120')
    await start()
    expect(await signMany(2)).toBe(2)
  })

  test('forgets the login while nobody signs, it is logged into again unasked', async () => {
    await start({ keepAliveMs: 200 })
    await guard.until(({ state }) => state === 'open')
    await signMany(4)
    await module.fault('C_GetSessionInfo', 'logout')
    await guard.until(({ counters }) => counters.logins === 2)
    expect(await signMany(4)).toBe(4)
  })

  test('cannot be used by several threads, an operator is called', async () => {
    await module.fault('C_Initialize', 'rv 0xa')
    await start()
    const { message } = await guard.until(({ state }) => state === 'unusable')
    expect(message).toContain('CKR_CANT_LOCK')
    const refusal = { code: 'unavailable', retryAfterSeconds: 60 }
    await expect(signMany(1)).rejects.toMatchObject(refusal)
  })

  test('refuses a mechanism, it is not asked again', async () => {
    await start()
    await signMany(1)
    const before = await module.calls('C_SignInit')
    await module.always('C_SignInit', 'rv 0x70')
    await expect(signMany(1)).rejects.toMatchObject({
      code: 'key-unusable',
      message: expect.stringContaining('CKR_MECHANISM_INVALID'),
    })
    expect(await module.calls('C_SignInit')).toBe(before + 1)
  })

  test('only fails, requests are unavailable, until it is well', async () => {
    await start()
    await module.always('C_Sign', 'rv 0x30')
    await expect(signMany(1)).rejects.toMatchObject({
      code: 'unavailable',
      retryAfterSeconds: expect.any(Number),
    })
    await module.clear()
    await guard.until(({ state }) => state === 'open')
    expect(await signMany(20)).toBe(20)
  })

  test('cannot be opened at the start, it is opened as soon as it can', async () => {
    await module.fault('C_Initialize', 'rv 0x5', 2)
    await module.fault('C_GetSlotList', 'rv 0x30')
    await start()
    await guard.until(({ state }) => state === 'open')
    expect(await signMany(4)).toBe(4)
    expect((await guard.client.status()).counters.openings).toBe(1)
  })
})
