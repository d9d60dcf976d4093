import { Hono } from 'hono'
import type { Metrics } from '../metrics.ts'
import type { Env } from './env.ts'
import type { CheckReadiness } from './readiness.ts'

/** `GET /healthz` (alive), `/readyz` (each thing the server needs, with its state), `/metrics`. */
export function healthRoutes(deps: { checkReadiness: CheckReadiness; metrics: Metrics }) {
  return new Hono<Env>()
    .get('/healthz', (c) => c.json({ status: 'ok' }))
    .get('/readyz', async (c) => {
      const readiness = await deps.checkReadiness()
      return c.json(readiness, readiness.ready ? 200 : 503)
    })
    .get('/metrics', async (c) => {
      return c.body(await deps.metrics.render(), 200, { 'content-type': deps.metrics.contentType })
    })
}
