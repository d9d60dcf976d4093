import { Actions, LinkButton, Submit } from '../components/buttons.tsx'
import { Card } from '../components/card.tsx'
import { ErrorSummary } from '../components/error-summary.tsx'
import { Field } from '../components/field.tsx'
import { Form } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { enrolWords } from '../locales/enrol.ts'
import { PASSKEY_SCRIPT, PasskeyForm } from '../sign-in/passkey-form.tsx'
import { type EnrolFrame, inWords, StepPage } from './frame.tsx'

interface PasswordPageProps {
  readonly frame: EnrolFrame
  readonly email: string
  readonly errors: Readonly<Record<string, string>>
}

/** The password; with it the holder signs in from now on. */
export const PasswordPage = ({ frame, email, errors }: PasswordPageProps) => {
  const { locale, csrf } = frame
  const words = enrolWords[locale]
  const wrong = inWords(locale, errors)
  return (
    <StepPage frame={frame} step="access" lead={words.accessLead}>
      <ErrorSummary errors={wrong} />
      <Form action="/enrol/password" csrf={csrf}>
        <Field
          name="email"
          type="email"
          label={words.signInAddress}
          value={email}
          autocomplete="username"
          readonly
        />
        <Field
          name="password"
          type="password"
          label={words.password}
          hint={words.passwordHint}
          error={wrong.password}
          autocomplete="new-password"
          required
        />
        <Field
          name="passwordAgain"
          type="password"
          label={words.passwordAgain}
          error={wrong.passwordAgain}
          autocomplete="new-password"
          required
        />
        <Submit>{words.setPassword}</Submit>
      </Form>
    </StepPage>
  )
}

/** Back before there was a second way: the password shows that it is the same person. */
export const ResumePage = ({ frame, email, errors }: PasswordPageProps) => {
  const { locale, csrf } = frame
  const words = enrolWords[locale]
  const wrong = inWords(locale, errors)
  return (
    <StepPage frame={frame} step="access" lead={words.resumeLead}>
      <ErrorSummary errors={wrong} />
      <Form action="/enrol/resume" csrf={csrf}>
        <Field
          name="email"
          type="email"
          label={words.signInAddress}
          value={email}
          autocomplete="username"
          readonly
        />
        <Field
          name="password"
          type="password"
          label={words.password}
          error={wrong.password}
          autocomplete="current-password"
          required
        />
        <Submit>{words.resumeSubmit}</Submit>
      </Form>
    </StepPage>
  )
}

interface FactorPageProps {
  readonly frame: EnrolFrame
  readonly hasFactor: boolean
  readonly problem: string | undefined
}

/** The second way to sign in: a passkey here and now, or an application of codes. */
export const FactorPage = ({ frame, hasFactor, problem }: FactorPageProps) => {
  const words = enrolWords[frame.locale]
  return (
    <StepPage frame={frame} step="access" lead={words.accessLead} scripts={[PASSKEY_SCRIPT]}>
      {problem === 'missing' && <Notice kind="error">{words.factorMissing}</Notice>}
      {problem === 'failed' && <Notice kind="error">{words.factorFailed}</Notice>}
      <Card title={words.factorTitle}>
        <p>{words.factorText}</p>
        {!hasFactor && (
          <PasskeyForm
            action="/enrol/passkey"
            options="/enrol/passkey/options"
            use="create"
            csrf={frame.csrf}
            button={words.factorNow}
            failed={words.factorFailed}
            needsScript={words.factorNeedsScript}
          />
        )}
        <Form action="/enrol/factor" csrf={frame.csrf}>
          <Actions>
            {!hasFactor && <LinkButton href="/profile/totp">{words.factorOther}</LinkButton>}
            <Submit tone={hasFactor ? 'primary' : 'secondary'}>{words.factorContinue}</Submit>
          </Actions>
        </Form>
      </Card>
    </StepPage>
  )
}
