import { Hono } from 'hono'
import type { Logger } from 'pino'
import { AppError } from './errors.ts'
import { type ApiDeps, apiRoutes } from './http/api/routes.ts'
import type { Env } from './http/env.ts'
import { healthRoutes } from './http/health.ts'
import { plainAddress } from './http/middleware/plain-address.ts'
import { requestLog } from './http/middleware/request-log.ts'
import { securityHeaders } from './http/middleware/security-headers.ts'
import { pageRoutes, staticRoutes } from './http/pages.tsx'
import { type AuthorityFiles, authorityRoutes } from './http/pki/authority.ts'
import { problemFor } from './http/problem.ts'
import type { CheckReadiness } from './http/readiness.ts'
import { renderProblem } from './http/render-problem.tsx'
import { type WebDeps, webRoutes } from './http/web/routes.ts'
import type { Metrics } from './metrics.ts'

export interface AppDeps extends ApiDeps {
  readonly authority: AuthorityFiles
  readonly checkReadiness: CheckReadiness
  readonly metrics: Metrics
  readonly log: Logger
  readonly web: WebDeps
}

/** The whole HTTP surface as a value. It opens nothing, so a test can ask `app.request(…)`. */
export function createApp(deps: AppDeps): Hono<Env> {
  const api = apiRoutes(deps)
  return new Hono<Env>()
    .use(requestLog(deps))
    .use(securityHeaders())
    .use(plainAddress())
    .route('/', healthRoutes(deps))
    .route('/pki', authorityRoutes(deps))
    .route('/api/v1', api)
    .route('/', staticRoutes())
    .route('/', webRoutes(deps.web))
    .route('/', pageRoutes({ describeApi: () => api.getOpenAPI31Document(API_DESCRIPTION) }))
    .notFound((c) =>
      renderProblem(c, problemFor(new AppError('not-found', 'There is nothing at this address.'))),
    )
    .onError((error, c) => {
      const problem = problemFor(error)
      if (problem.status >= 500) c.var.log?.error({ err: error }, 'request failed')
      return renderProblem(c, problem)
    })
}

const API_DESCRIPTION = {
  openapi: '3.1.0',
  info: {
    title: 'Sceau',
    version: '1',
    description: 'Seal and verify PDFs with keys that never leave the HSM.',
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/api/v1' }],
}
