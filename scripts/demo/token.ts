import { execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

export interface DemoToken {
  readonly module: string
  readonly label: string
  readonly pinFile: string
}

const LABEL = 'sceau-demo'

/** A SoftHSM token in a folder: made once, then found again. SOFTHSM2_CONF is set for this process. */
export function openDemoToken(dir: string): DemoToken {
  const tokens = join(dir, 'tokens')
  const pinFile = join(dir, 'pin')
  mkdirSync(tokens, { recursive: true, mode: 0o700 })
  const configuration = join(dir, 'softhsm2.conf')
  writeFileSync(configuration, `directories.tokendir = ${tokens}\nobjectstore.backend = file\n`)
  process.env.SOFTHSM2_CONF = configuration
  if (!existsSync(pinFile)) writeFileSync(pinFile, makePin(), { mode: 0o600 })
  const pin = readFileSync(pinFile, 'utf8').trim()
  if (readdirSync(tokens).length === 0) initialise(pin)
  return { module: findModule(), label: LABEL, pinFile }
}

function initialise(pin: string): void {
  const asked = ['--init-token', '--free', '--label', LABEL, '--so-pin', makePin(), '--pin', pin]
  execFileSync('softhsm2-util', asked, { stdio: ['ignore', 'ignore', 'inherit'] })
}

function makePin(): string {
  return Array.from({ length: 12 }, () => randomInt(10)).join('')
}

/** Debian and Ubuntu keep the module in one of two places; another system names it itself. */
function findModule(): string {
  const named = process.env.SCEAU_PKCS11_MODULE
  const machine = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu'
  const places = ['/usr/lib/softhsm', `/usr/lib/${machine}/softhsm`, '/usr/local/lib/softhsm']
  const candidates = [...(named ? [named] : []), ...places.map((at) => join(at, 'libsofthsm2.so'))]
  const found = candidates.find((path) => existsSync(path))
  if (found === undefined) {
    throw new Error('libsofthsm2.so was not found: set SCEAU_PKCS11_MODULE to its path.')
  }
  return found
}
