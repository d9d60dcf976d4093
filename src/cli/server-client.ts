import { readFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { EXIT, ExitError } from './exit.ts'

/** The flags of every command that talks to a server. */
export const SERVER_ARGS = {
  url: { type: 'string', description: 'URL of the server (SCEAU_URL)' },
  'api-key-file': { type: 'string', description: 'File that holds the API key (or SCEAU_API_KEY)' },
  'ca-file': { type: 'string', description: 'PEM of the CA that issued the server certificate' },
} as const

interface ServerFlags {
  readonly url?: string | undefined
  readonly 'api-key-file'?: string | undefined
  readonly 'ca-file'?: string | undefined
  /** The key itself, for a caller that is no command line. */
  readonly 'api-key'?: string | undefined
}

interface Asked {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Readable | string
  readonly signal?: AbortSignal
  /** A connection on which nothing moves for so long is given up. */
  readonly silenceMs?: number
}

export interface ServerClient {
  /** Send a file and answer with what came back; a problem document is an answer too. */
  post(path: string, body: Readable, headers: Record<string, string>): Promise<IncomingMessage>
  /** Any request. @throws ExitError 3 when no answer comes. */
  ask(method: string, path: string, asked?: Asked): Promise<IncomingMessage>
}

/** A client from flags and environment. @throws ExitError 2 when something needed is not given. */
export function makeServerClient(flags: ServerFlags): ServerClient {
  const url = flags.url ?? process.env.SCEAU_URL
  if (url === undefined) throw new ExitError(EXIT.usage, 'Say which server: --url or SCEAU_URL.')
  const base = parseUrl(url)
  const authorization = `Bearer ${readApiKey(flags)}`
  const caFile = flags['ca-file']
  const agent = new Agent({
    keepAlive: true,
    ...(caFile !== undefined && { ca: readGiven(caFile, '--ca-file') }),
  })
  const client: ServerClient = {
    post: (path, body, headers) => client.ask('POST', path, { body, headers }),
    ask: (method, path, { body, headers, signal, silenceMs } = {}) =>
      new Promise((resolve, reject) => {
        const outgoing = request(new URL(`/api/v1${path}`, base), {
          agent,
          method,
          headers: { authorization, ...headers },
          ...(signal !== undefined && { signal }),
        })
        const fail = (error: Error) => reject(unreachable(base, error))
        outgoing.once('response', resolve)
        // It stays: an answer that breaks off says so here too.
        outgoing.on('error', fail)
        if (silenceMs !== undefined) {
          outgoing.setTimeout(silenceMs, () => outgoing.destroy(new Error('it does not answer')))
        }
        // An answer may come before the body is all sent (413, 401): it wins over a broken pipe.
        if (body === undefined || typeof body === 'string') outgoing.end(body)
        else pipeline(body, outgoing).catch(() => {})
      }),
  }
  return client
}

function parseUrl(url: string): URL {
  const parsed = URL.parse(url)
  if (parsed?.protocol === 'https:') return parsed
  throw new ExitError(EXIT.usage, `${url} is not an https URL, for example https://127.0.0.1:8443`)
}

function readApiKey(flags: ServerFlags): string {
  const file = flags['api-key-file']
  const given = flags['api-key'] ?? process.env.SCEAU_API_KEY
  const key = file === undefined ? given : readGiven(file, '--api-key-file')
  if (key !== undefined) return key.trim()
  throw new ExitError(EXIT.usage, 'Give an API key: --api-key-file or SCEAU_API_KEY.')
}

function readGiven(file: string, flag: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    throw new ExitError(EXIT.usage, `${flag}: ${file} cannot be read.`)
  }
}

function unreachable(base: URL, error: Error): ExitError {
  return new ExitError(
    EXIT.unreachable,
    `${base.origin} cannot be reached: ${error.message}. Is it running, and is --ca-file its CA?`,
  )
}
