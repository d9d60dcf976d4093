import { LinkButton, Submit } from '../components/buttons.tsx'
import { Card, Facts } from '../components/card.tsx'
import { DataTable } from '../components/data-table.tsx'
import { DateOnly } from '../components/date-time.tsx'
import { Form } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { Page } from '../components/page.tsx'
import { Select } from '../components/select.tsx'
import type { Viewer } from '../components/viewer.ts'
import type { Locale } from '../locales/locale.ts'
import { type ProfileDone, profileWords } from '../locales/profile.ts'
import { SessionsCard, type ShownSession } from './sessions-card.tsx'

export interface ProfileFrame {
  readonly locale: Locale
  readonly path: string
  readonly csrf: string
  readonly viewer: Viewer | undefined
}

interface ShownPasskey {
  readonly id: string
  readonly name: string
  readonly createdAt: number
  readonly lastUsedAt: number | null
}

export interface ProfilePageProps extends ProfileFrame {
  readonly profile: {
    readonly givenName: string
    readonly familyName: string
    readonly email: string
    readonly mobile: string | null
    readonly professionalId: string | null
    readonly locale: Locale
  }
  readonly ways: {
    readonly password: boolean
    readonly totp: boolean
    readonly recoveryCodes: number
    readonly oidc: number
  }
  readonly hasOidc: boolean
  readonly passkeys: readonly ShownPasskey[]
  readonly sessions: readonly ShownSession[]
  readonly done?: ProfileDone | undefined
}

/** All that is a person's own: data, language, ways to sign in, sessions. */
export const ProfilePage = (props: ProfilePageProps) => {
  const { locale, path, csrf, viewer, profile, sessions, done } = props
  const words = profileWords[locale]
  return (
    <Page {...{ locale, path, viewer }} title={words.title}>
      {done !== undefined && <Notice kind="success">{words[done]}</Notice>}
      <Card title={words.dataTitle}>
        <Facts
          items={[
            [words.name, `${profile.givenName} ${profile.familyName}`],
            [words.email, profile.email],
            [words.mobile, profile.mobile],
            [words.professionalId, profile.professionalId],
          ]}
        />
        <p class="hint">{words.dataHint}</p>
      </Card>
      <Card title={words.languageTitle}>
        <Form action="/profile/language" csrf={csrf}>
          <Select
            name="locale"
            label={words.language}
            value={profile.locale}
            required
            options={[
              { value: 'fr', label: words.french },
              { value: 'en', label: words.english },
            ]}
          />
          <Submit tone="secondary">{words.save}</Submit>
        </Form>
      </Card>
      <PasskeysCard {...props} />
      <KnownCards {...props} />
      <SessionsCard {...{ locale, csrf, sessions }} />
    </Page>
  )
}

const PasskeysCard = ({ locale, passkeys }: ProfilePageProps) => {
  const words = profileWords[locale]
  return (
    <Card title={words.passkeysTitle} id="passkeys">
      <DataTable
        caption={words.passkeysCaption}
        hideCaption
        head={[words.passkeyName, words.passkeyCreated, words.passkeyUsed, words.passkeyActions]}
        rows={passkeys.map(({ id, name, createdAt, lastUsedAt }) => [
          name,
          <DateOnly at={createdAt} />,
          lastUsedAt === null ? words.never : <DateOnly at={lastUsedAt} />,
          <a href={`/profile/passkeys/${id}`} aria-label={`${words.change} ${name}`}>
            {words.change}
          </a>,
        ])}
        empty={words.noPasskeys}
      />
      <LinkButton href="/profile/passkeys/new">{words.addPasskey}</LinkButton>
    </Card>
  )
}

/** Password, application of codes, recovery codes, external account. */
const KnownCards = ({ locale, ways, hasOidc }: ProfilePageProps) => {
  const words = profileWords[locale]
  return (
    <>
      <Card title={words.passwordTitle}>
        <p>{ways.password ? words.passwordIs : words.passwordNone}</p>
        <LinkButton href="/profile/password">
          {ways.password ? words.changePassword : words.choosePassword}
        </LinkButton>
      </Card>
      <Card title={words.totpTitle}>
        <p>{ways.totp ? words.totpIs : words.totpNone}</p>
        <div class="actions">
          <LinkButton href="/profile/totp">
            {ways.totp ? words.replaceTotp : words.addTotp}
          </LinkButton>
          {ways.totp && (
            <LinkButton href="/profile/totp/removal">{words.removeTotpButton}</LinkButton>
          )}
        </div>
      </Card>
      <Card title={words.recoveryTitle}>
        <p>
          {ways.recoveryCodes > 0
            ? words.recoveryLeft(String(ways.recoveryCodes))
            : words.recoveryNone}
        </p>
        <LinkButton href="/profile/recovery-codes">{words.recoveryMake}</LinkButton>
      </Card>
      {hasOidc && (
        <Card title={words.oidcTitle}>
          <p>{ways.oidc > 0 ? words.oidcIs : words.oidcNone}</p>
          <div class="actions">
            <LinkButton href="/profile/oidc">{words.oidcBind}</LinkButton>
            {ways.oidc > 0 && (
              <LinkButton href="/profile/oidc/removal">{words.oidcRemoveButton}</LinkButton>
            )}
          </div>
        </Card>
      )}
    </>
  )
}
