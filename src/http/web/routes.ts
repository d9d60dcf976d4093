import { Hono } from 'hono'
import { open } from './access.ts'
import { csrfProtection } from './csrf.ts'
import { type HealthPagesDeps, healthPageRoutes } from './health.tsx'
import { homeRoutes, type ListWaiting } from './home.tsx'
import { type MemberPagesDeps, memberRoutes } from './members.tsx'
import { type NoticePagesDeps, noticesRoutes } from './notices.tsx'
import { organisationRoutes } from './organisations.tsx'
import { type SealPagesDeps, sealPageRoutes } from './seals.tsx'
import { type ListSettings, settingsRoutes } from './settings.tsx'
import { type SwitchDeps, switchRoutes } from './switch.ts'
import type { WebEnv, WebPeople } from './web-env.ts'
import { whoAsks } from './who-asks.ts'

/** What the pages need, by area. */
export interface WebDeps
  extends HealthPagesDeps,
    SealPagesDeps,
    NoticePagesDeps,
    MemberPagesDeps,
    SwitchDeps {
  readonly people: WebPeople
  /** What each area has waiting for a person. */
  readonly waiting: readonly ListWaiting[]
  readonly listSettings: ListSettings
  readonly now: () => number
}

/** Everything a person sees in a browser after the front door. */
export function webRoutes(deps: WebDeps) {
  return new Hono<WebEnv>()
    .use(whoAsks(deps.people))
    .use(csrfProtection())
    .get('/', open(), (c, next) =>
      c.var.session === undefined ? next() : Promise.resolve(c.redirect('/home', 303)),
    )
    .route('/', homeRoutes(deps))
    .route('/', sealPageRoutes(deps))
    .route('/', healthPageRoutes(deps))
    .route('/', settingsRoutes(deps))
    .route('/', memberRoutes(deps))
    .route('/', organisationRoutes(deps))
    .route('/', switchRoutes(deps))
    .route('/', noticesRoutes(deps))
}
