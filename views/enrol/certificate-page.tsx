import { Submit } from '../components/buttons.tsx'
import { Card, Facts } from '../components/card.tsx'
import { Checkbox } from '../components/checkbox.tsx'
import { DateTime } from '../components/date-time.tsx'
import { ErrorSummary } from '../components/error-summary.tsx'
import { Form } from '../components/form.tsx'
import { enrolWords } from '../locales/enrol.ts'
import { type EnrolFrame, inWords, StepPage } from './frame.tsx'

interface CertificatePageProps {
  readonly frame: EnrolFrame
  readonly givenName: string
  readonly familyName: string
}

/** Key and certificate are about to be made. */
export const CertificatePage = ({ frame, givenName, familyName }: CertificatePageProps) => {
  const words = enrolWords[frame.locale]
  return (
    <StepPage frame={frame} step="certificate" lead={words.certificateLead}>
      <Card>
        <Facts
          items={[
            [words.givenName, givenName],
            [words.familyName, familyName],
          ]}
        />
        <p>{words.certificateNames}</p>
        <p class="hint">{words.certificateText}</p>
        <Form action="/enrol/certificate" csrf={frame.csrf}>
          <Submit>{words.makeCertificate}</Submit>
        </Form>
      </Card>
    </StepPage>
  )
}

interface ConditionsPageProps {
  readonly frame: EnrolFrame
  readonly certificate: {
    readonly subject: string
    readonly serial: string
    readonly notBefore: number
    readonly notAfter: number
  }
  readonly version: string
  readonly paragraphs: readonly string[]
  readonly errors: Readonly<Record<string, string>>
}

/** The holder reads his data and accepts the conditions. */
export const ConditionsPage = (props: ConditionsPageProps) => {
  const { frame, certificate, version, paragraphs, errors } = props
  const { locale, csrf } = frame
  const words = enrolWords[locale]
  const wrong = inWords(locale, errors)
  return (
    <StepPage frame={frame} step="conditions" lead={words.conditionsLead}>
      <ErrorSummary errors={wrong} />
      <Card title={words.yourData}>
        <Facts
          items={[
            [words.subject, certificate.subject],
            [words.serial, certificate.serial],
            [words.validFrom, <DateTime at={certificate.notBefore} />],
            [words.validTo, <DateTime at={certificate.notAfter} />],
          ]}
        />
      </Card>
      <Card title={words.conditions}>
        <ol>
          {paragraphs.map((text) => (
            <li>{text}</li>
          ))}
        </ol>
        <p class="hint">{words.conditionsVersion(version)}</p>
        <Form action="/enrol/conditions" csrf={csrf}>
          <input type="hidden" name="version" value={version} />
          <input type="hidden" name="locale" value={locale} />
          <Checkbox name="accept" label={words.accept} error={wrong.accept} required />
          <Submit>{words.acceptSubmit}</Submit>
        </Form>
      </Card>
    </StepPage>
  )
}
