import { Hono } from 'hono'
import { AppError } from '../../errors.ts'
import type { Env } from '../env.ts'
import { type AnswerOcsp, ocspRoutes } from './ocsp.ts'

export interface AuthorityFiles {
  /** @returns DER of the CA certificate called so, or undefined. */
  findCertificate(ca: string): Promise<Uint8Array | undefined>
  /** @returns DER of the newest CRL of the CA called so, or undefined. */
  findCrl(ca: string): Promise<Uint8Array | undefined>
  readonly answerOcsp: AnswerOcsp
}

/** `GET /pki/{ca}.cer` and `/pki/{ca}.crl`: what AIA and CDP of every certificate point at (RFC 5280 §4.2). */
export function authorityRoutes({ authority }: { authority: AuthorityFiles }) {
  return new Hono<Env>()
    .get('/:file{[a-z0-9-]+\\.cer}', async (c) => {
      const der = await authority.findCertificate(c.req.param('file').slice(0, -4))
      return c.body(found(der), 200, { 'content-type': 'application/pkix-cert' })
    })
    .get('/:file{[a-z0-9-]+\\.crl}', async (c) => {
      const der = await authority.findCrl(c.req.param('file').slice(0, -4))
      return c.body(found(der), 200, {
        'content-type': 'application/pkix-crl',
        'cache-control': 'no-cache',
      })
    })
    .route('/', ocspRoutes(authority))
}

function found(der: Uint8Array | undefined): Uint8Array<ArrayBuffer> {
  if (der === undefined)
    throw new AppError('not-found', 'There is no certification authority of this name.')
  return Uint8Array.from(der)
}
