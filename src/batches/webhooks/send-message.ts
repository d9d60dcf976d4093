import { request as plainRequest } from 'node:http'
import { request as tlsRequest } from 'node:https'
import type { SecureContext } from 'node:tls'
import { makeSafeLookup, requireReachable } from './reachable-address.ts'

/** What came of an attempt: the status of the answer, or in a word why there was none. */
export type SendOutcome = { readonly status: number } | { readonly error: SendError }

type SendError =
  | 'timed-out'
  | 'address-refused'
  | 'name-not-found'
  | 'connection-refused'
  | 'connection-broken'
  | 'certificate-refused'
  | 'failed'

interface Message {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type SendMessage = (message: Message) => Promise<SendOutcome>

const TIMEOUT_MS = 10_000
/** So much of an answer is listened to, out of politeness. */
const ANSWER_BYTES_MAX = 64 * 1024

/**
 * Sends by POST, straight to the given address: no redirect is followed, nothing of the answer but
 * its status counts.
 *
 * @param wish.trust - Whose certificates are believed; asked when the first `https` address comes.
 */
export function makeSendMessage(wish: {
  readonly trust: () => SecureContext
  readonly timeoutMs?: number
}): SendMessage {
  const { trust, timeoutMs = TIMEOUT_MS } = wish
  const lookup = makeSafeLookup()
  let secureContext: SecureContext | undefined
  return async ({ url, headers, body }) => {
    try {
      const target = new URL(url)
      requireReachable(target)
      const isTls = target.protocol === 'https:'
      if (isTls) secureContext ??= trust()
      const status = await post(isTls ? tlsRequest : plainRequest, {
        target,
        body,
        options: {
          method: 'POST',
          headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) },
          agent: false,
          lookup,
          signal: AbortSignal.timeout(timeoutMs),
          ...(isTls && { secureContext }),
        },
      })
      return { status }
    } catch (error) {
      return { error: wordFor(error) }
    }
  }
}

function post(
  request: typeof tlsRequest,
  sent: { target: URL; body: string; options: Parameters<typeof tlsRequest>[1] },
): Promise<number> {
  return new Promise((resolve, reject) => {
    let status: number | undefined
    // However the rest of an answer goes: its status is known.
    const settle = (error: unknown) => (status === undefined ? reject(error) : resolve(status))
    const outgoing = request(sent.target, sent.options, (answer) => {
      status = answer.statusCode
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > ANSWER_BYTES_MAX) answer.destroy()
      })
      answer.on('error', settle)
      answer.once('close', settle)
    })
    outgoing.on('error', settle)
    outgoing.end(sent.body)
  })
}

const WORDS: readonly (readonly [codes: RegExp, word: SendError])[] = [
  [/^ADDRESS_REFUSED$/, 'address-refused'],
  [/^(?:ABORT_ERR|ETIMEDOUT)$/, 'timed-out'],
  [/^(?:ENOTFOUND|EAI_AGAIN|ENODATA)$/, 'name-not-found'],
  [/^(?:ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/, 'connection-refused'],
  [/^(?:ECONNRESET|EPIPE|EPROTO|HPE_.*|ERR_SSL_.*)$/, 'connection-broken'],
  [/CERT|ISSUER|LEAF_SIGNATURE/, 'certificate-refused'],
]

function wordFor(error: unknown): SendError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return WORDS.find(([codes]) => codes.test(code))?.[1] ?? 'failed'
}
