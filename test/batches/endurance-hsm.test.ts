import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { isFinished, makeBatchClient } from '../../scripts/endurance/batch-client.ts'
import { mixedSamples, tarOf, tinyDocument } from '../../scripts/endurance/documents.ts'
import { install } from '../../scripts/endurance/installation.ts'
import { judgeBatch } from '../../scripts/endurance/judgement.ts'
import type { FaultyProxy } from '../support/faulty-proxy.ts'
import { startTestGuard, type TestGuard } from '../support/guard.ts'
import { startRemoteHsm } from '../support/remote-hsm.ts'
import type { SoftHsm } from '../support/softhsm.ts'

/** A server whose token is reached over a network that fails, with a twin of it or without. */
async function startBehindProxies(kind: 'sole' | 'twins') {
  const proxies: FaultyProxy[] = []
  const guards: TestGuard[] = []
  const installation = await install({
    async pkcs11(hsm) {
      const serial = serialOf(hsm)
      const hsms = kind === 'twins' ? [hsm, twinOf(hsm)] : [hsm]
      const remotes = await Promise.all(hsms.map((one) => startRemoteHsm(one, [one.tokenLabel])))
      onTestFinished(async () => {
        await Promise.all(remotes.map((remote) => remote.stop()))
      })
      proxies.push(...remotes.flatMap((remote) => remote.proxies))
      // Both have the same label, since one is a copy: the other is named by its serial number.
      const tokens = [hsm.tokenLabel, `serial:${serial}`].slice(0, hsms.length)
      const [module = ''] = remotes.map(({ settings }) => settings.module)
      const envOf = Object.fromEntries(
        remotes.map(({ settings }, i) => [tokens[i] ?? '', settings.envOf[hsm.tokenLabel] ?? {}]),
      )
      const guard = await startTestGuard(hsm, { module, tokens, envOf })
      onTestFinished(() => guard.stop())
      guards.push(guard)
      await guard.until(({ tokens: found }) => found.every(({ state }) => state === 'open'))
      return { SCEAU_GUARD_SOCKET: guard.guard.socketPath }
    },
  })
  onTestFinished(() => installation.remove())
  const node = await installation.startNode()
  const client = makeBatchClient(installation.apiKey, () => node.url)
  onTestFinished(client.close)
  const [guard] = guards
  const [near, far] = proxies
  if (guard === undefined || near === undefined) throw new RangeError('there is no guard')
  return { installation, client, guard, near, far }
}

/** The same token with the same keys in another place, as a mirrored HSM holds them. */
function twinOf(hsm: SoftHsm): SoftHsm {
  const dir = join(hsm.dir, 'twin')
  cpSync(join(hsm.dir, 'tokens'), join(dir, 'tokens'), { recursive: true })
  const configuration = join(dir, 'softhsm2.conf')
  const own = readFileSync(join(hsm.dir, 'softhsm2.conf'), 'utf8')
  writeFileSync(configuration, own.replace(join(hsm.dir, 'tokens'), join(dir, 'tokens')))
  return { ...hsm, env: { SOFTHSM2_CONF: configuration } }
}

function serialOf(hsm: SoftHsm): string {
  const shown = execFileSync('softhsm2-util', ['--show-slots'], {
    env: { ...process.env, ...hsm.env },
    encoding: 'utf8',
  })
  const serial = /Serial number:\s+([0-9a-f]+)/.exec(shown)?.[1]
  if (serial === undefined) throw new Error(`no serial number: ${shown}`)
  return serial
}

test('a batch is sealed through a network that delays, stalls, cuts and returns', async () => {
  const { installation, client, near } = await startBehindProxies('sole')
  const make = tinyDocument()
  const id = await client.open('ec')
  await client.upload(id, tarOf(make, { count: 600 }))
  await client.start(id)
  near.set({ kind: 'slow', delayMs: 5 })
  await sleep(1_000)
  near.set({ kind: 'stalled' })
  await sleep(2_000)
  near.set({ kind: 'cut' })
  await sleep(1_500)
  near.set({ kind: 'fine' })

  const batch = await client.until(id, isFinished)

  expect(batch).toMatchObject({ state: 'completed', counts: { sealed: 600, failed: 0 } })
  const judged = await judgeBatch({ installation, client }, { id, count: 600, make, every: 40 })
  expect(judged).toEqual({ files: 600, judgedByPdfsig: 15, faults: [] })
}, 120_000)

test('of two tokens one is cut, then signs wrongly: clients see no error, and no file is bad', async () => {
  const { installation, client, guard, near, far } = await startBehindProxies('twins')
  const make = mixedSamples()
  const pdf = make(0)
  const statuses: number[] = []
  let isOver = false
  const single = (async () => {
    while (!isOver) {
      const headers = { 'content-type': 'application/pdf' }
      const asked = { method: 'POST', headers, body: pdf }
      statuses.push((await client.ask('/seals/ec/apply', asked)).status)
    }
  })()
  const id = await client.open('rsa')
  await client.upload(id, tarOf(make, { count: 400 }))
  await client.start(id)
  await sleep(500)
  near.set({ kind: 'cut' })
  await sleep(1_500)
  near.set({ kind: 'fine' })
  far?.setWrong(true)
  await guard.until(({ tokens }) => tokens.some(({ state }) => state === 'set-aside'))

  const batch = await client.until(id, isFinished)
  isOver = true
  await single

  expect(batch).toMatchObject({ state: 'completed', counts: { sealed: 400, failed: 0 } })
  expect(statuses.filter((status) => status !== 200)).toEqual([])
  expect(statuses.length).toBeGreaterThan(10)
  const judged = await judgeBatch({ installation, client }, { id, count: 400, make, every: 20 })
  // The operations of the single seals are of no document of the batch.
  const faults = judged.faults.filter((fault) => !fault.includes('operations'))
  expect({ ...judged, faults }).toEqual({ files: 400, judgedByPdfsig: 20, faults: [] })
}, 120_000)
