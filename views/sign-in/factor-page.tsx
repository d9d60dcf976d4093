import { LinkButton, Submit } from '../components/buttons.tsx'
import { Card } from '../components/card.tsx'
import { Field } from '../components/field.tsx'
import { Form } from '../components/form.tsx'
import { Page } from '../components/page.tsx'
import type { Viewer } from '../components/viewer.ts'
import type { Locale } from '../locales/locale.ts'
import { type SignInMessage, signInWords } from '../locales/sign-in.ts'
import { PASSKEY_SCRIPT, PasskeyForm } from './passkey-form.tsx'
import { Message } from './sign-in-page.tsx'

export interface FactorPageProps {
  readonly locale: Locale
  readonly path: string
  readonly csrf: string
  readonly next: string
  /** `sign-in`: after the password. `step-up`: of somebody who is signed in. */
  readonly purpose: 'sign-in' | 'step-up'
  readonly viewer?: Viewer | undefined
  readonly ways: {
    readonly passkey: boolean
    readonly totp: boolean
    readonly recovery: boolean
    /** For a step-up of those who have nothing else. */
    readonly password: boolean
    readonly oidc: boolean
  }
  readonly message?: SignInMessage | { readonly blockedMinutes: number } | undefined
}

const ACTIONS = { 'sign-in': '/sign-in/factor', 'step-up': '/step-up' } as const

/** A factor is asked for: whichever the person has. */
export const FactorPage = (props: FactorPageProps) => {
  const { locale, path, csrf, next, purpose, viewer, ways, message } = props
  const words = signInWords[locale]
  const action = ACTIONS[purpose]
  const isStepUp = purpose === 'step-up'
  return (
    <Page
      {...{ locale, path, viewer }}
      title={isStepUp ? words.stepUpTitle : words.factorTitle}
      lead={isStepUp ? words.stepUpLead : words.factorLead}
      width="narrow"
      scripts={[PASSKEY_SCRIPT]}
    >
      <Message locale={locale} message={message} />
      {Object.values(ways).every((has) => !has) && (
        <Card title={words.noFactorTitle}>
          <p>{words.noFactorText}</p>
        </Card>
      )}
      {ways.passkey && (
        <Card title={words.passkeyTitle}>
          <PasskeyForm
            action={`${action}/passkey`}
            options={`${action}/options`}
            use="get"
            csrf={csrf}
            button={words.passkeyButton}
            failed={words.passkeyFailed}
            needsScript={words.passkeyNeedsScript}
            hidden={{ next }}
          />
        </Card>
      )}
      {ways.totp && <CodeCard {...{ locale, action, csrf, next }} kind="totp" />}
      {ways.recovery && <CodeCard {...{ locale, action, csrf, next }} kind="recovery" />}
      {ways.password && (
        <Card title={words.passwordTitle}>
          <Form action={action} csrf={csrf}>
            <input type="hidden" name="next" value={next} />
            <input type="hidden" name="kind" value="password" />
            <Field
              name="password"
              label={words.passwordLabel}
              type="password"
              autocomplete="current-password"
              maxlength={200}
              required
            />
            <Submit>{words.confirmButton}</Submit>
          </Form>
        </Card>
      )}
      {ways.oidc && (
        <Card title={words.oidcTitle}>
          <LinkButton href={`/step-up/oidc?next=${encodeURIComponent(next)}`}>
            {words.stepUpOidcButton}
          </LinkButton>
        </Card>
      )}
      <p>
        <a href={isStepUp ? '/home' : '/sign-in'}>{isStepUp ? words.back : words.startOver}</a>
      </p>
    </Page>
  )
}

interface CodeCardProps {
  readonly locale: Locale
  readonly action: string
  readonly csrf: string
  readonly next: string
  readonly kind: 'totp' | 'recovery'
}

const CodeCard = ({ locale, action, csrf, next, kind }: CodeCardProps) => {
  const words = signInWords[locale]
  const isTotp = kind === 'totp'
  return (
    <Card title={isTotp ? words.totpTitle : words.recoveryTitle}>
      <Form action={action} csrf={csrf}>
        <input type="hidden" name="next" value={next} />
        <input type="hidden" name="kind" value={kind} />
        <Field
          name={isTotp ? 'totp-code' : 'recovery-code'}
          label={isTotp ? words.totpLabel : words.recoveryLabel}
          hint={isTotp ? words.totpHint : words.recoveryHint}
          autocomplete={isTotp ? 'one-time-code' : 'off'}
          inputmode={isTotp ? 'numeric' : 'text'}
          maxlength={40}
          required
        />
        <Submit>{words.confirmButton}</Submit>
      </Form>
    </Card>
  )
}
