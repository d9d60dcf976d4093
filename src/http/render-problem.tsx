import type { Context } from 'hono'
import { ProblemPage } from '../../views/problem.tsx'
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
    return c.html(<ProblemPage locale={localeOf(c)} problem={problem} />, problem.status)
  }
  return c.body(JSON.stringify({ ...problem, ...(instance && { instance }) }), problem.status, {
    'content-type': 'application/problem+json',
  })
}

function wantsPage(c: Context<Env>): boolean {
  return !c.req.path.startsWith('/api/v1') && (c.req.header('accept') ?? '').includes('text/html')
}
