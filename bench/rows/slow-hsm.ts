import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { connectGuard, type GuardClient } from '../../hsm/client.ts'
import { startGuard } from '../../hsm/supervisor.ts'
import { readConfig } from '../../src/config.ts'
import { guardSettings } from '../../src/guard-access.ts'
import { makeLog } from '../../src/log.ts'
import { makeMeasureCeiling } from '../ceiling.ts'
import { buildNative } from '../native.ts'
import type { BenchRow } from '../row.ts'

const ALGORITHM = 'p-256'
const SLOWER_US = 2_000
/** As of an engine that has enough to do: as many callers as sessions, each with so many digests. */
const DIGESTS_A_CALL = 8
const WARM_MS = 3_000

const CASES = [
  { name: '4 sessions', sessions: 4, atLeast: 0.85 },
  { name: '8 sessions', sessions: 8, atLeast: 0.75 },
  { name: '16 sessions', sessions: 16, atLeast: 0.6 },
] as const

/** An HSM that takes longer for each signature, against a C program with as many threads. */
export const slowHsmRow: BenchRow = {
  name: 'slow-hsm',
  title: 'guard, HSM 2 ms slower',
  kind: 'ours',
  cases: CASES.map(({ name, atLeast }) => ({ name, targets: [{ of: 'ratio', atLeast }] })),
  async open(bench) {
    const appliance = await bench.appliance()
    const { token, keys } = appliance
    const module = buildNative('slow-module', bench.dir)
    const env = { SLOW_MODULE: token.module, SLOW_SIGN_US: String(SLOWER_US) }
    const ceiling = makeMeasureCeiling({ token, keys }, bench.dir)
    const through = { module, env }
    const keyId = keys.get(ALGORITHM)?.id ?? ''
    return {
      note: 'P-256; compared with the C program through the same slow module',
      async measure({ case: { name }, seconds }) {
        const { sessions } = CASES.find((one) => one.name === name) ?? CASES[0]
        const asked = { algorithm: ALGORITHM, threads: sessions, seconds, through } as const
        const yardstickPerSecond = await ceiling(asked)
        const slow = {
          ...appliance.env,
          SCEAU_PKCS11_MODULE: module,
          SCEAU_PKCS11_SESSIONS: String(sessions),
        }
        const settings = { env: slow, further: env }
        const perSecond = await withGuard(bench.dir, settings, (client) =>
          signFor(seconds, { client, keyId, callers: sessions }),
        )
        return { perSecond, yardstickPerSecond }
      },
    }
  },
}

async function withGuard<T>(
  dir: string,
  { env, further }: Readonly<Record<'env' | 'further', Readonly<Record<string, string>>>>,
  use: (client: GuardClient) => Promise<T>,
): Promise<T> {
  const socketPath = join(dir, 'slow.sock')
  const settings = guardSettings(readConfig(env), socketPath)
  const guard = await startGuard({ ...settings, env: further, log: makeLog('silent') })
  const client = connectGuard({ socketPath })
  try {
    return await use(client)
  } finally {
    await client.close()
    await guard.stop()
  }
}

async function signFor(
  seconds: number,
  asked: { readonly client: GuardClient; readonly keyId: string; readonly callers: number },
): Promise<number> {
  const { client, keyId, callers } = asked
  const algorithm = 'ecdsa-p256-sha256'
  let signatures = 0
  const sign = async (text: string) => {
    const digest = createHash('sha256').update(text).digest()
    const digests = Array.from({ length: DIGESTS_A_CALL }, () => digest)
    await client.signDigests({ keyId, algorithm, digests })
    signatures += digests.length
  }
  const signUntil = async (end: number) => {
    const call = async (caller: number) => {
      for (let i = 0; performance.now() < end; i += 1) await sign(`${caller} ${i}`)
    }
    await Promise.all(Array.from({ length: callers }, (_, caller) => call(caller)))
  }
  // A guard that was just started opens its sessions as they are needed.
  await signUntil(performance.now() + WARM_MS)
  signatures = 0
  const from = performance.now()
  await signUntil(from + seconds * 1000)
  return signatures / ((performance.now() - from) / 1000)
}
