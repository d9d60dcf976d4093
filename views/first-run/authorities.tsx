import { Card, Facts } from '../components/card.tsx'
import { DateOnly } from '../components/date-time.tsx'
import { firstRunWords } from '../locales/first-run.ts'
import type { Locale } from '../locales/locale.ts'

interface MadeAuthority {
  readonly sha256: string
  readonly serial: string
  readonly subject: string
  /** Unix ms. */
  readonly notAfter: number
  readonly key: string
}

/** What the ceremony has made. */
export interface MadeAuthorities {
  readonly root: MadeAuthority
  readonly issuing: MadeAuthority
}

/** Both authorities, with what is compared and kept on paper. */
export const Authorities = ({ made, locale }: { made: MadeAuthorities; locale: Locale }) => {
  const words = firstRunWords[locale]
  return (
    <>
      <Authority title={words.authorityRoot} of={made.root} words={words} />
      <Authority title={words.authorityIssuing} of={made.issuing} words={words} />
    </>
  )
}

interface AuthorityProps {
  readonly title: string
  readonly of: MadeAuthority
  readonly words: (typeof firstRunWords)[Locale]
}

const Authority = ({ title, of, words }: AuthorityProps) => (
  <Card title={title}>
    <Facts
      items={[
        [words.sha256, <code>{of.sha256}</code>],
        [words.subject, of.subject],
        [words.key, of.key],
        [words.serial, <code>{of.serial}</code>],
        [words.until, <DateOnly at={of.notAfter} />],
      ]}
    />
  </Card>
)
