import { randomUUID } from 'node:crypto'
import type { MiddlewareHandler } from 'hono'
import { routePath } from 'hono/route'
import type { Logger } from 'pino'
import type { Metrics } from '../../metrics.ts'
import type { Env } from '../env.ts'

const REQUEST_ID = /^[\w.:-]{1,64}$/

/**
 * Give every request an id (the client's `X-Request-Id` if it is well formed), one log line and one
 * sample in the metrics. Paths are logged without their query, which may hold a reason or a name, and
 * without what stands in links that let their holder in.
 */
export function requestLog(deps: { log: Logger; metrics: Metrics }): MiddlewareHandler<Env> {
  return async function requestLog(c, next) {
    const given = c.req.header('x-request-id')
    const requestId = given !== undefined && REQUEST_ID.test(given) ? given : randomUUID()
    const log = deps.log.child({ requestId })
    c.set('requestId', requestId)
    c.set('log', log)
    c.header('X-Request-Id', requestId)
    const startedAt = performance.now()
    await next()
    const ms = performance.now() - startedAt
    const { method, path } = c.req
    const { status } = c.res
    deps.metrics.observeRequest({ method, route: routePath(c, -1), status, seconds: ms / 1000 })
    log[status >= 500 ? 'error' : 'info'](
      { method, path: withoutSecrets(path), status, ms: Math.round(ms * 10) / 10 },
      'request',
    )
  }
}

/** 256 bits or more in base64url. */
function withoutSecrets(path: string): string {
  return path.replace(/[\w-]{43,}/g, '…')
}
