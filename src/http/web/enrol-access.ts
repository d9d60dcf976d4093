import { type Context, Hono } from 'hono'
import { AppError } from '../../errors.ts'
import type { Enrolment } from '../../people/enrolment/store.ts'
import { open } from './access.ts'
import { PasskeyForm, PasswordForm, ResumeForm } from './enrol-forms.ts'
import { at, type EnrolPagesDeps, forgetLink } from './enrol-holder.ts'
import { showStep } from './enrol-pages.tsx'
import { readForm } from './forms.ts'
import { enter } from './sign-in.tsx'
import { boundTo, originOf } from './sign-in-browser.ts'
import type { WebEnv } from './web-env.ts'

/** Password and factor: with the first the holder is signed in, and his links are void. */
export function enrolAccessRoutes(deps: EnrolPagesDeps) {
  const { enrolments, accounts } = deps
  return new Hono<WebEnv>()
    .post('/enrol/password', open(), (c) =>
      at(c, deps, ['identity-verified'], (enrolment) => setPassword(c, deps, enrolment)),
    )
    .post('/enrol/resume', open(), (c) =>
      at(c, deps, ['identity-verified'], (enrolment) => resume(c, deps, enrolment)),
    )
    .post('/enrol/passkey/options', open(), (c) =>
      at(c, deps, ['identity-verified'], async ({ personId }) => {
        // A link alone adds no factor: only the session that the password began does.
        if (c.var.session === undefined) return c.redirect('/enrol', 303)
        return c.json(await accounts.passkeys.beginRegistration({ personId, boundTo: bound(c) }))
      }),
    )
    .post('/enrol/passkey', open(), (c) =>
      at(c, deps, ['identity-verified'], async (enrolment) => {
        const { id, personId } = enrolment
        const form = readForm(c, PasskeyForm)
        if (!form.ok || c.var.session === undefined) return c.redirect('/enrol', 303)
        const { answer } = form.value
        const name = NAMES[c.var.locale]
        try {
          await accounts.passkeys.finishRegistration({ personId, boundTo: bound(c), answer, name })
        } catch (error) {
          if (!(error instanceof AppError) || error.code !== 'invalid-request') throw error
          return showStep(c, deps, enrolment, { errors: { factor: 'failed' } })
        }
        await enrolments.registerFactor(id)
        return c.redirect('/enrol', 303)
      }),
    )
    .post('/enrol/factor', open(), (c) =>
      at(c, deps, ['identity-verified'], async (enrolment) => {
        if (await enrolments.registerFactor(enrolment.id)) return c.redirect('/enrol', 303)
        return showStep(c, deps, enrolment, { errors: { factor: 'missing' } })
      }),
    )
}

/** What the first passkey is called until its holder names it. */
const NAMES = { fr: 'Première clé d’accès', en: 'First passkey' } as const

function bound(c: Context<WebEnv>): string {
  return boundTo(c) ?? ''
}

async function setPassword(
  c: Context<WebEnv>,
  deps: EnrolPagesDeps,
  enrolment: Enrolment,
): Promise<Response> {
  const { accounts, enrolments } = deps
  const { personId } = enrolment
  // A link is no way to a password that is there: it is changed in the profile.
  if (await accounts.hasPassword(personId)) return c.redirect('/enrol', 303)
  const form = readForm(c, PasswordForm)
  if (!form.ok) return showStep(c, deps, enrolment, { errors: form.errors })
  await enrolments.openAccount(personId, accounts.createAccount)
  try {
    await accounts.setPassword(personId, form.value.password)
  } catch (error) {
    const fault = error instanceof AppError ? error.hints.fault : undefined
    if (fault === undefined) throw error
    return showStep(c, deps, enrolment, { errors: { password: `password-${fault}` } })
  }
  return begin(c, deps, personId)
}

/** Back by the link before there was a factor: the password is asked for. */
async function resume(
  c: Context<WebEnv>,
  deps: EnrolPagesDeps,
  { personId, ...enrolment }: Enrolment,
): Promise<Response> {
  const form = readForm(c, ResumeForm)
  const refused = (password: string) =>
    showStep(c, deps, { ...enrolment, personId }, { errors: { password } })
  if (!form.ok) return refused('password')
  const { password: code } = form.value
  const checked = await deps.accounts.signIns.checkCode({
    personId,
    code,
    codeKind: 'password',
  })
  if (checked.kind === 'right') return begin(c, deps, personId)
  return refused(checked.kind === 'blocked' ? 'password-blocked' : 'password-wrong')
}

/** The session in which a factor is registered. */
async function begin(
  c: Context<WebEnv>,
  { accounts, trustProxy }: EnrolPagesDeps,
  personId: string,
): Promise<Response> {
  const signIn = { ...originOf(c, trustProxy), personId, methods: ['enrolment'] as const }
  const started = await accounts.startSession(signIn)
  forgetLink(c)
  return enter(c, accounts, { kind: 'signed-in', ...started }, '/enrol')
}
