import { createHash, createPublicKey, verify } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from '../../hsm/algorithms.ts'
import { connectGuard, type GuardClient } from '../../hsm/client.ts'
import type { GuardLog } from '../../hsm/guard-log.ts'
import type { GuardKey, GuardStatus } from '../../hsm/protocol.ts'
import { type GuardProcess, type GuardSettings, startGuard } from '../../hsm/supervisor.ts'
import type { SoftHsm } from './softhsm.ts'

/** A guard on a token of the test's own, a client of it, and everything it logged. */
export interface TestGuard {
  readonly guard: GuardProcess
  readonly client: GuardClient
  readonly log: readonly string[]
  pid(): number
  /** Waits for the guard to say this of itself. */
  until(holds: (status: GuardStatus) => boolean, withinMs?: number): Promise<GuardStatus>
  stop(): Promise<void>
}

export async function startTestGuard(
  hsm: SoftHsm,
  settings: Partial<GuardSettings> = {},
): Promise<TestGuard> {
  const log: string[] = []
  const guard = await startGuard({
    module: hsm.modulePath,
    tokens: [hsm.tokenLabel],
    pinFile: hsm.pinFile,
    socketPath: join(hsm.dir, 'guard.sock'),
    env: hsm.env,
    log: collectingLog(log),
    ...settings,
  })
  const client = connectGuard({ socketPath: guard.socketPath, deadlineMs: 20_000 })
  return {
    guard,
    client,
    log,
    pid: () => guard.pid() ?? Number.NaN,
    until: (holds, withinMs) => until(client, holds, withinMs),
    async stop() {
      await client.close()
      await guard.stop()
    },
  }
}

export function collectingLog(lines: string[]): GuardLog {
  const add = (details: object, message: string) => {
    lines.push(`${message} ${JSON.stringify(details)}`)
  }
  return { info: add, warn: add, error: add }
}

async function until(
  client: GuardClient,
  holds: (status: GuardStatus) => boolean,
  withinMs = 20_000,
): Promise<GuardStatus> {
  const endAt = Date.now() + withinMs
  for (;;) {
    const status = await client.status()
    if (holds(status)) return status
    if (Date.now() > endAt) throw new Error(`It stays ${JSON.stringify(status)}`)
    await sleep(50)
  }
}

/** A message and its digest for an algorithm, as a document and its ByteRange digest would be. */
export function digestOf(algorithm: SignatureAlgorithm, message: Uint8Array): Uint8Array {
  return createHash(SIGNATURE_ALGORITHMS[algorithm].hash).update(message).digest()
}

/** Does node:crypto find the signature right? */
export function isRight(
  key: GuardKey,
  { algorithm, message }: { algorithm: SignatureAlgorithm; message: Uint8Array },
  signature: Uint8Array,
): boolean {
  const { hash, scheme, digestBytes } = SIGNATURE_ALGORITHMS[algorithm]
  const publicKey = createPublicKey({
    key: Buffer.from(key.publicKey),
    format: 'der',
    type: 'spki',
  })
  const pss = { padding: RSA_PKCS1_PSS_PADDING, saltLength: digestBytes }
  return verify(hash, message, { key: publicKey, ...(scheme === 'rsassa-pss' && pss) }, signature)
}

const RSA_PKCS1_PSS_PADDING = 6

/** One P-256 signature. @returns `right`, `wrong`, or the code of the refusal. */
export async function signOne({ client }: TestGuard, key: GuardKey, text: string): Promise<string> {
  const algorithm = 'ecdsa-p256-sha256'
  const message = Buffer.from(text)
  const digest = digestOf(algorithm, message)
  try {
    const signature = await client.signDigest({ keyId: key.keyId, algorithm, digest })
    return isRight(key, { algorithm, message }, signature) ? 'right' : 'wrong'
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error)
  }
}
