import { Facts } from '../components/card.tsx'
import { Page } from '../components/page.tsx'
import { firstRunWords } from '../locales/first-run.ts'
import type { Locale } from '../locales/locale.ts'
import { SignatureLines } from './signature-lines.tsx'

interface IdentityMinutesProps {
  readonly locale: Locale
  readonly path: string
  readonly organisation: string
  readonly siren: string
  /** Given name, then family name. */
  readonly name: string
  readonly email: string
  readonly mobile: string
}

/** The minutes that attest the first administrator, to be printed and signed by hand. */
export const IdentityMinutes = (props: IdentityMinutesProps) => {
  const { locale, path, organisation, siren, name, email, mobile } = props
  const words = firstRunWords[locale]
  return (
    <Page {...{ locale, path }} title={words.attestTitleMinutes} lead={organisation}>
      <p>{words.attestText}</p>
      <Facts
        items={[
          [words.organisationName, organisation],
          [words.siren, siren],
          [words.person, name],
          [words.email, email],
          [words.mobile, mobile],
          [words.attestDocument, '……………………………………………………'],
        ]}
      />
      <SignatureLines locale={locale} count={2} />
    </Page>
  )
}
