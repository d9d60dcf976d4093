import { Page } from '../components/page.tsx'
import { firstRunWords } from '../locales/first-run.ts'
import type { Locale } from '../locales/locale.ts'
import { Authorities, type MadeAuthorities } from './authorities.tsx'
import { SignatureLines } from './signature-lines.tsx'

interface CeremonyMinutesProps {
  readonly locale: Locale
  readonly path: string
  readonly organisation: string
  readonly made: MadeAuthorities
}

/** The minutes of the ceremony, to be printed and signed by hand. */
export const CeremonyMinutes = ({ locale, path, organisation, made }: CeremonyMinutesProps) => {
  const words = firstRunWords[locale]
  return (
    <Page {...{ locale, path }} title={words.minutesTitle} lead={organisation}>
      <p>{words.minutesText}</p>
      <Authorities made={made} locale={locale} />
      <SignatureLines locale={locale} count={3} />
    </Page>
  )
}
