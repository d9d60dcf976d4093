import type { IncomingMessage } from 'node:http'
import { Agent, get as httpsGet, request as httpsRequest } from 'node:https'
import { Readable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import type { BenchAppliance } from './appliance.ts'

/** What a client asks: a path under `/api/v1`, and a body that may be long. */
interface Asked {
  readonly method?: string
  readonly type?: string
  readonly body?: AsyncIterable<Uint8Array> | Uint8Array
}

/** @throws Error when the answer is not 2xx. */
export type AskApi = (path: string, asked?: Asked) => Promise<Buffer>

/** Ask the server of the bench; connections are kept. The certificate is not what is measured. */
export function makeAskApi({ url, apiKey }: Pick<BenchAppliance, 'url' | 'apiKey'>): AskApi {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false })
  return async (path, { method = 'GET', type, body } = {}) => {
    const headers = {
      authorization: `Bearer ${apiKey}`,
      ...(type !== undefined && { 'content-type': type }),
      ...(body instanceof Uint8Array && { 'content-length': String(body.length) }),
    }
    const outgoing = httpsRequest(`${url}/api/v1${path}`, { agent, method, headers })
    const answered = new Promise<{ status: number; bytes: Buffer }>((resolve, reject) => {
      outgoing.once('error', reject)
      outgoing.once('response', (answer) => {
        const status = answer.statusCode ?? 0
        buffer(answer).then((bytes) => resolve({ status, bytes }), reject)
      })
    })
    if (body === undefined || body instanceof Uint8Array) outgoing.end(body)
    else await pipeline(Readable.from(body), outgoing)
    const { status, bytes } = await answered
    if (status >= 300) throw new Error(`${method} ${path}: ${status} ${bytes.toString('utf8')}`)
    return bytes
  }
}

/** Ask for what is open to everybody. */
export async function getText(url: string): Promise<string> {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    httpsGet(url, { agent: everybody }, resolve).once('error', reject)
  })
  return text(answer)
}

const everybody = new Agent({ keepAlive: true, rejectUnauthorized: false })
