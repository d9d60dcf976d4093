import { type Context, Hono } from 'hono'
import { AppError } from '../../errors.ts'
import type { Channel } from '../../people/enrolment/codes.ts'
import type { Enrolment } from '../../people/enrolment/store.ts'
import { open } from './access.ts'
import { keepSessionToken } from './cookies.ts'
import {
  ConditionsForm,
  IdentityForm,
  MailCodeForm,
  MobileCodeForm,
  MobileForm,
} from './enrol-forms.ts'
import { at, type EnrolPagesDeps } from './enrol-holder.ts'
import { showStep } from './enrol-pages.tsx'
import { readForm } from './forms.ts'
import type { WebEnv } from './web-env.ts'

/** Each step as what one posts. What is out of its turn leads to the page that is due. */
export function enrolStepRoutes(deps: EnrolPagesDeps) {
  const { enrolments } = deps
  return new Hono<WebEnv>()
    .post('/enrol/mail', open(), (c) =>
      at(c, deps, ['started'], (enrolment) => send(c, deps, enrolment, { channel: 'mail' })),
    )
    .post('/enrol/mail-code', open(), (c) =>
      at(c, deps, ['started'], async (enrolment) => {
        const form = readForm(c, MailCodeForm)
        if (!form.ok) return showStep(c, deps, enrolment, form)
        const typed = { channel: 'mail', code: form.value.mailCode } as const
        return check(c, deps, enrolment, { typed, field: 'mailCode' })
      }),
    )
    .post('/enrol/mobile', open(), (c) =>
      at(c, deps, ['started'], async (enrolment) => {
        const form = readForm(c, MobileForm)
        if (!form.ok) return showStep(c, deps, enrolment, form)
        return send(c, deps, enrolment, { channel: 'sms', mobile: form.value.mobile })
      }),
    )
    .post('/enrol/mobile-code', open(), (c) =>
      at(c, deps, ['started'], async (enrolment) => {
        const form = readForm(c, MobileCodeForm)
        if (!form.ok) return showStep(c, deps, enrolment, form)
        const typed = { channel: 'sms', code: form.value.mobileCode } as const
        return check(c, deps, enrolment, { typed, field: 'mobileCode' })
      }),
    )
    .post('/enrol/identity', open(), (c) =>
      at(c, deps, ['contact-verified', 'identity-rejected'], (enrolment) =>
        submit(c, deps, enrolment),
      ),
    )
    .post('/enrol/certificate', open(), (c) =>
      at(c, deps, ['factor-registered', 'key-generated'], async ({ id }) => {
        await enrolments.makeCertificate(id)
        return c.redirect('/enrol', 303)
      }),
    )
    .post('/enrol/conditions', open(), (c) =>
      at(c, deps, ['certificate-issued'], async (enrolment) => {
        const form = readForm(c, ConditionsForm)
        if (!form.ok) return showStep(c, deps, enrolment, form)
        const { version, locale } = form.value
        await enrolments.accept(enrolment.id, { version, locale })
        await actForInviter(c, deps, enrolment)
        return c.redirect('/enrol', 303)
      }),
    )
}

async function send(
  c: Context<WebEnv>,
  deps: EnrolPagesDeps,
  enrolment: Enrolment,
  to: { readonly channel: Channel; readonly mobile?: string },
): Promise<Response> {
  const field = to.channel === 'mail' ? 'mailCode' : 'mobile'
  try {
    await deps.enrolments.sendCode(enrolment.id, to)
  } catch (error) {
    if (!(error instanceof AppError) || error.code !== 'too-many-requests') throw error
    c.header('Retry-After', String(error.hints.retryAfterSeconds))
    const values = to.mobile === undefined ? {} : { mobile: to.mobile }
    return showStep(c, deps, enrolment, { values, errors: { [field]: 'too-soon' } })
  }
  return c.redirect('/enrol', 303)
}

async function check(
  c: Context<WebEnv>,
  deps: EnrolPagesDeps,
  enrolment: Enrolment,
  { typed, field }: { typed: { channel: Channel; code: string }; field: string },
): Promise<Response> {
  const verdict = await deps.enrolments.checkCode(enrolment.id, typed)
  if (verdict === 'right') return c.redirect('/enrol', 303)
  return showStep(c, deps, enrolment, { errors: { [field]: `code-${verdict}` } })
}

async function submit(
  c: Context<WebEnv>,
  deps: EnrolPagesDeps,
  enrolment: Enrolment,
): Promise<Response> {
  const { enrolments } = deps
  const form = readForm(c, IdentityForm)
  if (!form.ok) return showStep(c, deps, enrolment, form)
  const { kind, last4, expiresOn, professionalId: typed = '', file } = form.value
  const bound = await enrolments.boundProfessionalId(enrolment.personId)
  const professionalId = bound ?? (typed === '' ? null : typed)
  const values = { kind, last4, expiresOn, professionalId: typed }
  try {
    await enrolments.submitIdentity(enrolment.id, {
      ...{ kind, last4, expiresOn, professionalId },
      professionalIdSource: bound === undefined ? 'typed' : 'oidc',
      file: new Uint8Array(await file.arrayBuffer()),
    })
  } catch (error) {
    const { field, reason } = error instanceof AppError ? error.hints : {}
    const key = FILE_REFUSALS[String(reason)] ?? REFUSALS[String(field)]
    if (key === undefined) throw error
    return showStep(c, deps, enrolment, { values, errors: { [String(field)]: key } })
  }
  return c.redirect('/enrol', 303)
}

/** What the service refuses at a field, in the page's words. */
const REFUSALS: Readonly<Record<string, string>> = {
  expiresOn: 'ended',
  file: 'file-refused',
}

/** Why a file was refused, where there is something better to say than what files there may be. */
const FILE_REFUSALS: Readonly<Record<string, string>> = {
  heic: 'file-heic',
  damaged: 'file-damaged',
  'too-large': 'file-large',
  'pdf-too-large': 'file-large',
  'too-many-points': 'file-large',
  'pdf-encrypted': 'file-encrypted',
  'pdf-active': 'file-active',
}

/** The session began before its person was a member of anything. */
async function actForInviter(
  c: Context<WebEnv>,
  { accounts }: EnrolPagesDeps,
  { organisationId }: Enrolment,
): Promise<void> {
  const { session } = c.var
  if (session === undefined || session.organisationId !== null) return
  try {
    const { token } = await accounts.chooseOrganisation(session.id, organisationId)
    keepSessionToken(c, token)
  } catch (error) {
    // A term that is to come: there is nothing to act for yet.
    if (!(error instanceof AppError) || error.code !== 'not-authorised') throw error
  }
}
