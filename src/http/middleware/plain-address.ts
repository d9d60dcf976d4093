import type { MiddlewareHandler } from 'hono'
import { AppError } from '../../errors.ts'
import type { Env } from '../env.ts'

/**
 * Refuse NUL in path and query: nothing is called so, and PostgreSQL takes it in no text.
 *
 * @throws AppError `not-found`.
 */
export function plainAddress(): MiddlewareHandler<Env> {
  return async function plainAddress(c, next) {
    if (c.req.url.includes('%00')) {
      throw new AppError('not-found', 'There is nothing at this address.')
    }
    await next()
  }
}
