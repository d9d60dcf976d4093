import type { MiddlewareHandler } from 'hono'
import type { ApiClient } from '../../clients/model.ts'
import { AppError } from '../../errors.ts'
import type { ClientEnv } from '../env.ts'

export type Authenticate = (apiKey: string) => Promise<ApiClient | undefined>

const BEARER = /^Bearer +(\S{1,256})$/i

/** Let only known API clients pass (RFC 6750 §2.1). @throws AppError `unauthenticated`. */
export function authenticate(authenticateKey: Authenticate): MiddlewareHandler<ClientEnv> {
  return async function authenticate(c, next) {
    const apiKey = BEARER.exec(c.req.header('authorization') ?? '')?.[1]
    if (apiKey === undefined) {
      throw new AppError(
        'unauthenticated',
        'Send the header `Authorization: Bearer <api key>`. An administrator makes a key with `sceau api-client create`.',
      )
    }
    const client = await authenticateKey(apiKey)
    if (client === undefined) {
      throw new AppError('unauthenticated', 'This API key is unknown or revoked.')
    }
    c.set('client', client)
    await next()
  }
}
