import { Actions, LinkButton } from '../components/buttons.tsx'
import { Card } from '../components/card.tsx'
import { Page } from '../components/page.tsx'
import { certificateWords } from '../locales/certificates.ts'
import type { Locale } from '../locales/locale.ts'
import type { Done, Frame, ShownCertificate } from './model.ts'
import { CertificateFacts, Chain, Dependants, DoneNotice } from './parts.tsx'

/** What the viewer may do with it, in the state it is in. */
export interface Possible {
  readonly suspend: boolean
  readonly resume: boolean
  readonly revoke: boolean
}

interface CertificatePageProps extends Frame {
  readonly certificate: ShownCertificate
  readonly possible: Possible
  readonly done: Done | undefined
}

/** One certificate: what it says, what depends on it, what can be done. */
export const CertificatePage = (props: CertificatePageProps) => {
  const { locale, path, viewer, certificate, possible, done } = props
  const words = certificateWords[locale]
  const { id, supersededBy } = certificate
  return (
    <Page
      {...{ locale, path, viewer }}
      title={certificate.holder}
      actions={<LinkButton href="/certificates">{words.back}</LinkButton>}
    >
      <DoneNotice locale={locale} done={done} />
      <CertificateFacts locale={locale} certificate={certificate} />
      <Card title={words.dependsOn}>
        <Dependants locale={locale} dependants={certificate.dependants} />
        {supersededBy !== null && (
          <p>
            {words.supersededBy} <a href={`/certificates/${supersededBy}`}>{words.newer}</a>
          </p>
        )}
      </Card>
      <Chain locale={locale} chain={certificate.chain} />
      <Acts locale={locale} id={id} possible={possible} />
      <p>
        <a href={`/certificates/${id}/certificate.pem`}>{words.download}</a>
        {' · '}
        <a href={`/certificates/${id}/chain.pem`}>{words.downloadChain}</a>
      </p>
    </Page>
  )
}

const Acts = (props: { locale: Locale; id: string; possible: Possible }) => {
  const { locale, id, possible } = props
  const words = certificateWords[locale]
  if (!possible.suspend && !possible.resume && !possible.revoke) return null
  return (
    <Card title={words.acts}>
      <Actions>
        {possible.suspend && (
          <LinkButton href={`/certificates/${id}/suspension`}>{words.suspend}</LinkButton>
        )}
        {possible.resume && (
          <LinkButton href={`/certificates/${id}/resumption`}>{words.resume}</LinkButton>
        )}
        {possible.revoke && (
          <LinkButton href={`/certificates/${id}/revocation`} tone="danger">
            {words.revoke}
          </LinkButton>
        )}
      </Actions>
    </Card>
  )
}
