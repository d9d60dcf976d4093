import type { IncomingHttpHeaders } from 'node:http'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'

export interface Asked {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** `GET` by IPv4 from a server whose certificate nobody knows yet. */
export function askHttps(
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const options = { headers, rejectUnauthorized: false, family: 4, agent: false } as const
    const outgoing = request(url, options, (answer) => {
      text(answer).then((body) => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body })
      }, reject)
    })
    outgoing.once('error', reject).end()
  })
}
