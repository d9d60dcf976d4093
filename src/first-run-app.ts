import { Hono } from 'hono'
import type { Logger } from 'pino'
import { AppError } from './errors.ts'
import type { FirstRunService } from './first-run/service.ts'
import type { Env } from './http/env.ts'
import { healthRoutes } from './http/health.ts'
import { requestLog } from './http/middleware/request-log.ts'
import { securityHeaders } from './http/middleware/security-headers.ts'
import { staticRoutes } from './http/pages.tsx'
import { type AuthorityFiles, authorityRoutes } from './http/pki/authority.ts'
import { problemFor } from './http/problem.ts'
import { renderProblem } from './http/render-problem.tsx'
import { firstRunRoutes } from './http/web/first-run.tsx'
import type { Surface } from './listener.ts'
import { makeMetrics } from './metrics.ts'

export interface FirstRunAppDeps {
  readonly firstRun: FirstRunService
  readonly authority: AuthorityFiles
  readonly log: Logger
  readonly now: () => number
  /** Here, at another node, or by the command line. */
  readonly isOver: () => Promise<boolean>
  /** Start the appliance proper, or find it started. */
  readonly handOver: () => Promise<Surface>
}

/** What the port leads to before there is an organisation: the first run, and the word that it is due. */
export function createFirstRunApp(deps: FirstRunAppDeps): Surface {
  const metrics = makeMetrics()
  const app = new Hono<Env>()
    .use(requestLog({ log: deps.log, metrics }))
    .use(securityHeaders())
    .route('/', healthRoutes({ metrics, checkReadiness: async () => NOT_READY }))
    .route('/', staticRoutes())
    .route('/pki', authorityRoutes(deps))
    .all('/api/*', () => {
      throw new AppError('first-run-unfinished', UNFINISHED)
    })
    .route('/', firstRunRoutes(deps))
    .onError((error, c) => {
      const problem = problemFor(error)
      const isExpected = error instanceof AppError && error.code === 'first-run-unfinished'
      if (problem.status >= 500 && !isExpected) c.var.log?.error({ err: error }, 'request failed')
      return renderProblem(c, problem)
    })
  return {
    async fetch(request, ...rest) {
      // Each request may be the first after the end: it is for the appliance proper.
      const isOver = await deps.isOver().catch(() => false)
      if (!isOver) return app.fetch(request, ...rest)
      try {
        return await (await deps.handOver()).fetch(request, ...rest)
      } catch (error) {
        deps.log.error({ err: error }, 'the appliance could not be started after the first run')
        return new Response(`${NOT_STARTED}\n`, { status: 503, headers: { 'retry-after': '5' } })
      }
    },
  }
}

const NOT_STARTED = 'This appliance is set up, but does not start: its log says why.'

const UNFINISHED =
  'This appliance is not set up yet: somebody must open the link that its start has printed.'

const NOT_READY = {
  ready: false,
  checks: { firstRun: { state: 'down', detail: UNFINISHED } },
} as const
