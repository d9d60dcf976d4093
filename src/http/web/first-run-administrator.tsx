import { createHash } from 'node:crypto'
import type { Context } from 'hono'
import { Hono } from 'hono'
import { z } from 'zod'
import { AdministratorPage } from '../../../views/first-run/administrator-page.tsx'
import { IdentityMinutes } from '../../../views/first-run/identity-minutes.tsx'
import { firstRunWords } from '../../../views/locales/first-run.ts'
import { AppError } from '../../errors.ts'
import { passwordFault } from '../../first-run/administrator.ts'
import { normaliseMobile } from '../../first-run/mobile.ts'
import type { PasswordFault } from '../../people/accounts/password-rules.ts'
import { open } from './access.ts'
import { detailOf } from './first-run-details.ts'
import { type FirstRunPageDeps, holderOf, inWords, stepFrame } from './first-run-env.ts'
import { reached } from './first-run-reached.ts'
import { readForm } from './forms.ts'
import type { HolderEnv } from './web-env.ts'

const name = z.string('nameError').min(1, 'nameError').max(100, 'nameError')

const passwords = {
  password: z.string('passwordTooShort'),
  passwordAgain: z.string('passwordAgainError'),
}
const areSame = ({ password, passwordAgain }: { password: string; passwordAgain: string }) =>
  password === passwordAgain
const DIFFERENT = { error: 'passwordAgainError', path: ['passwordAgain'] }

const IdentityForm = z
  .object({
    givenName: name,
    familyName: name,
    email: z.email('emailError').max(254, 'emailError'),
    mobile: z.string('mobileError').transform((text, context) => {
      const mobile = normaliseMobile(text)
      if (mobile !== undefined) return mobile
      context.addIssue({ code: 'custom', message: 'mobileError' })
      return z.NEVER
    }),
    ...passwords,
  })
  .refine(areSame, DIFFERENT)

const PasswordForm = z.object(passwords).refine(areSame, DIFFERENT)
const CodeForm = z.object({ code: z.string('totpCodeError').max(20, 'totpCodeError') })
const AttestationForm = z.object({ attested: z.literal('on', 'attestAcceptError') })

const FAULTS: Readonly<Record<PasswordFault, string>> = {
  'too-short': 'passwordTooShort',
  'too-long': 'passwordTooLong',
  common: 'passwordCommon',
  'about-you': 'passwordAboutYou',
}

type Need = 'identity' | 'password' | 'factor' | 'attestation' | 'nothing'

