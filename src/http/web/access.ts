import type { Context, MiddlewareHandler } from 'hono'
import { AppError } from '../../errors.ts'
import { can, type Refusal } from '../../rights/can.ts'
import type { MatrixAction } from '../../rights/matrix.ts'
import type { MemberEnv, SignedInEnv, WebEnv } from './web-env.ts'

/** What a route asks of who comes. Every route of the pages names it as its first handler. */
export type Access =
  | { readonly kind: 'open' }
  | { readonly kind: 'signed-in' }
  | { readonly kind: 'allowed'; readonly action: MatrixAction }

const accesses = new WeakMap<object, Access>()

/** The access that a handler asks for, if it is one of these. */
export function accessOf(handler: object): Access | undefined {
  return accesses.get(handler)
}

function naming<Handler extends object>(access: Access, handler: Handler): Handler {
  accesses.set(handler, access)
  return handler
}

/** For everybody. */
export function open(): MiddlewareHandler<WebEnv> {
  return naming({ kind: 'open' }, async (_c, next) => next())
}

/** For whoever has signed in, about himself alone. */
export function signedIn(): MiddlewareHandler<SignedInEnv> {
  return naming({ kind: 'signed-in' }, async (c: Context<SignedInEnv>, next) =>
    c.var.session === undefined ? toSignIn(c) : next(),
  )
}

/**
 * For whoever may do this in the organisation for which he acts; resources of others are absent for
 * him, which is the business of the queries.
 *
 * @param about - The person it is about, where it is about one.
 */
export function allowed(
  action: MatrixAction,
  about?: (c: Context<MemberEnv>) => string | undefined,
): MiddlewareHandler<MemberEnv> {
  return naming({ kind: 'allowed', action }, async (c: Context<MemberEnv>, next) => {
    if (c.var.session === undefined) return toSignIn(c)
    requireRight(c, action, about?.(c))
    return next()
  })
}

/** @throws AppError `not-authorised` that says why. */
function requireRight(c: Context<MemberEnv>, action: MatrixAction, personId?: string): void {
  const { actor } = c.var
  if (actor === undefined) throw new AppError('not-authorised', NO_ORGANISATION)
  const { organisationId } = actor
  const act = { action, organisationId, ...(personId !== undefined && { personId }) }
  const decision = can(actor, act, [], Date.now())
  if (!decision.allowed) throw new AppError('not-authorised', refusalText(decision.because))
}

/** How long a factor that was shown counts for sensitive acts. */
const STEP_UP_MS = 10 * 60_000

/** After `signedIn` or `allowed`: a factor must have been shown within the last ten minutes. */
export function withStepUp<Env extends SignedInEnv | MemberEnv>(
  now: () => number,
): MiddlewareHandler<Env> {
  return async (c, next) => {
    const { stepUpAt } = c.var.session
    if (stepUpAt !== null && now() - stepUpAt < STEP_UP_MS) return next()
    return leadTo(c, '/step-up')
  }
}

function toSignIn(c: Context): Response {
  return leadTo(c, '/sign-in')
}

/** A page that is asked for comes after; what was posted must be done again. */
function leadTo(c: Context, to: string): Response {
  const isPage = c.req.method === 'GET'
  const next = isPage ? `?next=${encodeURIComponent(c.req.path)}` : ''
  if (c.req.header('hx-request') === 'true') {
    c.header('HX-Redirect', `${to}${next}`)
    return c.body(null, 204)
  }
  return c.redirect(`${to}${next}`, 303)
}

const NO_ORGANISATION = 'Choose the organisation for which you act first.'

function refusalText(because: Refusal): string {
  switch (because) {
    case 'about-oneself':
      return 'Nobody may do this about himself: another person who may do it must.'
    case 'not-own':
      return 'This belongs to another organisation.'
    default:
      return 'None of your functions in this organisation allows this.'
  }
}
