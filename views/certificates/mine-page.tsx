import { Actions, LinkButton } from '../components/buttons.tsx'
import { Card } from '../components/card.tsx'
import { DataTable } from '../components/data-table.tsx'
import { DateOnly } from '../components/date-time.tsx'
import { Notice } from '../components/notice.tsx'
import { Page } from '../components/page.tsx'
import { certificateWords } from '../locales/certificates.ts'
import type { Locale } from '../locales/locale.ts'
import type { Done, Frame, ShownCertificate } from './model.ts'
import { CertificateFacts, Chain, DoneNotice, StateBadge } from './parts.tsx'

interface MinePageProps extends Frame {
  /** The newest, which counts. */
  readonly current: ShownCertificate | undefined
  readonly earlier: readonly ShownCertificate[]
  /** Until its end, when that is near. */
  readonly daysLeft: number | undefined
  readonly done: Done | undefined
}

/** My certificate: what it is good for, until when, and what I can do with it. */
export const MyCertificatePage = (props: MinePageProps) => {
  const { locale, path, viewer, current, earlier, daysLeft, done } = props
  const words = certificateWords[locale]
  return (
    <Page {...{ locale, path, viewer }} title={words.mineTitle}>
      <DoneNotice locale={locale} done={done} />
      {current === undefined ? (
        <Notice kind="info" title={words.mineNone}>
          <p>{words.mineNoneText}</p>
        </Notice>
      ) : (
        <Current {...{ locale, current, daysLeft }} />
      )}
      {earlier.length > 0 && (
        <Card title={words.mineBefore}>
          <DataTable
            caption={words.mineBeforeCaption}
            hideCaption
            head={[words.serial, words.validTo, words.state]}
            rows={earlier.map((one) => [
              <code>{one.serial}</code>,
              <DateOnly at={one.notAfter} />,
              <StateBadge locale={locale} state={one.state} />,
            ])}
            empty=""
          />
        </Card>
      )}
    </Page>
  )
}

const Current = (props: {
  readonly locale: Locale
  readonly current: ShownCertificate
  readonly daysLeft: number | undefined
}) => {
  const { locale, current, daysLeft } = props
  const words = certificateWords[locale]
  const { id, state } = current
  const isLive = state === 'active' || state === 'suspended'
  return (
    <>
      <p>{words.mineGood}</p>
      {daysLeft !== undefined && state === 'active' && (
        <Notice kind="warning">
          <p>{words.mineEnds(daysLeft)}</p>
        </Notice>
      )}
      {!isLive && (
        <Notice kind="warning">
          <p>{words.mineEnded}</p>
        </Notice>
      )}
      <CertificateFacts locale={locale} certificate={current} />
      {isLive && (
        <Card title={words.acts}>
          <p>{words.mineRevokeText}</p>
          <Actions>
            {state === 'active' && (
              <>
                <LinkButton href={`/my-certificate/${id}/renewal`} tone="primary">
                  {words.renew}
                </LinkButton>
                <LinkButton href={`/my-certificate/${id}/suspension`}>{words.suspend}</LinkButton>
              </>
            )}
            <LinkButton href={`/my-certificate/${id}/revocation`} tone="danger">
              {words.revoke}
            </LinkButton>
          </Actions>
        </Card>
      )}
      <Chain locale={locale} chain={current.chain} />
      <p>
        <a href={`/my-certificate/${id}/certificate.pem`}>{words.download}</a>
        {' · '}
        <a href={`/my-certificate/${id}/chain.pem`}>{words.downloadChain}</a>
      </p>
    </>
  )
}
