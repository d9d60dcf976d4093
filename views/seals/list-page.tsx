import { DataTable } from '../components/data-table.tsx'
import { DateOnly } from '../components/date-time.tsx'
import { Page } from '../components/page.tsx'
import type { Viewer } from '../components/viewer.ts'
import type { Locale } from '../locales/locale.ts'
import { sealWords } from '../locales/seals.ts'
import { CertificateBadge, SealBadge } from './standing.tsx'

interface SealLine {
  readonly id: string
  readonly name: string
  readonly state: 'draft' | 'active' | 'suspended' | 'retired'
  readonly certificateState: 'active' | 'suspended' | 'revoked' | 'superseded' | 'expired'
  /** Unix ms. */
  readonly notAfter: number
}

interface SealListPageProps {
  readonly locale: Locale
  readonly path: string
  readonly viewer: Viewer | undefined
  readonly seals: readonly SealLine[]
}

/** The seals of the organisation for which the viewer acts. */
export const SealListPage = ({ locale, path, viewer, seals }: SealListPageProps) => {
  const words = sealWords[locale]
  return (
    <Page {...{ locale, path, viewer }} title={words.title} lead={words.lead}>
      <DataTable
        caption={words.caption}
        hideCaption
        head={[words.name, words.id, words.state, words.certificateState, words.validTo]}
        rows={seals.map((seal) => [
          <a href={`/seals/${seal.id}`}>{seal.name}</a>,
          <code>{seal.id}</code>,
          <SealBadge locale={locale} state={seal.state} />,
          <CertificateBadge locale={locale} state={seal.certificateState} />,
          <DateOnly at={seal.notAfter} />,
        ])}
        empty={words.none}
      />
    </Page>
  )
}
