import type { PropsWithChildren } from 'hono/jsx'
import { LinkButton, Submit } from '../components/buttons.tsx'
import { Card } from '../components/card.tsx'
import { Confirm } from '../components/confirm.tsx'
import { Field } from '../components/field.tsx'
import { Form } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { Page } from '../components/page.tsx'
import { profileWords } from '../locales/profile.ts'
import { PASSKEY_SCRIPT, PasskeyForm } from '../sign-in/passkey-form.tsx'
import type { ProfileFrame } from './profile-page.tsx'
import { QrImage } from './qr-image.tsx'

interface Fault {
  readonly error?: string | undefined
}

/** A narrow page of the profile, with the way back. */
const Sheet = (
  props: PropsWithChildren<
    ProfileFrame & { title: string; lead?: string; scripts?: readonly string[] } & Fault
  >,
) => {
  const { locale, path, viewer, title, lead, scripts, error, children } = props
  return (
    <Page {...{ locale, path, viewer, title, lead, scripts }} width="narrow">
      {error !== undefined && <Notice kind="error">{error}</Notice>}
      {children}
      <p>
        <a href="/profile">{profileWords[locale].back}</a>
      </p>
    </Page>
  )
}

/** A new passkey: a name, then the browser's own dialogue. */
export const NewPasskeyPage = (props: ProfileFrame & Fault & { readonly suggested: string }) => {
  const { locale, csrf, suggested } = props
  const words = profileWords[locale]
  return (
    <Sheet
      {...props}
      title={words.newPasskeyTitle}
      lead={words.newPasskeyLead}
      scripts={[PASSKEY_SCRIPT]}
    >
      <Card>
        <PasskeyForm
          action="/profile/passkeys"
          options="/profile/passkeys/options"
          use="create"
          csrf={csrf}
          button={words.newPasskeyButton}
          failed={words.newPasskeyFailed}
          needsScript={words.needsScript}
        >
          <Field
            name="name"
            label={words.newPasskeyName}
            hint={words.newPasskeyHint}
            value={suggested}
            maxlength={60}
            required
          />
        </PasskeyForm>
      </Card>
    </Sheet>
  )
}

/** One passkey: its name, and the way to remove it. */
export const PasskeyPage = (
  props: ProfileFrame & { readonly passkey: { readonly id: string; readonly name: string } },
) => {
  const { locale, csrf, passkey } = props
  const words = profileWords[locale]
  const address = `/profile/passkeys/${passkey.id}`
  return (
    <Sheet {...props} title={words.passkeyTitle(passkey.name)}>
      <Card>
        <Form action={`${address}/name`} csrf={csrf}>
          <Field
            name="name"
            label={words.passkeyName}
            value={passkey.name}
            maxlength={60}
            required
          />
          <Submit>{words.save}</Submit>
        </Form>
      </Card>
      <LinkButton href={`${address}/removal`} tone="danger">
        {words.removePasskeyButton}
      </LinkButton>
    </Sheet>
  )
}

/** The page before something is removed; `what` says it in full. */
export const RemovalPage = (
  props: ProfileFrame &
    Fault & {
      readonly title: string
      readonly action: string
      readonly text: string
      readonly confirm: string
    },
) => {
  const { csrf, action, text, confirm } = props
  return (
    <Sheet {...props}>
      <Confirm {...{ action, csrf, confirm }} cancelHref="/profile">
        <p>{text}</p>
      </Confirm>
    </Sheet>
  )
}

export const PasswordPage = (
  props: ProfileFrame & {
    readonly email: string
    readonly hasPassword: boolean
    readonly errors?: { readonly password?: string; readonly repeated?: string } | undefined
  },
) => {
  const { locale, csrf, email, hasPassword, errors = {} } = props
  const words = profileWords[locale]
  return (
    <Sheet
      {...props}
      title={hasPassword ? words.changePassword : words.choosePassword}
      lead={words.passwordLead}
    >
      <Card>
        <Form action="/profile/password" csrf={csrf}>
          <input
            type="text"
            name="username"
            value={email}
            autocomplete="username"
            hidden
            readonly
          />
          <Field
            name="password"
            label={words.newPassword}
            type="password"
            autocomplete="new-password"
            maxlength={200}
            error={errors.password}
            required
          />
          <Field
            name="repeated-password"
            label={words.repeatPassword}
            type="password"
            autocomplete="new-password"
            maxlength={200}
            error={errors.repeated}
            required
          />
          <Submit>{words.save}</Submit>
        </Form>
      </Card>
    </Sheet>
  )
}

/** The secret of an application of codes, as a picture and typed out, and its first code. */
export const TotpPage = (
  props: ProfileFrame &
    Fault & {
      /** Rows of the QR code, `1` for dark. */
      readonly image: readonly string[]
      readonly secret: string
    },
) => {
  const { locale, csrf, image, secret, error } = props
  const words = profileWords[locale]
  return (
    <Sheet {...props} error={undefined} title={words.totpTitle} lead={words.totpSetUpLead}>
      <Card>
        <QrImage rows={image} title={words.totpImage} />
        <p>
          {words.totpSecret}
          {'\u00a0: '}
          <code class="secret">{secret.replace(/(.{4})(?=.)/g, '$1 ')}</code>
        </p>
        <Form action="/profile/totp" csrf={csrf}>
          <Field
            name="totp-code"
            label={words.totpCode}
            autocomplete="one-time-code"
            inputmode="numeric"
            maxlength={10}
            error={error}
            required
          />
          <Submit>{words.totpButton}</Submit>
        </Form>
      </Card>
    </Sheet>
  )
}

/** Before new recovery codes are made, and once they are. */
export const RecoveryPage = (
  props: ProfileFrame & { readonly codes?: readonly string[] | undefined },
) => {
  const { locale, csrf, codes } = props
  const words = profileWords[locale]
  if (codes === undefined) {
    return (
      <Sheet {...props} title={words.recoveryTitle} lead={words.recoveryLead}>
        <Card>
          <Form action="/profile/recovery-codes" csrf={csrf}>
            <Submit>{words.recoveryMake}</Submit>
          </Form>
        </Card>
      </Sheet>
    )
  }
  return (
    <Sheet {...props} title={words.recoveryShownTitle} lead={words.recoveryShownLead}>
      <Card>
        <ul class="codes">
          {codes.map((code) => (
            <li>
              <code>{code}</code>
            </li>
          ))}
        </ul>
        <LinkButton href="/profile" tone="primary">
          {words.recoveryDone}
        </LinkButton>
      </Card>
    </Sheet>
  )
}

/** Before one leaves for the identity provider: a link, for a form may not lead off this site. */
export const OidcPage = (props: ProfileFrame & { readonly href?: string | undefined }) => {
  const { locale, csrf, href } = props
  const words = profileWords[locale]
  return (
    <Sheet {...props} title={words.oidcBind} lead={words.oidcBindLead}>
      <Card>
        {href === undefined ? (
          <Form action="/profile/oidc" csrf={csrf}>
            <Submit>{words.oidcBind}</Submit>
          </Form>
        ) : (
          <LinkButton href={href} tone="primary">
            {words.oidcGo}
          </LinkButton>
        )}
      </Card>
    </Sheet>
  )
}
