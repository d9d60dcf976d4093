import { type Context, Hono } from 'hono'
import { NoWayPage } from '../../../views/enrol/end-page.tsx'
import { LandingPage } from '../../../views/enrol/landing-page.tsx'
import { open } from './access.ts'
import { enrolAccessRoutes } from './enrol-access.ts'
import { type EnrolPagesDeps, findHolder, keepLink } from './enrol-holder.ts'
import { showStep } from './enrol-pages.tsx'
import { enrolStepRoutes } from './enrol-steps.ts'
import { frameOf } from './frame.ts'
import type { WebEnv } from './web-env.ts'

const LINK = '/enrol/:token{[A-Za-z0-9_-]{43}}'
const GONE = 410

/**
 * `/enrol…`: the way to a certificate. By the link of an invitation at first, and signed in once there
 * is a password; `/enrol` is always the page of the step that is due.
 */
export function enrolRoutes(deps: EnrolPagesDeps) {
  const { enrolments } = deps
  return new Hono<WebEnv>()
    .get(LINK, open(), async (c) => {
      const token = c.req.param('token')
      const found = await enrolments.resolveLink(token)
      if (found === undefined) return noWay(c, 'bad-link', GONE)
      if (found === 'sign-in') return noWay(c, 'sign-in')
      if (isSomebodyElse(c, found.personId)) return noWay(c, 'other-person')
      if (found.state !== 'invited') {
        keepLink(c, token)
        return c.redirect('/enrol', 303)
      }
      const { person, organisation } = await enrolments.describe(found)
      const { givenName } = person
      c.header('Cache-Control', 'no-store')
      return c.html(<LandingPage frame={frameOf(c)} {...{ token, givenName, organisation }} />)
    })
    .post(LINK, open(), async (c) => {
      const token = c.req.param('token')
      const found = await enrolments.resolveLink(token)
      if (found === undefined) return noWay(c, 'bad-link', GONE)
      if (found === 'sign-in') return noWay(c, 'sign-in')
      if (isSomebodyElse(c, found.personId)) return noWay(c, 'other-person')
      await enrolments.start(found.id)
      keepLink(c, token)
      return c.redirect('/enrol', 303)
    })
    .get('/enrol', open(), async (c) => {
      const found = await findHolder(c, enrolments)
      if (found === undefined) return noWay(c, 'nothing')
      if (found === 'sign-in') return noWay(c, 'sign-in')
      // Restarted by an administrator: who has signed in needs no link to begin.
      if (found.state === 'invited') {
        await enrolments.start(found.id)
        return c.redirect('/enrol', 303)
      }
      return showStep(c, deps, found)
    })
    .route('/', enrolStepRoutes(deps))
    .route('/', enrolAccessRoutes(deps))
}

function isSomebodyElse(c: Context<WebEnv>, personId: string): boolean {
  return c.var.session !== undefined && c.var.session.personId !== personId
}

function noWay(
  c: Context<WebEnv>,
  why: 'bad-link' | 'sign-in' | 'other-person' | 'nothing',
  status: 200 | 410 = 200,
) {
  c.header('Cache-Control', 'no-store')
  return c.html(<NoWayPage frame={{ ...frameOf(c), path: '/enrol' }} why={why} />, status)
}
