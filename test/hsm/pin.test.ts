import { chmod, rm, utimes, writeFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type FaultyModule, makeFaultyModule } from '../support/faulty-module.ts'
import { startTestGuard, type TestGuard } from '../support/guard.ts'
import { makeSoftHsm, type SoftHsm } from '../support/softhsm.ts'

const WRONG = '13579-wrong'
let hsm: SoftHsm
let module: FaultyModule
let guard: TestGuard

beforeEach(async () => {
  hsm = await makeSoftHsm()
  module = await makeFaultyModule(hsm)
})

afterEach(async () => {
  await guard.stop()
  await hsm.remove()
})

async function start(): Promise<void> {
  guard = await startTestGuard(hsm, { module: module.modulePath, env: module.env })
}

async function ask(times: number): Promise<unknown[]> {
  const asked = Array.from({ length: times }, () => guard.client.listKeys())
  const answers = await Promise.allSettled(asked)
  return answers.map((answer) => (answer.status === 'rejected' ? answer.reason.code : 'listed'))
}

test('a wrong PIN is tried once, whatever is asked and however often the guard starts', async () => {
  await writeFile(hsm.pinFile, WRONG)
  await start()
  const { message } = await guard.until(({ state }) => state === 'pin-refused')
  expect(message).toContain('CKR_PIN_INCORRECT')
  expect(message).toContain(hsm.pinFile)
  expect(new Set(await ask(20))).toEqual(new Set(['pin-refused']))

  const before = guard.pid()
  process.kill(before, 'SIGKILL')
  await guard.until(({ state, pid }) => state === 'pin-refused' && pid !== before && pid !== 0)
  expect(new Set(await ask(20))).toEqual(new Set(['pin-refused']))

  // The file is touched, but the PIN is the same.
  await utimes(hsm.pinFile, new Date(), new Date())
  await sleep(1_500)
  expect(new Set(await ask(1))).toEqual(new Set(['pin-refused']))
  expect(await module.calls('C_Login')).toBe(1)
})

test('with the right PIN in its file the guard goes on by itself', async () => {
  await writeFile(hsm.pinFile, WRONG)
  await start()
  await guard.until(({ state }) => state === 'pin-refused')
  await writeFile(hsm.pinFile, hsm.pin)
  await guard.until(({ state }) => state === 'open')
  expect(await ask(3)).toEqual(['listed', 'listed', 'listed'])
  expect(await module.calls('C_Login')).toBe(2)
})

test('a PIN that was refused later is not tried again either', async () => {
  await start()
  await ask(1)
  await module.fault('C_FindObjectsInit', 'rv 0x101')
  await module.fault('C_Login', 'rv 0xa4')
  expect(await ask(1)).toEqual(['pin-refused'])
  expect(await ask(5)).toContain('pin-refused')
  expect(await module.calls('C_Login')).toBe(2)
  expect((await guard.client.status()).message).toContain('CKR_PIN_LOCKED')
})

describe('a login whose answer was never known', () => {
  test('is tried again if the token counts no wrong PIN', async () => {
    await module.fault('C_Login', 'crash')
    await start()
    await guard.until(({ state }) => state === 'open')
    expect(await module.calls('C_Login')).toBe(2)
  })

  test('is not tried again if the token counts one', async () => {
    await writeFile(hsm.pinFile, WRONG)
    // The token refuses it, and the connection breaks before that is heard.
    await module.fault('C_Login', 'lose 0x30')
    await start()
    const { message } = await guard.until(({ state }) => state === 'pin-refused')
    expect(message).toContain('counts a wrong one')
    expect(await module.calls('C_Login')).toBe(1)
  })
})

test('a PIN file that is not there yet is waited for', async () => {
  await rm(hsm.pinFile)
  await start()
  const { message } = await guard.until(({ state }) => state === 'down')
  expect(message).toContain(hsm.pinFile)
  await writeFile(hsm.pinFile, hsm.pin, { mode: 0o600 })
  await guard.until(({ state }) => state === 'open')
})

test.each([
  ['nothing', ''],
  ['several lines', '1234\n5678\n'],
  ['more than a PIN', 'x'.repeat(300)],
])('a PIN file with %s is not tried', async (_name, text) => {
  await writeFile(hsm.pinFile, text)
  await start()
  await guard.until(({ state, lastError }) => state === 'down' && lastError !== undefined)
  expect(await module.calls('C_Login')).toBe(0)
})

test('a PIN file that others may read is warned of, and the PIN is in no log', async () => {
  await chmod(hsm.pinFile, 0o644)
  await start()
  await guard.until(({ state }) => state === 'open')
  expect(guard.log.join('\n')).toContain('others may read the PIN file')
  expect(guard.log.join('\n')).not.toContain(hsm.pin)
})
