import { LinkButton, Submit } from '../components/buttons.tsx'
import { Card, Facts } from '../components/card.tsx'
import { DateTime } from '../components/date-time.tsx'
import { Form } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { Page } from '../components/page.tsx'
import type { Viewer } from '../components/viewer.ts'
import type { Locale } from '../locales/locale.ts'
import { noticeWords } from '../locales/notices.ts'
import { NoticeBadge } from './list-page.tsx'

/** All that the page shows of one notice. Times are Unix ms. */
interface ShownNotice {
  readonly id: string
  readonly kind: string
  readonly channel: 'mail' | 'sms'
  readonly locale: Locale
  readonly recipient: string
  readonly state: 'waiting' | 'sent' | 'given-up' | 'expired'
  readonly attempts: number
  readonly nextAt: number
  readonly expiresAt: number
  readonly createdAt: number
  readonly endedAt: number | null
  readonly lastWords: string | null
  readonly text:
    | {
        readonly subject: string | undefined
        readonly paragraphs: readonly string[]
        readonly button: { readonly label: string; readonly href: string } | undefined
      }
    | undefined
  readonly isMasked: boolean
  readonly isReadable: boolean
  readonly isResendable: boolean
}

interface NoticePageProps {
  readonly locale: Locale
  readonly path: string
  readonly viewer: Viewer | undefined
  readonly csrf: string
  readonly notice: ShownNotice
  readonly isResent: boolean
}

/** One notice as its recipient reads it, what became of it, and what can be done. */
export const NoticePage = ({ locale, path, viewer, csrf, notice, isResent }: NoticePageProps) => {
  const words = noticeWords[locale]
  const isWaiting = notice.state === 'waiting'
  return (
    <Page
      {...{ locale, path, viewer }}
      title={notice.text?.subject ?? notice.text?.paragraphs[0] ?? notice.kind}
    >
      {isResent && <Notice kind="success">{words.resent}</Notice>}
      <Card>
        <Facts
          items={[
            [words.state, <NoticeBadge locale={locale} state={notice.state} />],
            [words.kind, <code>{notice.kind}</code>],
            [words.channel, words.channels[notice.channel]],
            [words.recipient, notice.recipient],
            [words.language, words.languages[notice.locale]],
            [words.at, <DateTime at={notice.createdAt} />],
            [words.attempts, String(notice.attempts)],
            [words.lastWords, notice.lastWords],
            [words.nextAttempt, isWaiting && <DateTime at={notice.nextAt} />],
            [words.expires, isWaiting && <DateTime at={notice.expiresAt} />],
            [words.ended, notice.endedAt !== null && <DateTime at={notice.endedAt} />],
          ]}
        />
      </Card>
      <Content locale={locale} notice={notice} />
      {notice.isReadable && notice.isMasked && (
        <Form action={`/notices/${notice.id}/reading`} csrf={csrf}>
          <p class="hint">{words.readHint}</p>
          <Submit tone="secondary">{words.read}</Submit>
        </Form>
      )}
      {notice.isResendable && (
        <Form action={`/notices/${notice.id}/resending`} csrf={csrf}>
          <Submit>{words.resend}</Submit>
        </Form>
      )}
      <p>
        <LinkButton href="/notices">{words.back}</LinkButton>
      </p>
    </Page>
  )
}

/** Links are shown as text: this page is for reading, not for going where its recipient goes. */
const Content = ({ locale, notice }: { locale: Locale; notice: ShownNotice }) => {
  const words = noticeWords[locale]
  const { text } = notice
  if (text === undefined) return <Notice kind="warning">{words.unknown}</Notice>
  return (
    <Card title={words.content}>
      <div lang={notice.locale}>
        {text.paragraphs.map((paragraph) => (
          <p>{paragraph}</p>
        ))}
        {text.button && (
          <p>
            {text.button.label}
            <br />
            <code>{text.button.href}</code>
          </p>
        )}
      </div>
      {notice.isMasked && <p class="hint">{words.masked}</p>}
    </Card>
  )
}
