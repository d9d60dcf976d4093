import { Hono } from 'hono'
import type { GuardSheet } from '../../../views/health/guard-state.tsx'
import { HealthPage, type HealthSheet, HealthState } from '../../../views/health/health-page.tsx'
import type { CheckReadiness } from '../readiness.ts'
import { allowed } from './access.ts'
import { frameOf } from './frame.ts'
import type { MemberEnv } from './web-env.ts'

export interface HealthPagesDeps {
  readonly guardStatus: () => Promise<GuardSheet>
  readonly checkReadiness: CheckReadiness
  readonly now: () => number
}

/** `GET /health`, and the part of it that a browser asks for again, `/health/state`. */
export function healthPageRoutes({ guardStatus, checkReadiness, now }: HealthPagesDeps) {
  const look = async (): Promise<HealthSheet> => {
    const [guard, { checks }] = await Promise.all([guardStatus(), checkReadiness()])
    const named = Object.entries(checks).map(([name, check]) => ({ name, ...check }))
    return { at: now(), checks: named, guard }
  }
  return new Hono<MemberEnv>()
    .get('/health', allowed('hsm.read'), async (c) =>
      c.html(<HealthPage {...frameOf(c)} health={await look()} />),
    )
    .get('/health/state', allowed('hsm.read'), async (c) =>
      c.html(<HealthState locale={c.var.locale} health={await look()} />),
    )
}
