import type { MiddlewareHandler } from 'hono'
import { firstOpenStep, isReached, type StepName } from '../../first-run/model.ts'
import type { HolderEnv } from './web-env.ts'

/** A page of a step whose turn has not come leads to the one whose turn it is. */
export function reached(step: StepName): MiddlewareHandler<HolderEnv> {
  return async function reached(c, next) {
    const { run } = c.var
    if (!isReached(run, step)) return c.redirect(`/first-run/${firstOpenStep(run) ?? step}`, 303)
    await next()
  }
}
