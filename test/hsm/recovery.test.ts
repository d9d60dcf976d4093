import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { GuardKey } from '../../hsm/protocol.ts'
import { makeFaultyModule } from '../support/faulty-module.ts'
import { digestOf, isRight, signOne, startTestGuard, type TestGuard } from '../support/guard.ts'
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

describe('a guard that is killed under load', () => {
  test('loses no request: each is signed right or told to come back', async () => {
    guard = await startTestGuard(hsm)
    const key = await makeKey(guard)
    const outcomes: string[] = []
    let isOver = false
    const load = async (name: number) => {
      for (let i = 0; !isOver; i++) {
        if (guard !== undefined) outcomes.push(await signOne(guard, key, `${name}/${i}`))
      }
    }
    const clients = Array.from({ length: 8 }, (_, name) => load(name))
    const pids = new Set<number>()
    for (let kills = 0; kills < 3; kills++) {
      await sleep(300)
      const pid = guard.pid()
      pids.add(pid)
      process.kill(pid, 'SIGKILL')
      await guard.until((status) => status.state === 'open' && status.pid !== pid)
    }
    isOver = true
    await Promise.all(clients)
    expect(pids.size).toBe(3)
    expect(outcomes.filter((outcome) => outcome !== 'right' && outcome !== 'unavailable')).toEqual(
      [],
    )
    expect(outcomes.filter((outcome) => outcome === 'right').length).toBeGreaterThan(50)
    expect(await signOne(guard, key, 'afterwards')).toBe('right')
  })

  test('in the middle of a batch: the batch is complete all the same', async () => {
    guard = await startTestGuard(hsm)
    const key = await makeKey(guard)
    const messages = Array.from({ length: 3_000 }, (_, i) => Buffer.from(`document ${i}`))
    const digests = messages.map((message) => digestOf(algorithm, message))
    const signing = guard.client.signDigests({ keyId: key.keyId, algorithm, digests })
    await guard.until(({ counters }) => counters.signatures > 100)
    process.kill(guard.pid(), 'SIGKILL')
    const signatures = await signing
    const sample = [0, 1, 1_499, 2_999]
    const isSampleRight = (i: number) => {
      const [message, signature] = [messages[i], signatures[i]]
      return message && signature && isRight(key, { algorithm, message }, signature)
    }
    expect(signatures).toHaveLength(3_000)
    expect(sample.map(isSampleRight)).toEqual([true, true, true, true])
  })
})

describe('a guard that hangs', () => {
  test('as a whole is killed, and what it was asked is asked again', async () => {
    guard = await startTestGuard(hsm, { stuckAfterMs: 1_500 })
    const key = await makeKey(guard)
    const pid = guard.pid()
    process.kill(pid, 'SIGSTOP')
    expect(await signOne(guard, key, 'during the standstill')).toBe('right')
    expect(guard.pid()).not.toBe(pid)
    expect(isRunning(pid)).toBe(false)
  })

  test.each(['hang', 'crash'])('in a call of the library (%s) is begun anew', async (action) => {
    const module = await makeFaultyModule(hsm)
    const { modulePath, env } = module
    guard = await startTestGuard(hsm, { module: modulePath, env, operationMs: 1_000 })
    const key = await makeKey(guard)
    const pid = guard.pid()
    await module.fault('C_Sign', action)
    expect(await signOne(guard, key, action)).toBe('right')
    expect(guard.pid()).not.toBe(pid)
  })

  test('while it opens the token still says how it is', async () => {
    const module = await makeFaultyModule(hsm)
    const { modulePath, env } = module
    await module.fault('C_Initialize', 'hang')
    guard = await startTestGuard(hsm, { module: modulePath, env, operationMs: 700 })
    expect((await guard.client.status()).state).toBe('opening')
    await guard.until(({ state }) => state === 'open')
  })
})
