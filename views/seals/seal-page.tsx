import { Badge } from '../components/badge.tsx'
import { LinkButton } from '../components/buttons.tsx'
import { Card, Facts } from '../components/card.tsx'
import { DataTable } from '../components/data-table.tsx'
import { DateOnly, DateTime } from '../components/date-time.tsx'
import { Page } from '../components/page.tsx'
import type { Viewer } from '../components/viewer.ts'
import type { Locale } from '../locales/locale.ts'
import { sealWords } from '../locales/seals.ts'
import { CertificateBadge, SealBadge } from './standing.tsx'

/** All that the page shows of one seal. Times are Unix ms. */
interface ShownSeal {
  readonly id: string
  readonly name: string
  readonly state: 'draft' | 'active' | 'suspended' | 'retired'
  readonly signatureAlgorithm: string
  readonly certificateState: 'active' | 'suspended' | 'revoked' | 'superseded' | 'expired'
  readonly serial: string
  readonly subject: string
  readonly issuer: string
  readonly notBefore: number
  readonly notAfter: number
  readonly key: {
    readonly id: string
    readonly label: string
    readonly state: 'generated' | 'active' | 'disabled' | 'destroyed'
    readonly createdAt: number
    readonly isBornInside: boolean
  }
  readonly appliers: readonly {
    readonly name: string
    readonly kind: 'person' | 'program'
    readonly delegation: string
    readonly state: 'active' | 'suspended' | 'revoked'
    readonly validFrom: number
    readonly validTo: number | null
  }[]
}

interface SealPageProps {
  readonly locale: Locale
  readonly path: string
  readonly viewer: Viewer | undefined
  readonly seal: ShownSeal
}

/** One seal: its certificate, its key, its rules, and who may apply it. */
export const SealPage = ({ locale, path, viewer, seal }: SealPageProps) => {
  const words = sealWords[locale]
  const { key } = seal
  return (
    <Page
      {...{ locale, path, viewer }}
      title={seal.name}
      actions={<LinkButton href="/seals">{words.back}</LinkButton>}
    >
      <p class="badges">
        <SealBadge locale={locale} state={seal.state} /> <code>{seal.id}</code>
      </p>
      <div class="cards cards-large">
        <Card title={words.certificate}>
          <Facts
            items={[
              [
                words.certificateState,
                <CertificateBadge locale={locale} state={seal.certificateState} />,
              ],
              [words.subject, seal.subject],
              [words.serial, <code>{seal.serial}</code>],
              [words.issuer, seal.issuer],
              [words.validFrom, <DateTime at={seal.notBefore} />],
              [words.validTo, <DateTime at={seal.notAfter} />],
            ]}
          />
        </Card>
        <Card title={words.key}>
          <Facts
            items={[
              [words.keyState, words.keyStates[key.state]],
              [words.birth, <Birth words={words} isBornInside={key.isBornInside} />],
              [words.algorithm, <code>{seal.signatureAlgorithm}</code>],
              [words.keyLabel, <code>{key.label}</code>],
              [words.keyId, <code>{key.id}</code>],
              [words.keyMade, <DateTime at={key.createdAt} />],
            ]}
          />
        </Card>
      </div>
      <Card title={words.policy}>
        <p>{words.policyText}</p>
      </Card>
      <Appliers locale={locale} appliers={seal.appliers} />
    </Page>
  )
}

type Words = (typeof sealWords)[Locale]

const Birth = ({ words, isBornInside }: { words: Words; isBornInside: boolean }) =>
  isBornInside ? (
    <Badge tone="good">{words.birthLocal}</Badge>
  ) : (
    <Badge tone="warn">{words.birthForeign}</Badge>
  )

const TONES = { active: 'good', suspended: 'warn', revoked: 'bad' } as const

const Appliers = ({ locale, appliers }: { locale: Locale; appliers: ShownSeal['appliers'] }) => {
  const words = sealWords[locale]
  return (
    <>
      <h2>{words.appliesTitle}</h2>
      <DataTable
        caption={words.appliesTitle}
        hideCaption
        head={[words.grantee, words.delegation, words.state, words.since, words.until]}
        rows={appliers.map(({ name, kind, delegation, state, validFrom, validTo }) => [
          kind === 'program' ? `${name} (${words.program})` : name,
          delegation,
          <Badge tone={TONES[state]}>{words.delegationStates[state]}</Badge>,
          <DateOnly at={validFrom} />,
          validTo === null ? words.endless : <DateOnly at={validTo} />,
        ])}
        empty={words.appliesNone}
      />
    </>
  )
}
