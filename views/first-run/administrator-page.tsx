import { Actions, LinkButton, Submit } from '../components/buttons.tsx'
import { Card } from '../components/card.tsx'
import { Checkbox } from '../components/checkbox.tsx'
import { ErrorSummary } from '../components/error-summary.tsx'
import { Form } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { firstRunWords } from '../locales/first-run.ts'
import { FactorForms, type TotpShown } from './factor-forms.tsx'
import { type StepFrame, StepPage } from './frame.tsx'
import { IdentityForm, PasswordFields } from './identity-form.tsx'

interface AdministratorPageProps {
  readonly frame: StepFrame
  /** What is asked for on this page. */
  readonly need: 'identity' | 'password' | 'factor' | 'attestation' | 'nothing'
  readonly values: Readonly<Record<string, string>>
  readonly errors: Readonly<Record<string, string>>
  readonly hasFactor: boolean
  /** For `factor`: absent when the HSM is away. */
  readonly totp?: TotpShown | undefined
  /** Why there is none, for whoever mends it. */
  readonly why?: string | undefined
}

/** Step 3: who he is, his password, his factor, and the minutes that attest him. */
export const AdministratorPage = (props: AdministratorPageProps) => {
  const { frame, need, values, errors, hasFactor, totp, why } = props
  const words = firstRunWords[frame.locale]
  return (
    <StepPage
      frame={frame}
      lead={words.administratorLead}
      scripts={need === 'factor' ? ['/static/first-run-passkey.js'] : []}
    >
      <ErrorSummary errors={errors} />
      {need === 'identity' && <IdentityForm {...{ frame, values, errors }} />}
      {need === 'password' && (
        <Form action="/first-run/administrator/password" csrf={frame.csrf}>
          <PasswordFields words={words} errors={errors} />
          <Submit>{words.continue}</Submit>
        </Form>
      )}
      {need === 'factor' && <FactorForms {...{ frame, errors, totp, why }} />}
      {need === 'attestation' && <AttestationForm {...{ frame, errors, hasFactor }} />}
      {need === 'nothing' && <Done {...{ frame, hasFactor }} />}
    </StepPage>
  )
}

type PartProps = Pick<AdministratorPageProps, 'frame' | 'errors' | 'hasFactor'>

const AttestationForm = ({ frame, errors, hasFactor }: PartProps) => {
  const words = firstRunWords[frame.locale]
  return (
    <Card title={words.attestTitle}>
      {hasFactor && <Notice kind="success">{words.factorThere}</Notice>}
      <p>{words.attestHow}</p>
      <Actions>
        <LinkButton href="/first-run/administrator/minutes">{words.attestPrint}</LinkButton>
        <LinkButton href="/first-run/administrator/identity">{words.identityCorrect}</LinkButton>
      </Actions>
      <Form action="/first-run/administrator/attestation" csrf={frame.csrf}>
        <Checkbox name="attested" label={words.attestAccept} error={errors.attested} required />
        <Submit>{words.attestConfirm}</Submit>
      </Form>
    </Card>
  )
}

const Done = ({ frame, hasFactor }: Pick<PartProps, 'frame' | 'hasFactor'>) => {
  const words = firstRunWords[frame.locale]
  return (
    <>
      <Notice kind="success">{words.done}</Notice>
      {!hasFactor && (
        <Notice kind="warning">
          <p>{words.factorMissing}</p>
          <LinkButton href="/first-run/administrator/factor">{words.factorAdd}</LinkButton>
        </Notice>
      )}
    </>
  )
}
