import { createHash } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { SignDigest } from '../hsm/algorithms.ts'
import { connectGuard, type GuardClient } from '../hsm/client.ts'
import { GuardError } from '../hsm/errors.ts'
import type { GuardStatus } from '../hsm/protocol.ts'
import { type GuardSettings, startGuard } from '../hsm/supervisor.ts'
import type { KeyMaker } from './authority/model.ts'
import type { Config } from './config.ts'
import { AppError } from './errors.ts'

/** The guard as the rest of the appliance sees it: what it does, and failures a client may be told. */
export interface GuardAccess extends KeyMaker {
  readonly signDigest: SignDigest
  readonly reportFault: GuardClient['reportFault']
  readonly listMissingKeys: GuardClient['listMissingKeys']
  readonly generateKey: GuardClient['generateKey']
  readonly findKey: GuardClient['findKey']
  readonly listKeys: GuardClient['listKeys']
  readonly destroyKey: GuardClient['destroyKey']
  readonly generateWrappingKey: GuardClient['generateWrappingKey']
  readonly wrapSecret: GuardClient['wrapSecret']
  readonly unwrapSecret: GuardClient['unwrapSecret']
  /** Where engine threads connect by themselves. */
  readonly socketPath: string
  status(): Promise<GuardStatus>
  close(): Promise<void>
}

/**
 * Reach the guard: one that is run apart (`SCEAU_GUARD_SOCKET`), one that already serves this data
 * folder, or else a child of this process.
 *
 * @throws AppError `invalid-request` when module or PIN file are not configured.
 */
export async function openGuard(config: Config, log: Logger): Promise<GuardAccess> {
  const socketPath = config.guardSocket ?? ownSocket(config.dataDir)
  const client = connectGuard({ socketPath, log })
  if (config.guardSocket !== undefined || (await isServed(client)))
    return access(client, socketPath)
  const started = await startGuard({
    ...guardSettings(config, socketPath),
    log: log.child({ name: 'guard' }),
  })
  return access(client, socketPath, () => started.stop())
}

/** What `startGuard` needs, from the environment. @throws AppError `invalid-request`. */
export function guardSettings(config: Config, socketPath: string): GuardSettings {
  const { module, tokens, pinFile, sessions, processes } = config.pkcs11
  if (module === undefined) throw missing('SCEAU_PKCS11_MODULE', 'the library of your HSM')
  if (pinFile === undefined) throw missing('SCEAU_PKCS11_PIN_FILE', 'a file that holds the PIN')
  return {
    module,
    tokens: [...tokens],
    processes,
    pinFile,
    socketPath,
    ...(sessions !== undefined && { sessions }),
    ...(config.guardSocketGroup !== undefined && { socketGroup: config.guardSocketGroup }),
  }
}

function missing(variable: string, meaning: string): AppError {
  return new AppError(
    'invalid-request',
    `${variable} is not set: it names ${meaning}. docs/OPERATIONS.md has an example for each HSM.`,
  )
}

/** Beside the data, unless that path is longer than a Unix socket's address may be. */
export function ownSocket(dataDir: string): string {
  const beside = join(dataDir, 'guard.sock')
  if (Buffer.byteLength(beside) <= SOCKET_PATH_BYTES_MAX) return beside
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 16)
  const dir = join(tmpdir(), `sceau-${name}`)
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  return join(dir, 'guard.sock')
}

const SOCKET_PATH_BYTES_MAX = 95

/** A guard whose HSM is down serves too: a second one could not. */
async function isServed(client: GuardClient): Promise<boolean> {
  return (await client.status()).pid !== 0
}

function access(client: GuardClient, socketPath: string, stop = async () => {}): GuardAccess {
  return {
    signDigest: (request) => client.signDigest(request).catch(rethrowGuardError),
    reportFault: (fault) => client.reportFault(fault).catch(rethrowGuardError),
    listMissingKeys: () => client.listMissingKeys().catch(rethrowGuardError),
    generateKey: (request) => client.generateKey(request).catch(rethrowGuardError),
    findKey: (keyId) => client.findKey(keyId).catch(rethrowGuardError),
    listKeys: () => client.listKeys().catch(rethrowGuardError),
    destroyKey: (keyId) => client.destroyKey(keyId).catch(rethrowGuardError),
    generateWrappingKey: (of) => client.generateWrappingKey(of).catch(rethrowGuardError),
    wrapSecret: (keyId, secret) => client.wrapSecret(keyId, secret).catch(rethrowGuardError),
    unwrapSecret: (keyId, wrapped) => client.unwrapSecret(keyId, wrapped).catch(rethrowGuardError),
    socketPath,
    status: () => client.status(),
    async close() {
      await client.close()
      await stop()
    },
  }
}

/** What an operator must mend is in the log and in `/readyz`; a client is told when to ask again. */
export function rethrowGuardError(error: unknown): never {
  if (!(error instanceof GuardError)) throw error
  switch (error.code) {
    case 'unavailable':
      throw unavailable(
        'The HSM cannot be reached at the moment. Nothing was signed.',
        error.retryAfterSeconds ?? 5,
        error,
      )
    case 'pin-refused':
      throw unavailable('The HSM refuses its PIN: an operator must mend it.', 60, error)
    case 'key-not-found':
    case 'key-ambiguous':
    case 'key-unusable':
      throw unavailable('The HSM does not offer the key that this needs.', 60, error)
    default:
      throw error
  }
}

function unavailable(message: string, retryAfterSeconds: number, cause: GuardError): AppError {
  return new AppError('hsm-unavailable', message, { hints: { retryAfterSeconds }, cause })
}
