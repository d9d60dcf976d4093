import { type Context, Hono } from 'hono'
import { FactorPage, type FactorPageProps } from '../../../views/sign-in/factor-page.tsx'
import { hasStrongFactor } from '../../people/accounts/factor-rules.ts'
import type { StartedSession } from '../../people/accounts/model.ts'
import { signedIn } from './access.ts'
import { keepSessionToken } from './cookies.ts'
import { readForm } from './forms.ts'
import { frameOf } from './frame.ts'
import { AnswerForm, CodeForm, codeOf, type SignInPageDeps } from './sign-in.tsx'
import { minutesUntil, safeNext } from './sign-in-browser.ts'
import type { SignedInEnv } from './web-env.ts'

/** `/step-up`: a factor again, before something sensitive. The token of the session changes. */
export function stepUpRoutes({ accounts, now }: SignInPageDeps) {
  const { signIns, passkeys } = accounts

  return new Hono<SignedInEnv>()
    .get('/step-up', signedIn(), (c) => page(c, nextOf(c.req.query('next'))))
    .post('/step-up', signedIn(), async (c) => {
      const form = readForm(c, CodeForm)
      const to = nextOf(form.ok ? form.value.next : undefined)
      if (!form.ok) return page(c, to, 'codeRefused', 400)
      const { personId, id } = c.var.session
      const { kind: codeKind } = form.value
      const result = await signIns.checkCode({ personId, code: codeOf(form.value), codeKind })
      switch (result.kind) {
        case 'right':
          return goOn(c, await accounts.markStepUp(id, codeKind), to)
        case 'refused':
          return page(c, to, codeKind === 'password' ? 'passwordRefused' : 'codeRefused', 401)
        case 'blocked':
          c.header('Retry-After', String(Math.ceil((result.until - now()) / 1000)))
          return page(c, to, { blockedMinutes: minutesUntil(result.until, now()) }, 429)
      }
    })
    .post('/step-up/options', signedIn(), async (c) => {
      const { personId, id: boundTo } = c.var.session
      return c.json(await passkeys.beginAssertion({ boundTo, personId }))
    })
    .post('/step-up/passkey', signedIn(), async (c) => {
      const form = readForm(c, AnswerForm)
      const to = nextOf(form.ok ? form.value.next : undefined)
      const { personId, id: boundTo } = c.var.session
      const answer = form.ok ? form.value.answer : ''
      const shown = await passkeys.finishAssertion({ boundTo, personId, answer })
      if (shown === undefined) return page(c, to, 'passkeyFailed', 401)
      return goOn(c, await accounts.markStepUp(boundTo, 'passkey'), to)
    })

  function goOn(c: Context<SignedInEnv>, { token }: StartedSession, to: string): Response {
    keepSessionToken(c, token)
    return c.redirect(to, 303)
  }

  async function page(
    c: Context<SignedInEnv>,
    next: string,
    message?: FactorPageProps['message'],
    status: 200 | 400 | 401 | 429 = 200,
  ) {
    const ways = await accounts.findWays(c.var.session.personId)
    const oidc = accounts.oidc !== undefined && ways.oidc > 0
    const shown = {
      passkey: ways.passkeys > 0,
      totp: ways.totp,
      recovery: ways.recoveryCodes > 0,
      password: ways.password && !hasStrongFactor(ways) && !oidc,
      oidc,
    }
    const path = `/step-up?next=${encodeURIComponent(next)}`
    const props = { ...frameOf(c), path, next, message, purpose: 'step-up', ways: shown } as const
    return c.html(<FactorPage {...props} />, status)
  }
}

function nextOf(text: string | undefined): string {
  return safeNext(text, '/profile')
}
