import type { ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { Agent, request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { buffer } from 'node:stream/consumers'
import { sceau, spawnSceau } from './cli.ts'
import { makeSoftHsm } from './softhsm.ts'

export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array
}

/** A whole appliance as it is installed: a SoftHSM token, `sceau init`, `sceau start`. */
export interface TestServer {
  readonly url: string
  readonly caFile: string
  readonly dataDir: string
  /** Environment of the server, for further `sceau` commands. */
  readonly env: Readonly<Record<string, string>>
  /** A key that may apply the seals `rsa` (RSA-3072) and `ec` (P-256). */
  readonly apiKey: string
  readonly pid: number
  /** Every line of the log so far. */
  readonly log: readonly string[]
  ask(path: string, asked?: Asked): Promise<Answer>
  /** `ask` with the API key. */
  api(path: string, asked?: Asked): Promise<Answer>
  /** `GET` an answer whose body is left to be read. */
  openApi(path: string, headers?: Asked['headers']): Promise<IncomingMessage>
  /** `POST /seals/{seal}/apply` with a PDF. */
  apply(seal: string, pdf: Uint8Array, query?: Record<string, string>): Promise<Answer>
  /** SIGTERM, and wait for the end. @returns The exit code. */
  stop(): Promise<number | null>
  /** Once more, after `stop`. */
  start(): Promise<void>
  /** Stop and remove everything. */
  remove(): Promise<void>
}

/** The kind of seals there are: one of each signature form. */
const SEALS = { rsa: 'rsa-3072', ec: 'p-256' } as const

export async function startTestServer(): Promise<TestServer> {
  const dataDir = await mkdtemp(join(tmpdir(), 'sceau-server-'))
  const token = await makeSoftHsm()
  const env = {
    ...token.env,
    SCEAU_DATA_DIR: dataDir,
    SCEAU_LISTEN: '127.0.0.1:0',
    SCEAU_PUBLIC_URL: 'https://sceau.example:8443',
    SCEAU_PKCS11_MODULE: token.modulePath,
    SCEAU_PKCS11_TOKENS: token.tokenLabel,
    SCEAU_PKCS11_PIN_FILE: token.pinFile,
  }
  const organisation = ['--organisation', 'Conseil régional d’essai', '--siren', '123456782']
  await sceau(['init', ...organisation, '--ca-key', 'p-256'], env)
  for (const [id, key] of Object.entries(SEALS)) {
    await sceau(['seals', 'create', '--id', id, '--name', `Cachet ${id}`, '--key', key], env)
  }
  const made = await sceau(
    ['api-client', 'create', '--name', 'Essai', '--seal', Object.keys(SEALS).join(), '--json'],
    env,
  )
  const { apiKey }: { apiKey: string } = JSON.parse(made)
  const log: string[] = []
  let child = spawnSceau(['start'], env)
  let url = `https://127.0.0.1:${await listeningPort(child, log)}`
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false })
  const caFile = join(dataDir, 'root.pem')
  const root = await ask(agent, `${url}/pki/root.cer`)
  await writeFile(caFile, toPem(root.body))
  const trusted = new Agent({ keepAlive: true, ca: await readFile(caFile) })
  agent.destroy()
  const server: TestServer = {
    get url() {
      return url
    },
    caFile,
    dataDir,
    env,
    apiKey,
    get pid() {
      return child.pid ?? Number.NaN
    },
    log,
    ask: (path, asked) => ask(trusted, `${url}${path}`, asked),
    api: (path, asked) => {
      const headers = { authorization: `Bearer ${apiKey}`, ...asked?.headers }
      return ask(trusted, `${url}/api/v1${path}`, { ...asked, headers })
    },
    openApi: (path, given) => {
      const headers = { authorization: `Bearer ${apiKey}`, ...given }
      return new Promise((resolve, reject) => {
        const options = { agent: trusted, headers }
        httpsRequest(`${url}/api/v1${path}`, options, resolve).once('error', reject).end()
      })
    },
    apply: (seal, pdf, query = {}) =>
      server.api(`/seals/${seal}/apply?${new URLSearchParams(query)}`, {
        method: 'POST',
        headers: { 'content-type': 'application/pdf' },
        body: pdf,
      }),
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = new Promise((resolve) => child.once('exit', resolve))
        child.kill('SIGTERM')
        await ended
      }
      trusted.destroy()
      return child.exitCode
    },
    async start() {
      child = spawnSceau(['start'], env)
      url = `https://127.0.0.1:${await listeningPort(child, log)}`
    },
    async remove() {
      await server.stop()
      await rm(dataDir, { recursive: true, force: true })
      await token.remove()
    },
  }
  return server
}

/** Rejects when the server ends before it listens, with what it said. */
function listeningPort(child: ChildProcess, log: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      if (stream === null) continue
      createInterface({ input: stream }).on('line', (line) => {
        log.push(line)
        const port = /"port":(\d+).*"msg":"listening"/.exec(line)?.[1]
        if (port !== undefined) resolve(Number(port))
      })
    }
    child.once('exit', (code) => reject(new Error(`the server ended ${code}: ${log.join('\n')}`)))
  })
}

function ask(agent: Agent, url: string, { method = 'GET', headers, body }: Asked = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(body.length) }
    const outgoing = httpsRequest(url, { agent, method, headers: { ...length, ...headers } })
    outgoing.once('error', reject)
    outgoing.once('response', (answer) => {
      buffer(answer).then(
        (bytes) =>
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: bytes }),
        reject,
      )
    })
    outgoing.end(body)
  })
}

function toPem(der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`
}

/** The problem document of an answer. */
export function problemOf({ body }: Answer): Record<string, unknown> {
  return JSON.parse(body.toString('utf8'))
}
