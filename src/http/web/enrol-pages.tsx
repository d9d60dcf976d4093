import type { Context } from 'hono'
import { FactorPage, PasswordPage, ResumePage } from '../../../views/enrol/access-page.tsx'
import { CertificatePage, ConditionsPage } from '../../../views/enrol/certificate-page.tsx'
import { ContactPage } from '../../../views/enrol/contact-page.tsx'
import { EndPage } from '../../../views/enrol/end-page.tsx'
import { IdentityPage, SubmittedPage } from '../../../views/enrol/identity-page.tsx'
import type { Accounts } from '../../people/accounts/service.ts'
import { CONDITIONS } from '../../people/enrolment/conditions.ts'
import { REJECTIONS_MAX } from '../../people/enrolment/model.ts'
import type { EnrolmentDetail, Enrolments } from '../../people/enrolment/service.ts'
import type { Enrolment } from '../../people/enrolment/store.ts'
import { frameOf } from './frame.ts'
import type { WebEnv } from './web-env.ts'

/** What went wrong with the form that was just posted. */
export interface Refused {
  readonly values?: Readonly<Record<string, string>>
  readonly errors: Readonly<Record<string, string>>
}

interface Deps {
  readonly enrolments: Enrolments
  readonly accounts: Pick<Accounts, 'hasPassword' | 'hasFactor'>
}

interface Shown {
  readonly c: Context<WebEnv>
  readonly deps: Deps
  readonly detail: EnrolmentDetail
  readonly values: Readonly<Record<string, string>>
  readonly errors: Readonly<Record<string, string>>
}

const REFUSED = 422

/** The page of the step at which an enrolment stands. */
export async function showStep(
  c: Context<WebEnv>,
  deps: Deps,
  enrolment: Enrolment,
  refused?: Refused,
): Promise<Response> {
  const { values = {}, errors = {} } = refused ?? {}
  const detail = await deps.enrolments.describe(enrolment)
  const page = await pageOf({ c, deps, detail, values, errors })
  c.header('Cache-Control', 'no-store')
  return c.html(page, refused === undefined ? 200 : REFUSED)
}

function pageOf(shown: Shown) {
  const { c, detail } = shown
  const { enrolment, organisation } = detail
  const frame = frameAt(c)
  switch (enrolment.state) {
    case 'invited':
    case 'started':
      return contactPage(shown)
    case 'contact-verified':
    case 'identity-rejected':
      return identityPage(shown)
    case 'identity-submitted': {
      const submittedAt = detail.proofs[0]?.submittedAt ?? enrolment.movedAt
      return <SubmittedPage {...{ frame, organisation, submittedAt }} />
    }
    case 'identity-verified':
      return accessPage(shown)
    case 'factor-registered':
    case 'key-generated': {
      const { givenName, familyName } = detail.person
      return <CertificatePage {...{ frame, givenName, familyName }} />
    }
    case 'certificate-issued':
      return conditionsPage(shown)
    case 'accepted':
    case 'active':
      return <EndPage {...{ frame, organisation }} what="active" />
    case 'abandoned':
    case 'blocked':
      return <EndPage {...{ frame, organisation }} what={enrolment.state} />
  }
}

/** Whatever was posted, the page is that of `/enrol`. */
function frameAt(c: Context<WebEnv>) {
  return { ...frameOf(c), path: '/enrol' }
}

async function contactPage({ c, deps, detail, values, errors }: Shown) {
  const { enrolment, person } = detail
  const { mail, sms } = await deps.enrolments.sentCodes(enrolment.id)
  return (
    <ContactPage
      {...{ frame: frameAt(c), values, errors }}
      email={person.email}
      isMailVerified={enrolment.proofs.includes('email')}
      isMailSent={mail}
      mobile={enrolment.mobile}
      isMobileVerified={enrolment.proofs.includes('mobile')}
      isMobileSent={sms}
    />
  )
}

async function identityPage({ c, deps, detail, values, errors }: Shown) {
  const { enrolment, proofs } = detail
  const reason = proofs.find(({ state }) => state === 'rejected')?.reason
  const left = REJECTIONS_MAX - enrolment.rejections + 1
  const isRejected = enrolment.state === 'identity-rejected'
  return (
    <IdentityPage
      {...{ frame: frameAt(c), values, errors }}
      rejection={isRejected && reason ? { reason, left } : undefined}
      boundProfessionalId={await deps.enrolments.boundProfessionalId(enrolment.personId)}
    />
  )
}

async function accessPage({ c, deps, detail, errors }: Shown) {
  const frame = frameAt(c)
  const { enrolment, person } = detail
  if (!(await deps.accounts.hasPassword(enrolment.personId))) {
    return <PasswordPage {...{ frame, errors }} email={person.email} />
  }
  if (c.var.session === undefined) {
    return <ResumePage {...{ frame, errors }} email={person.email} />
  }
  const hasFactor = await deps.accounts.hasFactor(enrolment.personId)
  return <FactorPage {...{ frame, hasFactor }} problem={errors.factor} />
}

async function conditionsPage({ c, deps, detail, errors }: Shown) {
  const { certificateId } = detail.enrolment
  const certificate =
    certificateId === null ? undefined : await deps.enrolments.describeCertificate(certificateId)
  if (certificate === undefined) throw new RangeError('an issued certificate is not there')
  const { version, text } = CONDITIONS
  const paragraphs = text[c.var.locale]
  return <ConditionsPage {...{ frame: frameAt(c), certificate, version, paragraphs, errors }} />
}
