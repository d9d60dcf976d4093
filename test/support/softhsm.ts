import { execFile } from 'node:child_process'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Where Debian, Ubuntu and others put the module. */
const MODULE_PATHS = [
  '/usr/lib/softhsm/libsofthsm2.so',
  '/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so',
  '/usr/lib64/pkcs11/libsofthsm2.so',
  '/usr/local/lib/softhsm/libsofthsm2.so',
]
const ATTEMPTS = 6

/** A real token in a folder of its own. A process sees it when it has `env` in its environment. */
export interface SoftHsm {
  readonly modulePath: string
  readonly tokenLabel: string
  readonly pinFile: string
  readonly pin: string
  /** SOFTHSM2_CONF: SoftHSM finds its tokens by it, and by nothing else. */
  readonly env: Record<string, string>
  readonly dir: string
  /** Make the token, if `makeSoftHsm` was told to leave it out. */
  addToken(): Promise<void>
  /** One more token, with the same PIN unless told otherwise. @returns Its label. */
  addTwin(options?: { label?: string; pin?: string }): Promise<string>
  /** A new P-256 key into each of these tokens, as an HSM's own tool would copy it. @returns Its id. */
  importKey(labels: readonly string[], keyId?: string): Promise<string>
  /** A key that was imported before into one more token. */
  copyKey(keyId: string, label: string): Promise<void>
  remove(): Promise<void>
}

/**
 * A fresh SoftHSM folder with one token, its label and PIN new for each call.
 *
 * @param options.isEmpty - Leave the token out: it comes with `addToken`.
 */
export async function makeSoftHsm(options: { isEmpty?: boolean } = {}): Promise<SoftHsm> {
  const dir = await mkdtemp(join(tmpdir(), 'sceau-softhsm-'))
  const name = randomBytes(4).toString('hex')
  const tokenLabel = `test-${name}`
  const pin = `pin-${randomBytes(6).toString('hex')}`
  const pinFile = join(dir, 'pin')
  const configuration = join(dir, 'softhsm2.conf')
  const env = { SOFTHSM2_CONF: configuration }
  await mkdir(join(dir, 'tokens'), { mode: 0o700 })
  await writeFile(
    configuration,
    `directories.tokendir = ${join(dir, 'tokens')}\nobjectstore.backend = file\nlog.level = ERROR\n`,
  )
  await writeFile(pinFile, `${pin}\n`, { mode: 0o600 })
  const addToken = () => initToken({ tokenLabel, pin, env })
  if (options.isEmpty !== true) await addToken()
  const copyKey = async (keyId: string, label: string) => {
    const key = ['--import', join(dir, `${keyId}.pem`), '--label', 'seal', '--id', keyId]
    await runTool([...key, '--token', label, '--pin', pin], env)
  }
  return {
    modulePath: softHsmModulePath(),
    tokenLabel,
    pinFile,
    pin,
    env,
    dir,
    addToken,
    async addTwin(of = {}) {
      const { label = `twin-${randomBytes(4).toString('hex')}` } = of
      await initToken({ tokenLabel: label, pin: of.pin ?? pin, env })
      return label
    },
    async importKey(labels, keyId = randomBytes(8).toString('hex')) {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
      await writeFile(join(dir, `${keyId}.pem`), pem)
      for (const label of labels) await copyKey(keyId, label)
      return keyId
    },
    copyKey,
    remove: () => rm(dir, { recursive: true, force: true }),
  }
}

/** @throws Error if SoftHSM is not installed. */
export function softHsmModulePath(): string {
  const path = MODULE_PATHS.find((candidate) => existsSync(candidate))
  if (path === undefined) throw new Error('SoftHSM is not installed: apt-get install softhsm2')
  return path
}

async function initToken(token: {
  tokenLabel: string
  pin: string
  env: Record<string, string>
}): Promise<void> {
  const { tokenLabel, pin, env } = token
  const pins = ['--so-pin', pin, '--pin', pin]
  await runTool(['--init-token', '--free', '--label', tokenLabel, ...pins], env)
}

/** Several processes that start at one moment make SoftHSM fail now and then. */
async function runTool(args: readonly string[], env: Record<string, string>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await run('softhsm2-util', args, { env: { ...process.env, ...env } })
      return
    } catch (error) {
      if (attempt === ATTEMPTS) throw error
      await sleep(100 * 2 ** attempt)
    }
  }
}
