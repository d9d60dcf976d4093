import { type ChildProcess, spawn } from 'node:child_process'
import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectGuard } from '../../hsm/client.ts'
import type { GuardKey } from '../../hsm/protocol.ts'
import { startGuard } from '../../hsm/supervisor.ts'
import { collectingLog, signOne, startTestGuard, type TestGuard } from '../support/guard.ts'
import { isRunning } from '../support/processes.ts'
import { makeSoftHsm, type SoftHsm } from '../support/softhsm.ts'

const algorithm = 'ecdsa-p256-sha256'
let hsm: SoftHsm
let guard: TestGuard | undefined

beforeEach(async () => {
  hsm = await makeSoftHsm()
})

afterEach(async () => {
  await guard?.stop()
  guard = undefined
  await hsm.remove()
})

function makeKey({ client }: TestGuard): Promise<GuardKey> {
  return client.generateKey({ algorithm: 'p-256', label: 'seal' })
}

describe('the socket', () => {
  test('is for its user alone', async () => {
    guard = await startTestGuard(hsm)
    const { mode } = await stat(guard.guard.socketPath)
    expect((mode & 0o777).toString(8)).toBe('600')
  })

  test('is also for one group if that is wanted', async () => {
    const socketGroup = String(process.getgid?.() ?? 0)
    guard = await startTestGuard(hsm, { socketGroup })
    const { mode, gid } = await stat(guard.guard.socketPath)
    expect([(mode & 0o777).toString(8), String(gid)]).toEqual(['660', socketGroup])
  })

  test('left over by a guard that was killed is taken over', async () => {
    const socketPath = join(hsm.dir, 'guard.sock')
    await writeFile(socketPath, '')
    guard = await startTestGuard(hsm, { socketPath })
    await guard.until(({ state }) => state === 'open')
  })
})

test.each([
  ['a group that does not exist', { socketGroup: 'no-such-group' }, /no group no-such-group/],
  ['a path too long for a socket', { socketPath: `/tmp/${'x'.repeat(120)}` }, /longer than 107/],
  [
    'a path that has no room for the sockets of two tokens',
    { tokens: ['a', 'b'], socketPath: `/tmp/${'x'.repeat(95)}` },
    /leaves no room/,
  ],
  ['no token', { tokens: [] }, /token/],
  ['a token without a name', { tokens: [''] }, /token/],
  ['a token named twice', { tokens: ['a', 'b', 'a'] }, /names a token twice/],
])('%s is refused at once', async (_name, settings, message) => {
  const started = startTestGuard(hsm, settings)
  await expect(started).rejects.toMatchObject({
    code: 'invalid-request',
    message: expect.stringMatching(message),
  })
})

test('a second guard at the same socket is refused, and the first goes on', async () => {
  guard = await startTestGuard(hsm)
  const second = startTestGuard(hsm, { socketPath: guard.guard.socketPath })
  await expect(second).rejects.toMatchObject({ code: 'invalid-request' })
  const key = await makeKey(guard)
  expect(await signOne(guard, key, 'still here')).toBe('right')
})

test('a guard that is stopped first answers what it was asked', async () => {
  guard = await startTestGuard(hsm)
  const key = await makeKey(guard)
  const pid = guard.pid()
  const digests = Array.from({ length: 500 }, () => new Uint8Array(32))
  const signing = guard.client.signDigests({ keyId: key.keyId, algorithm, digests })
  await guard.until(({ counters }) => counters.signatures > 0)
  await guard.guard.stop()
  expect(await signing).toHaveLength(500)
  expect(isRunning(pid)).toBe(false)
  expect(guard.guard.pid()).toBeUndefined()
})

test('a token that is made later is found by itself', async () => {
  await hsm.remove()
  hsm = await makeSoftHsm({ isEmpty: true })
  guard = await startTestGuard(hsm)
  const { message } = await guard.until(({ state }) => state === 'down')
  expect(message).toContain(hsm.tokenLabel)
  await expect(guard.client.listKeys()).rejects.toMatchObject({
    code: 'unavailable',
    retryAfterSeconds: expect.any(Number),
  })
  await hsm.addToken()
  await guard.until(({ state }) => state === 'open')
  const key = await makeKey(guard)
  expect(await signOne(guard, key, 'the first')).toBe('right')
})

test('no guard outlives a supervisor that is killed', async () => {
  const { child, pid } = await spawnSupervisor()
  expect(isRunning(pid)).toBe(true)
  child.kill('SIGKILL')
  const endAt = Date.now() + 10_000
  while (isRunning(pid) && Date.now() < endAt) await sleep(50)
  expect(isRunning(pid)).toBe(false)
})

/** A process of its own that supervises a guard. @returns The guard's pid. */
async function spawnSupervisor(): Promise<{ child: ChildProcess; pid: number }> {
  const settings = {
    module: hsm.modulePath,
    tokens: [hsm.tokenLabel],
    pinFile: hsm.pinFile,
    socketPath: join(hsm.dir, 'guard.sock'),
  }
  const script = `
    import { startGuard } from ${JSON.stringify(new URL('../../dist/hsm/supervisor.js', import.meta.url).href)}
    const log = { info() {}, warn() {}, error() {} }
    const guard = await startGuard({ ...${JSON.stringify(settings)}, log })
    console.log(guard.pid())`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    env: { ...process.env, ...hsm.env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  const pid = await new Promise<number>((resolve) => lines.once('line', (l) => resolve(Number(l))))
  return { child, pid }
}

test('signals to the whole group do not end the guard before its supervisor', async () => {
  guard = await startTestGuard(hsm)
  const key = await makeKey(guard)
  const pid = guard.pid()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid, signal)
  expect(await signOne(guard, key, 'all the same')).toBe('right')
  expect(guard.pid()).toBe(pid)
})

test('a client that was there first finds the guard when it comes', async () => {
  const socketPath = join(hsm.dir, 'guard.sock')
  const client = connectGuard({ socketPath })
  expect(await client.status()).toMatchObject({ state: 'down', pid: 0 })
  const listing = client.listKeys()
  const log = collectingLog([])
  const { modulePath: module, tokenLabel, pinFile, env } = hsm
  const tokens = [tokenLabel]
  const late = await startGuard({ module, tokens, pinFile, env, socketPath, log })
  expect(await listing).toEqual([])
  await client.close()
  await late.stop()
})
