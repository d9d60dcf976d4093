import { randomBytes } from 'node:crypto'
import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { FactorPage, type FactorPageProps } from '../../../views/sign-in/factor-page.tsx'
import { SignInPage, type SignInPageProps } from '../../../views/sign-in/sign-in-page.tsx'
import { AppError } from '../../errors.ts'
import type { Accounts } from '../../people/accounts/service.ts'
import type { SignedIn } from '../../people/accounts/sign-in.ts'
import { open, signedIn } from './access.ts'
import { forgetSessionToken, formSecret, keepFormSecret, keepSessionToken } from './cookies.ts'
import { readForm } from './forms.ts'
import { frameOf } from './frame.ts'
import { boundTo, minutesUntil, originOf, safeNext } from './sign-in-browser.ts'
import type { SignedInEnv, WebEnv } from './web-env.ts'

export interface SignInPageDeps {
  readonly accounts: Accounts
  readonly trustProxy: boolean
  readonly now: () => number
}

const next = z.string().max(500).optional()
const PasswordForm = z.object({
  email: z.string().min(1).max(254),
  password: z.string().min(1),
  next,
})
export const CodeForm = z.object({
  kind: z.enum(['totp', 'recovery', 'password']),
  'totp-code': z.string().max(40).optional(),
  'recovery-code': z.string().max(40).optional(),
  password: z.string().max(200).optional(),
  next,
})
export const AnswerForm = z.object({ answer: z.string().max(32_768), next })

/** The code of a form that has one of two fields. */
export function codeOf(form: z.infer<typeof CodeForm>): string {
  return form['totp-code'] ?? form['recovery-code'] ?? form.password ?? ''
}

