import { Submit } from '../components/buttons.tsx'
import { Card } from '../components/card.tsx'
import { Field } from '../components/field.tsx'
import { Form } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { firstRunWords } from '../locales/first-run.ts'
import type { StepFrame } from './frame.tsx'
import { QrCode } from './qr-code.tsx'

/** What the application of codes is told. */
export interface TotpShown {
  readonly uri: string
  /** Base32. */
  readonly secret: string
}

interface FactorFormsProps {
  readonly frame: StepFrame
  readonly errors: Readonly<Record<string, string>>
  readonly totp?: TotpShown | undefined
  readonly why?: string | undefined
}

/** Codes, a passkey, or later. */
export const FactorForms = ({ frame, errors, totp, why = '' }: FactorFormsProps) => {
  const words = firstRunWords[frame.locale]
  const { csrf } = frame
  return (
    <>
      <p>{words.factorLead}</p>
      <Card title={words.totpTitle}>
        {totp === undefined ? (
          <Notice kind="warning">{words.totpAway(why)}</Notice>
        ) : (
          <>
            <p>{words.totpHow}</p>
            <QrCode text={totp.uri} label={words.totpQr} />
            <p>
              {words.totpSecret}
              {': '}
              <code>{totp.secret.replace(/.{4}(?=.)/g, '$& ')}</code>
            </p>
            <Form action="/first-run/administrator/totp" csrf={csrf}>
              <Field
                name="code"
                label={words.totpCode}
                error={errors.code}
                inputmode="numeric"
                autocomplete="one-time-code"
                required
              />
              <Submit>{words.totpConfirm}</Submit>
            </Form>
          </>
        )}
      </Card>
      <Card title={words.passkeyTitle}>
        <p>{words.passkeyHow}</p>
        <Form action="/first-run/administrator/passkey" csrf={csrf} id="passkey">
          <input type="hidden" name="answer" value="" />
          <p id="passkey-failed" role="alert" hidden>
            {words.passkeyFailed}
          </p>
          <p id="passkey-none" class="hint">
            {words.passkeyNone}
          </p>
          <button type="submit" class="button button-primary" id="passkey-add" hidden>
            {words.passkeyAdd}
          </button>
        </Form>
      </Card>
      <Card title={words.factorLater}>
        <p>{words.factorLaterHint}</p>
        <Form action="/first-run/administrator/later" csrf={csrf}>
          <Submit tone="secondary">{words.factorLater}</Submit>
        </Form>
      </Card>
    </>
  )
}