/** Step 3: the first administrator, from his name to the minutes that attest him. */
export function administratorRoutes({ firstRun }: FirstRunPageDeps) {
  const { accounts } = firstRun

  /** The page that asks for something, with what was wrong about it. */
  async function show(
    c: Context<HolderEnv>,
    need: Need,
    { values = {}, errors = {} }: { values?: Texts; errors?: Texts } = {},
  ) {
    const { personId } = c.var.run
    const page = {
      frame: stepFrame(c, 'administrator'),
      ...{ need, values, errors: inWords(c, errors) },
      hasFactor: personId !== null && (await accounts.hasFactor(personId)),
      ...(need === 'factor' && personId !== null && (await setUpTotp(personId))),
    }
    const status = Object.keys(errors).length > 0 ? 422 : 200
    return c.html(<AdministratorPage {...page} />, status)
  }

  /** Codes need the HSM; without it a person can go on and come back. */
  async function setUpTotp(personId: string) {
    try {
      return { totp: await accounts.totp.setUp(personId) }
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      return { why: error.message }
    }
  }

  return new Hono<HolderEnv>()
    .get('/administrator', open(), reached('administrator'), async (c) =>
      show(c, (await firstRun.findNeed()) ?? 'nothing'),
    )
    .get('/administrator/identity', open(), reached('administrator'), async (c) => {
      if (c.var.run.done.has('administrator')) return c.redirect('/first-run/administrator', 303)
      return show(c, 'identity', { values: { ...(await firstRun.findIdentity()) } })
    })
    .get('/administrator/factor', open(), reached('administrator'), (c) =>
      c.var.run.personId === null ? show(c, 'identity') : show(c, 'factor'),
    )
    .post('/administrator', open(), async (c) => {
      const form = readForm(c, IdentityForm)
      if (!form.ok) return show(c, 'identity', form)
      const { password, passwordAgain: _, ...identity } = form.value
      const fault = passwordFault(password, identity)
      if (fault !== undefined) {
        return show(c, 'identity', { values: identity, errors: { password: FAULTS[fault] } })
      }
      await firstRun.enterAdministrator(identity)
      await accounts.setPassword(requirePerson(await firstRun.get()), password)
      return c.redirect('/first-run/administrator', 303)
    })
    .post('/administrator/password', open(), async (c) => {
      const form = readForm(c, PasswordForm)
      const identity = await firstRun.findIdentity()
      if (!form.ok) return show(c, 'password', form)
      const { password } = form.value
      const fault = identity && passwordFault(password, identity)
      if (fault !== undefined) return show(c, 'password', { errors: { password: FAULTS[fault] } })
      await accounts.setPassword(requirePerson(c.var.run), password)
      return c.redirect('/first-run/administrator', 303)
    })
    .post('/administrator/totp', open(), async (c) => {
      const form = readForm(c, CodeForm)
      const isRight = form.ok && (await isConfirmed(requirePerson(c.var.run), form.value.code))
      if (!isRight) return show(c, 'factor', { errors: { code: 'totpCodeError' } })
      return c.redirect('/first-run/administrator', 303)
    })
    .post('/administrator/passkey/options', open(), async (c) => {
      const who = { personId: requirePerson(c.var.run), boundTo: boundTo(c) }
      return c.json(await accounts.passkeys.beginRegistration(who))
    })
    .post('/administrator/passkey', open(), async (c) => {
      await accounts.passkeys.finishRegistration({
        personId: requirePerson(c.var.run),
        boundTo: boundTo(c),
        answer: String(c.var.form?.get('answer') ?? ''),
        name: firstRunWords[c.var.locale].passkeyName,
      })
      return c.redirect('/first-run/administrator', 303)
    })
    .post('/administrator/later', open(), (c) => show(c, 'attestation'))
    .get('/administrator/minutes', open(), reached('administrator'), async (c) => {
      const identity = await firstRun.findIdentity()
      if (identity === undefined) throw nothingThere()
      const { givenName, familyName, email, mobile } = identity
      const organisation = detailOf(c.var.run, 'organisation')
      return c.html(
        <IdentityMinutes
          locale={c.var.locale}
          path={c.req.path}
          organisation={organisation?.name ?? ''}
          siren={organisation?.siren ?? ''}
          name={`${givenName} ${familyName}`}
          {...{ email, mobile }}
        />,
      )
    })
    .post('/administrator/attestation', open(), async (c) => {
      const form = readForm(c, AttestationForm)
      if (!form.ok) return show(c, 'attestation', form)
      await firstRun.attestAdministrator()
      return c.redirect('/first-run', 303)
    })

  async function isConfirmed(personId: string, code: string): Promise<boolean> {
    try {
      await accounts.totp.confirm(personId, code)
      return true
    } catch (error) {
      if (error instanceof AppError && error.code === 'invalid-request') return false
      throw error
    }
  }
}

type Texts = Readonly<Record<string, string>>

function requirePerson({ personId }: Pick<HolderEnv['Variables']['run'], 'personId'>): string {
  if (personId !== null) return personId
  throw new AppError('invalid-request', 'Say who the administrator is first.')
}

/** A question to one browser is answered by no other. */
function boundTo(c: Context<HolderEnv>): string {
  return createHash('sha256')
    .update(holderOf(c) ?? '')
    .digest('hex')
}

function nothingThere(): AppError {
  return new AppError('not-found', 'There is nothing at this address.')
}
