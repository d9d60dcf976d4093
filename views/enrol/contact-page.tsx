import { Badge } from '../components/badge.tsx'
import { Submit } from '../components/buttons.tsx'
import { Card } from '../components/card.tsx'
import { ErrorSummary } from '../components/error-summary.tsx'
import { Field } from '../components/field.tsx'
import { Form } from '../components/form.tsx'
import { enrolWords } from '../locales/enrol.ts'
import { type EnrolFrame, inWords, StepPage, type Typed } from './frame.tsx'

interface ContactPageProps extends Typed {
  readonly frame: EnrolFrame
  readonly email: string
  readonly isMailVerified: boolean
  readonly isMailSent: boolean
  readonly mobile: string | null
  readonly isMobileVerified: boolean
  readonly isMobileSent: boolean
}

/** E-mail and mobile phone, each shown to be one's own by a code. */
export const ContactPage = (props: ContactPageProps) => (
  <StepPage frame={props.frame} step="contact">
    <ErrorSummary errors={inWords(props.frame.locale, props.errors)} />
    <MailCard {...props} />
    <MobileCard {...props} />
  </StepPage>
)

const MailCard = ({ frame, email, isMailVerified, isMailSent, errors }: ContactPageProps) => {
  const { locale, csrf } = frame
  const words = enrolWords[locale]
  const wrong = inWords(locale, errors)
  if (isMailVerified) return <Verified {...{ locale, title: words.mailTitle, address: email }} />
  return (
    <Card title={words.mailTitle}>
      {!isMailSent && <p>{words.mailText(email)}</p>}
      {isMailSent && (
        <Form action="/enrol/mail-code" csrf={csrf}>
          <p>{words.codeSent(email)}</p>
          <CodeField label={words.code} name="mailCode" error={wrong.mailCode} />
          <Submit>{words.check}</Submit>
        </Form>
      )}
      <Form action="/enrol/mail" csrf={csrf}>
        <Submit tone={isMailSent ? 'secondary' : 'primary'}>
          {isMailSent ? words.resend : words.sendCode}
        </Submit>
      </Form>
    </Card>
  )
}

const MobileCard = (props: ContactPageProps) => {
  const { frame, mobile, isMobileVerified, isMobileSent, values, errors } = props
  const { locale, csrf } = frame
  const words = enrolWords[locale]
  const wrong = inWords(locale, errors)
  if (isMobileVerified) {
    return <Verified {...{ locale, title: words.mobileTitle, address: mobile ?? '' }} />
  }
  return (
    <Card title={words.mobileTitle}>
      {isMobileSent && (
        <Form action="/enrol/mobile-code" csrf={csrf}>
          <p>{words.codeSent(mobile ?? '')}</p>
          <CodeField label={words.code} name="mobileCode" error={wrong.mobileCode} />
          <Submit>{words.check}</Submit>
        </Form>
      )}
      <Form action="/enrol/mobile" csrf={csrf}>
        <Field
          name="mobile"
          type="tel"
          label={words.mobile}
          hint={words.mobileHint}
          value={values.mobile ?? mobile ?? ''}
          error={wrong.mobile}
          autocomplete="tel"
          maxlength={30}
          required
        />
        <Submit tone={isMobileSent ? 'secondary' : 'primary'}>
          {isMobileSent ? words.resend : words.sendCode}
        </Submit>
      </Form>
    </Card>
  )
}

const CodeField = (props: { label: string; name: string; error: string | undefined }) => (
  <Field {...props} autocomplete="one-time-code" inputmode="numeric" maxlength={12} required />
)

const Verified = (props: { locale: EnrolFrame['locale']; title: string; address: string }) => (
  <Card title={props.title}>
    <p>
      {props.address} <Badge tone="good">{enrolWords[props.locale].verified}</Badge>
    </p>
  </Card>
)
