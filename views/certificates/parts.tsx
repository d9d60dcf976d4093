import { Badge } from '../components/badge.tsx'
import { Card, Facts } from '../components/card.tsx'
import { DateTime } from '../components/date-time.tsx'
import { Notice } from '../components/notice.tsx'
import { certificateWords } from '../locales/certificates.ts'
import type { Locale } from '../locales/locale.ts'
import type { CertificateLine, Done, ShownCertificate, StateName } from './model.ts'

const TONES = {
  active: 'good',
  suspended: 'warn',
  revoked: 'bad',
  superseded: 'neutral',
  expired: 'bad',
  'not-yet-valid': 'neutral',
} as const

export const StateBadge = ({ locale, state }: { locale: Locale; state: StateName }) => (
  <Badge tone={TONES[state]}>{certificateWords[locale].states[state]}</Badge>
)

/** The names of what cannot sign without it, one below the other. */
export const Dependants = (props: {
  readonly locale: Locale
  readonly dependants: CertificateLine['dependants']
}) => {
  const words = certificateWords[props.locale]
  if (props.dependants.length === 0) return <>{words.nothingDepends}</>
  return (
    <ul class="plain">
      {props.dependants.map(({ kind, name }) => (
        <li>{kind === 'seal' ? words.seal(name) : words.delegation(name)}</li>
      ))}
    </ul>
  )
}

/** At the head of the page after an act. */
export const DoneNotice = ({ locale, done }: { locale: Locale; done: Done | undefined }) => {
  const words = certificateWords[locale]
  if (done === undefined) return null
  const said = {
    suspend: words.doneSuspend,
    resume: words.doneResume,
    revoke: words.doneRevoke,
    renew: words.doneRenew,
  }
  return (
    <Notice kind="success">
      <p>{said[done.act]}</p>
      {done.isPending && <p>{words.pending}</p>}
    </Notice>
  )
}

/** Everything a certificate says, for people. */
export const CertificateFacts = (props: { locale: Locale; certificate: ShownCertificate }) => {
  const { locale, certificate } = props
  const words = certificateWords[locale]
  const { reason, withdrawnAt, heldUntil } = certificate
  return (
    <Card title={words.identity}>
      <Facts
        items={[
          [words.state, <StateBadge locale={locale} state={certificate.state} />],
          [words.reason, reason && words.reasons[reason]],
          [words.withdrawnAt, withdrawnAt === null ? '' : <DateTime at={withdrawnAt} />],
          [words.heldUntil, heldUntil === null ? '' : <DateTime at={heldUntil} />],
          [words.profile, words.profiles[certificate.profile]],
          [words.holder, certificate.holder],
          [words.subject, certificate.subject],
          [words.issuer, certificate.issuer],
          [words.external, certificate.isExternal ? '✓' : ''],
          [words.serial, <code>{certificate.serial}</code>],
          [words.validFrom, <DateTime at={certificate.notBefore} />],
          [words.validTo, <DateTime at={certificate.notAfter} />],
          [words.usage, certificate.usages.map((usage) => words.usages[usage]).join(', ')],
          [words.key, certificate.keyAlgorithm ?? ''],
          [words.keyId, certificate.keyId === null ? '' : <code>{certificate.keyId}</code>],
          [words.fingerprint, <code>{certificate.fingerprint}</code>],
          [words.ocsp, certificate.ocspUrl ?? ''],
        ]}
      />
    </Card>
  )
}

/** What stands above it. */
export const Chain = ({ locale, chain }: Pick<ShownCertificate, 'chain'> & { locale: Locale }) => (
  <Card title={certificateWords[locale].chain}>
    <ol>
      {chain.map(({ subject, fingerprint }) => (
        <li>
          {subject}
          <br />
          <code>{fingerprint}</code>
        </li>
      ))}
    </ol>
  </Card>
)
