import { Hono } from 'hono'
import { open } from './access.ts'
import { type CertificatePagesDeps, certificatePageRoutes } from './certificates.tsx'
import { csrfProtection } from './csrf.ts'
import { enrolRoutes } from './enrol.tsx'
import type { EnrolPagesDeps } from './enrol-holder.ts'
import { type EnrolmentsPagesDeps, enrolmentsRoutes } from './enrolments.tsx'
import { type HealthPagesDeps, healthPageRoutes } from './health.tsx'
import { homeRoutes, type ListWaiting } from './home.tsx'
import { type MemberPagesDeps, memberRoutes } from './members.tsx'
import { type MyCertificateDeps, myCertificateRoutes } from './my-certificate.tsx'
import { type NoticePagesDeps, noticesRoutes } from './notices.tsx'
import { organisationRoutes } from './organisations.tsx'
import { profileRoutes } from './profile.tsx'
import { type SealPagesDeps, sealPageRoutes } from './seals.tsx'
import { type ListSettings, settingsRoutes } from './settings.tsx'
import { type SignInPageDeps, signInRoutes } from './sign-in.tsx'
import { oidcRoutes } from './sign-in-oidc.tsx'
import { stepUpRoutes } from './step-up.tsx'
import { type SwitchDeps, switchRoutes } from './switch.ts'
import type { WebEnv, WebPeople } from './web-env.ts'
import { whoAsks } from './who-asks.ts'

/** What the pages need, by area. */
export interface WebDeps
  extends HealthPagesDeps,
    SealPagesDeps,
    NoticePagesDeps,
    SignInPageDeps,
    EnrolPagesDeps,
    EnrolmentsPagesDeps,
    MemberPagesDeps,
    SwitchDeps {
  readonly certificates: CertificatePagesDeps['certificates'] & MyCertificateDeps['certificates']
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
    .route('/', signInRoutes(deps))
    .route('/', oidcRoutes(deps))
    .route('/', stepUpRoutes(deps))
    .route('/', profileRoutes(deps))
    .route('/', enrolRoutes(deps))
    .route('/', enrolmentsRoutes(deps))
    .route('/', homeRoutes(deps))
    .route('/', sealPageRoutes(deps))
    .route('/', healthPageRoutes(deps))
    .route('/', settingsRoutes(deps))
    .route('/', memberRoutes(deps))
    .route('/', organisationRoutes(deps))
    .route('/', switchRoutes(deps))
    .route('/', noticesRoutes(deps))
    .route('/', certificatePageRoutes(deps))
    .route('/', myCertificateRoutes(deps))
}
