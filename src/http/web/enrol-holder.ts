import type { Context } from 'hono'
import { deleteCookie, getCookie, setCookie } from 'hono/cookie'
import type { Accounts } from '../../people/accounts/service.ts'
import type { EnrolmentState } from '../../people/enrolment/model.ts'
import type { Enrolments } from '../../people/enrolment/service.ts'
import type { Enrolment } from '../../people/enrolment/store.ts'
import type { WebEnv } from './web-env.ts'

export interface EnrolPagesDeps {
  readonly enrolments: Enrolments
  readonly accounts: Accounts
  readonly trustProxy: boolean
}

/** The link's token, from the landing page to the password: then the holder signs in. */
const COOKIE = '__Host-sceau-enrol'
const FLAGS = { path: '/', secure: true, httpOnly: true, sameSite: 'Lax' } as const

export function keepLink(c: Context<WebEnv>, token: string): void {
  setCookie(c, COOKIE, token, FLAGS)
}

export function forgetLink(c: Context<WebEnv>): void {
  deleteCookie(c, COOKIE, FLAGS)
}

/**
 * Whose enrolment this is: of who has signed in, or else of who came by a link.
 *
 * @returns `sign-in` when the link has done its work, undefined when there is none.
 */
export async function findHolder(
  c: Context<WebEnv>,
  enrolments: Enrolments,
): Promise<Enrolment | 'sign-in' | undefined> {
  const { session } = c.var
  if (session !== undefined) return enrolments.findOwn(session.personId)
  const token = getCookie(c, COOKIE)
  return token === undefined ? undefined : enrolments.resolveLink(token)
}

/** Past the password only who has signed in goes on, whatever link he has. */
export async function at(
  c: Context<WebEnv>,
  { enrolments }: EnrolPagesDeps,
  states: readonly EnrolmentState[],
  go: (enrolment: Enrolment) => Promise<Response>,
): Promise<Response> {
  const found = await findHolder(c, enrolments)
  if (found === undefined || found === 'sign-in' || !states.includes(found.state)) {
    return c.redirect('/enrol', 303)
  }
  return go(found)
}
