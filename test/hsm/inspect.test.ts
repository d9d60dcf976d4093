import { afterEach, beforeEach, expect, test } from 'vitest'
import { inspectModule } from '../../hsm/inspect.ts'
import { makeFaultyModule } from '../support/faulty-module.ts'
import { makeSoftHsm, type SoftHsm } from '../support/softhsm.ts'

let hsm: SoftHsm

beforeEach(async () => {
  hsm = await makeSoftHsm()
})

afterEach(() => hsm.remove())

test('a module tells of itself and its tokens, without a login', async () => {
  const { modulePath, env, calls } = await makeFaultyModule(hsm)
  const { module, tokens } = await inspectModule(modulePath, { env })
  expect(module).toMatchObject({ path: modulePath, manufacturer: 'SoftHSM' })
  expect(tokens).toMatchObject([{ label: hsm.tokenLabel, pin: 'ready', missingMechanisms: [] }])
  expect(await calls('C_Login')).toBe(0)
})

test.each([
  ['is not there', '/nonexistent/pkcs11.so', /cannot be loaded/],
  ['is no PKCS#11 library', process.execPath, /cannot be loaded/],
])('a module that %s is reported', async (_name, path, message) => {
  await expect(inspectModule(path)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(message),
  })
})

test.each([
  ['crashes', 'crash', /ended the process .*SIGSEGV/],
  ['does not answer', 'hang', /did not answer/],
  ['fails', 'rv 0x30', /CKR_DEVICE_ERROR/],
])('a module that %s is reported, and this process lives', async (_name, action, message) => {
  const { modulePath, env, fault } = await makeFaultyModule(hsm)
  await fault('C_Initialize', action)
  await expect(inspectModule(modulePath, { env, withinMs: 3_000 })).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(message),
  })
})
