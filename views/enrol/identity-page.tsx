import { Submit } from '../components/buttons.tsx'
import { DateTime } from '../components/date-time.tsx'
import { ErrorSummary } from '../components/error-summary.tsx'
import { Field } from '../components/field.tsx'
import { FileField } from '../components/file-field.tsx'
import { Form } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { Select } from '../components/select.tsx'
import { enrolWords } from '../locales/enrol.ts'
import { type EnrolFrame, inWords, StepPage, type Typed } from './frame.tsx'

interface IdentityPageProps extends Typed {
  readonly frame: EnrolFrame
  /** Why the last document was refused. */
  readonly rejection: { readonly reason: string; readonly left: number } | undefined
  /** From an identity provider: it cannot be changed here. */
  readonly boundProfessionalId: string | undefined
}

/** The identity document and the professional identifier. */
export const IdentityPage = (props: IdentityPageProps) => {
  const { frame, rejection, boundProfessionalId, values, errors } = props
  const { locale, csrf } = frame
  const words = enrolWords[locale]
  const wrong = inWords(locale, errors)
  const named = (name: string) => ({ name, value: values[name], error: wrong[name] })
  const kinds = Object.entries(words.kinds).map(([value, label]) => ({ value, label }))
  return (
    <StepPage frame={frame} step="identity" lead={words.identityLead}>
      {rejection && (
        <Notice kind="warning" title={words.rejectedTitle}>
          <p>{rejection.reason}</p>
          <p>{words.rejectedLeft(rejection.left)}</p>
        </Notice>
      )}
      <ErrorSummary errors={wrong} />
      <Form action="/enrol/identity" csrf={csrf} multipart>
        <Select {...named('kind')} label={words.kind} options={kinds} required />
        <Field {...named('last4')} label={words.last4} maxlength={4} required />
        <Field {...named('expiresOn')} type="date" label={words.expiresOn} required />
        <Field
          {...named('professionalId')}
          label={words.professionalId}
          hint={
            boundProfessionalId === undefined ? words.professionalIdHint : words.professionalIdBound
          }
          value={boundProfessionalId ?? values.professionalId}
          readonly={boundProfessionalId !== undefined}
          maxlength={40}
        />
        <FileField
          name="file"
          label={words.file}
          hint={words.fileHint}
          error={wrong.file}
          accept="image/jpeg,image/png,application/pdf"
          required
        />
        <Submit>{words.submitIdentity}</Submit>
      </Form>
    </StepPage>
  )
}

interface SubmittedPageProps {
  readonly frame: EnrolFrame
  readonly organisation: string
  /** Unix ms. */
  readonly submittedAt: number
}

/** It is somebody else's turn. */
export const SubmittedPage = ({ frame, organisation, submittedAt }: SubmittedPageProps) => {
  const words = enrolWords[frame.locale]
  return (
    <StepPage frame={frame} step="verification">
      <Notice kind="success" title={words.waitingTitle}>
        <p>{words.waitingText(organisation)}</p>
        <p>
          {words.submittedOn} <DateTime at={submittedAt} />
        </p>
      </Notice>
    </StepPage>
  )
}