/** `/sign-in…`, `/sign-out`: all but the passkeys works without a script. */
export function signInRoutes(deps: SignInPageDeps) {
  const { accounts, trustProxy, now } = deps
  const { signIns, passkeys } = accounts
  const hasOidc = accounts.oidc !== undefined

  const pages = new Hono<WebEnv>()
    .get('/sign-in', open(), (c) => {
      const to = safeNext(c.req.query('next'))
      if (c.var.session !== undefined) return c.redirect(to, 303)
      const message = c.req.query('ended') === undefined ? undefined : ('ended' as const)
      return page(c, { next: to, message })
    })
    .post('/sign-in', open(), async (c) => {
      const form = readForm(c, PasswordForm)
      if (!form.ok) return page(c, { next: '/home', message: 'missing' }, 400)
      const { email, password } = form.value
      const to = safeNext(form.value.next)
      const answer = await signIns.byPassword({ ...browserOf(c), email, password })
      if (answer.kind === 'second-factor') {
        return c.redirect(`/sign-in/factor?next=${encodeURIComponent(to)}`, 303)
      }
      if (answer.kind === 'refused') return page(c, { next: to, email, message: 'refused' }, 401)
      return page(c, { next: to, email, message: blocked(c, answer.until) }, 429)
    })
    .post('/sign-in/passkey/options', open(), async (c) =>
      c.json(await passkeys.beginAssertion({ boundTo: browserOf(c).boundTo })),
    )
    .post('/sign-in/passkey', open(), async (c) => {
      const form = readForm(c, AnswerForm)
      const to = safeNext(form.ok ? form.value.next : undefined)
      const answer = form.ok ? form.value.answer : ''
      const result = await signIns.byPasskey({ ...browserOf(c), answer })
      if (result.kind === 'signed-in') return enter(c, accounts, result, to)
      return page(c, { next: to, message: 'passkeyFailed' }, 401)
    })
    .get('/sign-in/factor', open(), async (c) => factorPage(c, safeNext(c.req.query('next'))))
    .post('/sign-in/factor', open(), async (c) => {
      const form = readForm(c, CodeForm)
      const to = safeNext(form.ok ? form.value.next : undefined)
      if (!form.ok || form.value.kind === 'password') return factorPage(c, to, 'codeRefused', 400)
      const { kind: codeKind } = form.value
      const result = await signIns.byCode({ ...browserOf(c), code: codeOf(form.value), codeKind })
      if (result.kind === 'signed-in') return enter(c, accounts, result, to)
      if (result.kind === 'expired') return page(c, { next: to, message: 'expired' }, 401)
      if (result.kind === 'refused') return factorPage(c, to, 'codeRefused', 401)
      return factorPage(c, to, blocked(c, result.until), 429)
    })
    .post('/sign-in/factor/options', open(), async (c) => {
      const browser = browserOf(c)
      const pending = await signIns.findPending(browser.boundTo)
      if (pending === undefined) throw new AppError('unauthenticated', 'Begin the sign-in again.')
      const { personId } = pending
      return c.json(await passkeys.beginAssertion({ boundTo: browser.boundTo, personId }))
    })
    .post('/sign-in/factor/passkey', open(), async (c) => {
      const form = readForm(c, AnswerForm)
      const to = safeNext(form.ok ? form.value.next : undefined)
      const answer = form.ok ? form.value.answer : ''
      const result = await signIns.byPasskeyFactor({ ...browserOf(c), answer })
      if (result.kind === 'signed-in') return enter(c, accounts, result, to)
      if (result.kind === 'expired') return page(c, { next: to, message: 'expired' }, 401)
      return factorPage(c, to, 'passkeyFailed', 401)
    })

  const out = new Hono<SignedInEnv>().post('/sign-out', signedIn(), async (c) => {
    await accounts.endSession(c.var.session.id)
    forgetSessionToken(c)
    c.header('Clear-Site-Data', '"cache"')
    return c.redirect('/sign-in?ended', 303)
  })

  return new Hono<WebEnv>().route('/', pages).route('/', out)

  function browserOf(c: Context<WebEnv>) {
    // A form has passed the check of its token, so it came with the cookie.
    return { ...originOf(c, trustProxy), boundTo: boundTo(c) ?? '' }
  }

  function page(
    c: Context<WebEnv>,
    shown: Pick<SignInPageProps, 'next' | 'email' | 'message'>,
    status: 200 | 400 | 401 | 429 = 200,
  ) {
    const { locale, csrf } = frameOf(c)
    const path = `/sign-in?next=${encodeURIComponent(shown.next)}`
    return c.html(<SignInPage {...{ locale, path, csrf, hasOidc }} {...shown} />, status)
  }

  async function factorPage(
    c: Context<WebEnv>,
    to: string,
    message?: FactorPageProps['message'],
    status: 200 | 400 | 401 | 429 = 200,
  ) {
    const pending = await signIns.findPending(boundTo(c) ?? '')
    if (pending === undefined) {
      return c.redirect(`/sign-in?next=${encodeURIComponent(to)}`, 303)
    }
    const { ways } = pending
    const { locale, csrf } = frameOf(c)
    const path = `/sign-in/factor?next=${encodeURIComponent(to)}`
    return c.html(
      <FactorPage
        {...{ locale, path, csrf, message }}
        next={to}
        purpose="sign-in"
        ways={{
          passkey: ways.passkeys > 0,
          totp: ways.totp,
          recovery: ways.recoveryCodes > 0,
          password: false,
          oidc: false,
        }}
      />,
      status,
    )
  }

  function blocked(c: Context<WebEnv>, until: number) {
    c.header('Retry-After', String(Math.ceil((until - now()) / 1000)))
    return { blockedMinutes: minutesUntil(until, now()) }
  }
}

/** The session begins: its cookie, and another one for forms, so that nothing planted before counts. */
export async function enter(
  c: Context<WebEnv>,
  accounts: Accounts,
  { token }: SignedIn,
  to: string,
): Promise<Response> {
  const { session } = c.var
  if (session !== undefined) await accounts.endSession(session.id)
  keepSessionToken(c, token)
  if (formSecret(c) !== undefined) keepFormSecret(c, randomBytes(32).toString('base64url'))
  return c.redirect(to, 303)
}
