import { type Context, Hono } from 'hono'
import { create } from 'qrcode'
import { z } from 'zod'
import { profileWords } from '../../../views/locales/profile.ts'
import {
  OidcPage,
  PasswordPage,
  RecoveryPage,
  RemovalPage,
  TotpPage,
} from '../../../views/profile/factor-pages.tsx'
import { AppError } from '../../errors.ts'
import { signedIn, withStepUp } from './access.ts'
import { readForm } from './forms.ts'
import { frameOf } from './frame.ts'
import { faultOf, toProfile } from './profile-done.ts'
import type { SignInPageDeps } from './sign-in.tsx'
import type { SignedInEnv } from './web-env.ts'

const PasswordForm = z.object({
  password: z.string().max(400),
  'repeated-password': z.string().max(400),
})
const CodeForm = z.object({ 'totp-code': z.string().max(10) })

/** Password, application of codes, recovery codes, external account: each asks for a fresh factor. */
export function profileKnownRoutes({ accounts, now }: SignInPageDeps) {
  const stepUp = () => withStepUp<SignedInEnv>(now)

  return new Hono<SignedInEnv>()
    .get('/profile/password', signedIn(), stepUp(), (c) => passwordPage(c))
    .post('/profile/password', signedIn(), stepUp(), async (c) => {
      const { personId, id } = c.var.session
      const words = profileWords[c.var.locale]
      const form = readForm(c, PasswordForm)
      if (!form.ok) return passwordPage(c, { password: words.faults['too-long'] })
      const { password, 'repeated-password': repeated } = form.value
      if (password !== repeated) return passwordPage(c, { repeated: words.different })
      const fault = await accounts
        .setPassword(personId, password, id)
        .then(() => undefined, faultOf)
      if (fault === undefined) return toProfile(c, 'passwordChanged')
      const texts = Object.entries(words.faults)
      const said = texts.find(([name]) => name === fault)?.[1]
      return passwordPage(c, { password: said ?? fault })
    })
    .get('/profile/totp', signedIn(), stepUp(), (c) => totpPage(c))
    .post('/profile/totp', signedIn(), stepUp(), async (c) => {
      const form = readForm(c, CodeForm)
      const code = form.ok ? form.value['totp-code'] : ''
      const isRight = await accounts.totp
        .confirm(c.var.session.personId, code)
        .then(() => true, isRefusal)
      if (isRight) return toProfile(c, 'factorAdded')
      return totpPage(c, profileWords[c.var.locale].totpWrong)
    })
    .get('/profile/totp/removal', signedIn(), stepUp(), (c) => removalPage(c, 'totp'))
    .post('/profile/totp/removal', signedIn(), stepUp(), async (c) => {
      const fault = await accounts.totp
        .remove(c.var.session.personId)
        .then(() => undefined, faultOf)
      return fault === undefined
        ? toProfile(c, 'factorRemoved')
        : removalPage(c, 'totp', profileWords[c.var.locale].lastWay)
    })
    .get('/profile/recovery-codes', signedIn(), stepUp(), (c) =>
      c.html(<RecoveryPage {...frameOf(c)} />),
    )
    .post('/profile/recovery-codes', signedIn(), stepUp(), async (c) => {
      const codes = await accounts.recovery.regenerate(c.var.session.personId)
      return c.html(<RecoveryPage {...frameOf(c)} codes={codes} />)
    })
    .get('/profile/oidc', signedIn(), stepUp(), (c) => c.html(<OidcPage {...frameOf(c)} />))
    .post('/profile/oidc', signedIn(), stepUp(), async (c) => {
      const { oidc } = accounts
      if (oidc === undefined) throw new AppError('not-found', 'No identity provider is set up.')
      const { personId, id: boundTo } = c.var.session
      const next = '/profile?done=factorAdded'
      const href = await oidc.begin({ boundTo, personId, purpose: 'bind', next })
      return c.html(<OidcPage {...frameOf(c)} href={href} />)
    })
    .get('/profile/oidc/removal', signedIn(), stepUp(), (c) => removalPage(c, 'oidc'))
    .post('/profile/oidc/removal', signedIn(), stepUp(), async (c) => {
      const fault = await accounts
        .unbindSubjects(c.var.session.personId)
        .then(() => undefined, faultOf)
      return fault === undefined
        ? toProfile(c, 'factorRemoved')
        : removalPage(c, 'oidc', profileWords[c.var.locale].lastWay)
    })

  async function passwordPage(
    c: Context<SignedInEnv>,
    errors?: { readonly password?: string; readonly repeated?: string },
  ) {
    const { personId } = c.var.session
    const { email = '' } = (await accounts.findProfile(personId)) ?? {}
    const hasPassword = await accounts.hasPassword(personId)
    const props = { ...frameOf(c), email, hasPassword, errors }
    return c.html(<PasswordPage {...props} />, errors === undefined ? 200 : 400)
  }

  async function totpPage(c: Context<SignedInEnv>, error?: string) {
    const { uri, secret } = await accounts.totp.setUp(c.var.session.personId)
    const props = { ...frameOf(c), image: drawQr(uri), secret, error }
    return c.html(<TotpPage {...props} />, error === undefined ? 200 : 400)
  }

  function removalPage(c: Context<SignedInEnv>, which: 'totp' | 'oidc', error?: string) {
    const words = profileWords[c.var.locale]
    const texts = {
      totp: [words.removeTotpTitle, words.removeTotpText, words.removeTotpButton],
      oidc: [words.oidcRemoveTitle, words.oidcRemoveText, words.oidcRemoveButton],
    } as const
    const [title, text, confirm] = texts[which]
    const action = `/profile/${which}/removal`
    const props = { ...frameOf(c), path: action, title, text, confirm, action, error }
    return c.html(<RemovalPage {...props} />, error === undefined ? 200 : 400)
  }
}

/** Rows of a QR code, `1` for a dark module. */
function drawQr(text: string): string[] {
  const { size, data } = create(text, { errorCorrectionLevel: 'M' }).modules
  return Array.from({ length: size }, (_, y) =>
    [...data.subarray(y * size, (y + 1) * size)].map((module) => (module ? '1' : '0')).join(''),
  )
}

function isRefusal(error: unknown): false {
  if (error instanceof AppError && error.code === 'invalid-request') return false
  throw error
}
