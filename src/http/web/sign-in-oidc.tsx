import { type Context, Hono } from 'hono'
import { SignInPage } from '../../../views/sign-in/sign-in-page.tsx'
import { AppError } from '../../errors.ts'
import { OIDC_CALLBACK, type OidcAnswer } from '../../people/accounts/oidc.ts'
import { open, signedIn } from './access.ts'
import { keepSessionToken } from './cookies.ts'
import { frameOf } from './frame.ts'
import { faultOf } from './profile-done.ts'
import { enter, type SignInPageDeps } from './sign-in.tsx'
import { boundTo, originOf, safeNext } from './sign-in-browser.ts'
import type { SignedInEnv, WebEnv } from './web-env.ts'

/** The way to the identity provider and back. Links lead there: a form may not leave this site. */
export function oidcRoutes({ accounts, trustProxy }: SignInPageDeps) {
  const { oidc } = accounts

  const pages = new Hono<WebEnv>()
    .get('/sign-in/oidc', open(), async (c) => {
      const next = safeNext(c.req.query('next'))
      const bound = boundTo(c)
      // Without our cookie the answer could not be tied to this browser: the page sets it.
      if (bound === undefined || oidc === undefined) {
        return c.redirect(`/sign-in?next=${encodeURIComponent(next)}`, 303)
      }
      return c.redirect(await oidc.begin({ boundTo: bound, purpose: 'sign-in', next }), 303)
    })
    .get(OIDC_CALLBACK, open(), async (c) => {
      if (oidc === undefined) throw new AppError('not-found', 'No identity provider is set up.')
      const answer = await oidc
        .finish({ boundTo: boundTo(c) ?? '', query: new URL(c.req.url).search })
        .catch((error: unknown) => {
          if (error instanceof AppError) return undefined
          throw error
        })
      if (answer === undefined) return page(c, 'oidcFailed', 400)
      return answer.purpose === 'sign-in' ? signIn(c, answer) : goOn(c, answer)
    })

  const mine = new Hono<SignedInEnv>().get('/step-up/oidc', signedIn(), async (c) => {
    if (oidc === undefined) throw new AppError('not-found', 'No identity provider is set up.')
    const { id, personId } = c.var.session
    const next = safeNext(c.req.query('next'))
    return c.redirect(await oidc.begin({ boundTo: id, purpose: 'step-up', next, personId }), 303)
  })

  return new Hono<WebEnv>().route('/', pages).route('/', mine)

  async function signIn(c: Context<WebEnv>, answer: OidcAnswer): Promise<Response> {
    const { issuer, subject, next } = answer
    const browser = { ...originOf(c, trustProxy), boundTo: '' }
    const result = await accounts.signIns.bySubject({ ...browser, issuer, subject })
    if (result.kind === 'signed-in') return enter(c, accounts, result, safeNext(next))
    return page(c, 'oidcUnknown', 403)
  }

  /** Of somebody who is signed in: another way for him, or the proof that it is still he. */
  async function goOn(c: Context<WebEnv>, answer: OidcAnswer): Promise<Response> {
    const { session } = c.var
    const { purpose, personId, issuer, subject, professionalId, next } = answer
    if (session === undefined || session.personId !== personId) return page(c, 'oidcFailed', 400)
    if (purpose === 'bind') {
      const bound = { personId, issuer, subject, professionalId }
      const fault = await accounts.bindSubject(bound).then(() => undefined, faultOf)
      if (fault !== undefined) return page(c, 'oidcTaken', 403)
    } else {
      if ((await accounts.findPersonOf({ issuer, subject })) !== personId) {
        return page(c, 'oidcUnknown', 403)
      }
      keepSessionToken(c, (await accounts.markStepUp(session.id, 'oidc')).token)
    }
    return c.redirect(safeNext(next), 303)
  }

  function page(
    c: Context<WebEnv>,
    message: 'oidcFailed' | 'oidcTaken' | 'oidcUnknown',
    status: 400 | 403,
  ) {
    const { locale, csrf } = frameOf(c)
    const props = { locale, csrf, path: '/sign-in', next: '/home', hasOidc: true, message }
    return c.html(<SignInPage {...props} />, status)
  }
}
