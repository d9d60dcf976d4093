import type { Context } from 'hono'
import { ProblemNotice, ProblemPage } from '../../views/problem.tsx'
import type { Env } from './env.ts'
import { localeOf } from './locale.ts'
import type { Problem } from './problem.ts'

/** A problem as `application/problem+json` for programs, as a page for people. */
export function renderProblem(c: Context<Env>, problem: Problem): Response | Promise<Response> {
  const instance = c.var.requestId && `/requests/${c.var.requestId}`
  const { retryAfterSeconds } = problem
  if (retryAfterSeconds !== undefined) c.header('Retry-After', String(retryAfterSeconds))
  if (problem.status === 401) c.header('WWW-Authenticate', 'Bearer')
  if (wantsPage(c)) {
    const { requestId, viewer } = c.var
    const props = { locale: localeOf(c), problem, requestId }
    if (c.req.header('hx-request') !== 'true') {
      return c.html(<ProblemPage {...props} viewer={viewer} />, problem.status)
    }
    c.header('HX-Retarget', '#notice')
    c.header('HX-Reswap', 'innerHTML')
    return c.html(<ProblemNotice {...props} />, problem.status)
  }
  return c.body(JSON.stringify({ ...problem, ...(instance && { instance }) }), problem.status, {
    'content-type': 'application/problem+json',
  })
}

function wantsPage(c: Context<Env>): boolean {
  return (
    !c.req.path.startsWith('/api/v1') &&
    ((c.req.header('accept') ?? '').includes('text/html') || c.req.header('hx-request') === 'true')
  )
}
