import { createHash } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { AppError } from '../../errors.ts'
import type { Env } from '../env.ts'

/** Answers OCSP requests: DER in, DER out. */
export type AnswerOcsp = (der: Uint8Array) => Promise<{
  readonly der: Uint8Array
  /** Unix ms; undefined for an answer to this request alone. */
  readonly current?: { readonly thisUpdate: number; readonly nextUpdate: number }
}>

/** Twenty CertIDs with a nonce stay far below. */
const REQUEST_BYTES_MAX = 8 * 1024
/** So long others may give the same answer to a GET: shorter than people take to telephone. */
const REPEATED_FOR_S = 60

/** `POST /pki/ocsp` and `GET /pki/ocsp/{base64}` (RFC 6960 appendix A, RFC 5019 §6). */
export function ocspRoutes({ answerOcsp }: { answerOcsp: AnswerOcsp }) {
  return new Hono<Env>()
    .post('/ocsp', async (c) => {
      const { der } = await answerOcsp(await readBody(c))
      return respond(c, der, { 'cache-control': 'no-store' })
    })
    .get('/ocsp/:request{.+}', async (c) => {
      const { der, current } = await answerOcsp(fromBase64(c.req.param('request')))
      if (current === undefined) return respond(c, der, { 'cache-control': 'no-store' })
      return respond(c, der, {
        'cache-control': `max-age=${REPEATED_FOR_S}, public, no-transform, must-revalidate`,
        etag: `"${createHash('sha256').update(der).digest('hex')}"`,
        expires: new Date(current.nextUpdate).toUTCString(),
        'last-modified': new Date(current.thisUpdate).toUTCString(),
      })
    })
}

function respond(c: Context<Env>, der: Uint8Array, headers: Record<string, string>) {
  return c.body(Uint8Array.from(der), 200, {
    'content-type': 'application/ocsp-response',
    ...headers,
  })
}

async function readBody(c: Context<Env>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of c.req.raw.body ?? []) {
    bytes += chunk.length
    if (bytes > REQUEST_BYTES_MAX) throw tooLarge()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** What is no base64 becomes octets that are no request either. */
function fromBase64(text: string): Uint8Array {
  if (text.length > (REQUEST_BYTES_MAX * 4) / 3) throw tooLarge()
  return Buffer.from(text, 'base64')
}

function tooLarge(): AppError {
  return new AppError(
    'document-too-large',
    `An OCSP request has at most ${REQUEST_BYTES_MAX} bytes: ask for fewer certificates.`,
  )
}
