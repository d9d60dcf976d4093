import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { buffer } from 'node:stream/consumers'

export interface Asked {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly bytes: Uint8Array
}

/** `GET` by IPv4 from a server whose certificate nobody knows yet. */
export function askHttps(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const options = { headers, rejectUnauthorized: false, family: 4, agent: false } as const
    const outgoing = request(url, options, (answer) => {
      buffer(answer).then((bytes) => {
        const { statusCode: status = 0, headers: got } = answer
        resolve({ status, headers: got, body: bytes.toString('utf8'), bytes })
      }, reject)
    })
    outgoing.once('error', reject).end()
  })
}
