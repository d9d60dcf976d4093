import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { makeSoftHsm, type SoftHsm } from '../../test/support/softhsm.ts'
import { compiled } from './compiled.ts'
import { type ServerNode, startNode } from './server-node.ts'

type Environment = Readonly<Record<string, string>>

/** An appliance with its token, its seals and a client, and as many servers as are started. */
export interface Installation {
  readonly hsm: SoftHsm
  /** For further `sceau` commands. */
  readonly env: Environment
  /** A key that may apply the seals `rsa` (RSA-3072) and `ec` (P-256). */
  readonly apiKey: string
  readonly databaseUrl: string
  readonly filesDir: string
  /** A server; one with a name has a data folder of its own. */
  startNode(wish?: { readonly name?: string; readonly env?: Environment }): Promise<ServerNode>
  /** Run `sceau …`. @throws Error with what it said, unless it ended well. */
  sceau(...args: readonly string[]): Promise<string>
  /** Kill what still runs, and remove everything. */
  remove(): Promise<void>
}

export interface InstallationWish {
  readonly databaseUrl?: string
  readonly filesDir?: string
  /** How the servers reach their tokens, when it is not the token itself. */
  readonly pkcs11?: (hsm: SoftHsm) => Promise<Environment>
  readonly env?: Environment
}

/** As it is installed: a SoftHSM token, `sceau init`, two seals, one client. */
export async function install(wish: InstallationWish = {}): Promise<Installation> {
  const dir = await mkdtemp(join(tmpdir(), 'sceau-endurance-'))
  const dataDir = join(dir, 'data')
  const hsm = await makeSoftHsm()
  const filesDir = wish.filesDir ?? join(dir, 'files')
  const databaseUrl = wish.databaseUrl ?? `sqlite:${join(dir, 'sceau.db')}`
  const env = {
    ...hsm.env,
    SCEAU_DATA_DIR: dataDir,
    SCEAU_FILES_DIR: filesDir,
    DATABASE_URL: databaseUrl,
    SCEAU_LISTEN: '127.0.0.1:0',
    SCEAU_PUBLIC_URL: 'https://sceau.example',
    SCEAU_PKCS11_MODULE: hsm.modulePath,
    SCEAU_PKCS11_TOKENS: hsm.tokenLabel,
    SCEAU_PKCS11_PIN_FILE: hsm.pinFile,
    ...wish.env,
  }
  const sceau = (...args: readonly string[]) => runSceau(args, env)
  await sceau('init', '--organisation', 'Conseil', '--siren', '123456782', '--ca-key', 'p-256')
  for (const [id, key] of [
    ['rsa', 'rsa-3072'],
    ['ec', 'p-256'],
  ] as const) {
    await sceau('seals', 'create', '--id', id, '--name', `Cachet ${id}`, '--key', key)
  }
  const made = await sceau('api-client', 'create', '--name', 'Essai', '--seal', 'rsa,ec', '--json')
  const { apiKey }: { apiKey: string } = JSON.parse(made)
  const reached = { ...env, ...(await wish.pkcs11?.(hsm)) }
  const nodes: ServerNode[] = []
  return {
    ...{ hsm, env, apiKey, databaseUrl, filesDir, sceau },
    async startNode({ name, env: own } = {}) {
      const place = name === undefined ? dataDir : join(dir, name)
      const node = await startNode({ ...reached, SCEAU_DATA_DIR: place, ...own })
      nodes.push(node)
      return node
    },
    async remove() {
      await Promise.all(nodes.map((node) => node.kill()))
      await rm(dir, { recursive: true, force: true })
      await hsm.remove()
    },
  }
}

async function runSceau(args: readonly string[], env: Environment): Promise<string> {
  const child = spawn(process.execPath, [compiled('src/cli/main.js'), ...args], {
    env: { PATH: process.env.PATH ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  const said = await Promise.all([text(child.stdout), text(child.stderr), ended])
  const [stdout, stderr, exitCode] = said
  if (exitCode !== 0)
    throw new Error(`sceau ${args.join(' ')} ended ${exitCode}: ${stderr}${stdout}`)
  return stdout
}
