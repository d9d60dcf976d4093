import { LinkButton, Submit } from '../components/buttons.tsx'
import { Card } from '../components/card.tsx'
import { Field } from '../components/field.tsx'
import { Form } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { Page } from '../components/page.tsx'
import type { Locale } from '../locales/locale.ts'
import { type SignInMessage, signInWords } from '../locales/sign-in.ts'
import { PASSKEY_SCRIPT, PasskeyForm } from './passkey-form.tsx'

export interface SignInPageProps {
  readonly locale: Locale
  readonly path: string
  readonly csrf: string
  /** The page to go on with. */
  readonly next: string
  readonly hasOidc: boolean
  /** What was typed; never the password. */
  readonly email?: string | undefined
  readonly message?: SignInMessage | { readonly blockedMinutes: number } | undefined
}

/** Sign-in: a passkey alone, a password and then a second factor, or an external account. */
export const SignInPage = (props: SignInPageProps) => {
  const { locale, path, csrf, next, hasOidc, email, message } = props
  const words = signInWords[locale]
  return (
    <Page
      {...{ locale, path }}
      title={words.title}
      lead={words.lead}
      width="narrow"
      scripts={[PASSKEY_SCRIPT]}
    >
      <Message locale={locale} message={message} />
      <Card title={words.passkeyTitle}>
        <p>{words.passkeyText}</p>
        <PasskeyForm
          action="/sign-in/passkey"
          options="/sign-in/passkey/options"
          use="get"
          csrf={csrf}
          button={words.passkeyButton}
          failed={words.passkeyFailed}
          needsScript={words.passkeyNeedsScript}
          hidden={{ next }}
        />
      </Card>
      <Card title={words.passwordTitle}>
        <Form action="/sign-in" csrf={csrf}>
          <input type="hidden" name="next" value={next} />
          <Field
            name="email"
            label={words.email}
            type="email"
            value={email}
            autocomplete="username"
            inputmode="email"
            maxlength={254}
            required
          />
          <Field
            name="password"
            label={words.password}
            type="password"
            autocomplete="current-password"
            maxlength={200}
            required
          />
          <Submit>{words.passwordButton}</Submit>
        </Form>
      </Card>
      {hasOidc && (
        <Card title={words.oidcTitle}>
          <p>{words.oidcText}</p>
          <LinkButton href={`/sign-in/oidc?next=${encodeURIComponent(next)}`}>
            {words.oidcButton}
          </LinkButton>
        </Card>
      )}
      <p class="hint">{words.help}</p>
    </Page>
  )
}

/** What became of the last attempt. */
export const Message = ({ locale, message }: Pick<SignInPageProps, 'locale' | 'message'>) => {
  const words = signInWords[locale]
  if (message === undefined) return null
  if (typeof message === 'object') {
    return <Notice kind="error">{words.blocked(String(message.blockedMinutes))}</Notice>
  }
  return <Notice kind={message === 'ended' ? 'success' : 'error'}>{words[message]}</Notice>
}
