import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { spawnSceau } from '../support/cli.ts'
import { listenLocally } from '../support/local-port.ts'
import { makeSoftHsm, type SoftHsm } from '../support/softhsm.ts'

/** `sceau start` on a data folder that was empty. */
export interface FirstRunServer {
  readonly url: string
  /** Of the newest start. */
  readonly link: string
  /** SHA-256 of the certificate that the newest start told. */
  readonly fingerprint: string
  readonly token: SoftHsm
  readonly dataDir: string
  readonly env: Readonly<Record<string, string>>
  /** Every line of the log so far, of all starts. */
  readonly log: readonly string[]
  /** SIGKILL, then a new start. */
  kill(): Promise<void>
  /** SIGTERM, and wait. @returns The exit code. */
  stop(): Promise<number | null>
  start(): Promise<void>
  remove(): Promise<void>
}

/** @param extra - Environment over that of a server with a SoftHSM; an empty text takes one away. */
export async function startFirstRunServer(
  extra: Readonly<Record<string, string>> = {},
): Promise<FirstRunServer> {
  const token = await makeSoftHsm()
  const dataDir = await mkdtemp(join(tmpdir(), 'sceau-first-run-'))
  const port = await freePort()
  const url = `https://localhost:${port}`
  const env = {
    ...token.env,
    SCEAU_DATA_DIR: dataDir,
    SCEAU_LISTEN: `127.0.0.1:${port}`,
    SCEAU_PUBLIC_URL: url,
    SCEAU_PKCS11_MODULE: token.modulePath,
    SCEAU_PKCS11_TOKENS: token.tokenLabel,
    SCEAU_PKCS11_PIN_FILE: token.pinFile,
    ...extra,
  }
  const log: string[] = []
  let running = await begin(env, log)
  const end = async (signal: 'SIGTERM' | 'SIGKILL') => {
    const { child } = running
    if (child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill(signal)
      await ended
    }
    return child.exitCode
  }
  const start = async () => {
    running = await begin(env, log)
  }
  return {
    url,
    get link() {
      return running.link
    },
    get fingerprint() {
      return running.fingerprint
    },
    ...{ token, dataDir, env, log, start },
    async kill() {
      await end('SIGKILL')
      await start()
    },
    stop: () => end('SIGTERM'),
    async remove() {
      await end('SIGTERM')
      await rm(dataDir, { recursive: true, force: true })
      await token.remove()
    },
  }
}

interface Running {
  readonly child: ChildProcess
  readonly link: string
  readonly fingerprint: string
}

const LINK = /^ +(https:\/\/\S+\/first-run\/\S+)$/
const FINGERPRINT = /^ +((?:[0-9A-F]{2}:){31}[0-9A-F]{2})$/

/** Rejects when it ends before it has told the link. */
function begin(env: Readonly<Record<string, string>>, log: string[]): Promise<Running> {
  const child = spawnSceau(['start'], env)
  return new Promise((resolve, reject) => {
    let link: string | undefined
    const said: string[] = []
    if (child.stdout === null || child.stderr === null) throw new Error('it has no output')
    createInterface({ input: child.stdout }).on('line', (line) => log.push(line))
    createInterface({ input: child.stderr }).on('line', (line) => {
      said.push(line)
      link = LINK.exec(line)?.[1] ?? link
      const fingerprint = FINGERPRINT.exec(line)?.[1]
      if (link !== undefined && fingerprint !== undefined) resolve({ child, link, fingerprint })
    })
    child.once('exit', (code) =>
      reject(new Error(`it ended ${code}: ${[...log, ...said].join('\n')}`)),
    )
  })
}

async function freePort(): Promise<number> {
  const { url, close } = await listenLocally(createServer())
  await close()
  return Number(new URL(url).port)
}
