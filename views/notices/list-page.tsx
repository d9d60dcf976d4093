import { Badge } from '../components/badge.tsx'
import { Submit } from '../components/buttons.tsx'
import { DataTable } from '../components/data-table.tsx'
import { DateTime } from '../components/date-time.tsx'
import { Page } from '../components/page.tsx'
import { Pager } from '../components/pager.tsx'
import { Select } from '../components/select.tsx'
import type { Viewer } from '../components/viewer.ts'
import type { Locale } from '../locales/locale.ts'
import { noticeWords } from '../locales/notices.ts'

type NoticeState = 'waiting' | 'sent' | 'given-up' | 'expired'
type Channel = 'mail' | 'sms'

interface NoticeLine {
  readonly id: string
  /** What it is about, without its secrets. */
  readonly title: string
  readonly channel: Channel
  readonly recipient: string
  readonly state: NoticeState
  /** Unix ms. */
  readonly createdAt: number
}

interface NoticeListPageProps {
  readonly locale: Locale
  readonly path: string
  readonly viewer: Viewer | undefined
  readonly notices: readonly NoticeLine[]
  readonly kinds: readonly string[]
  readonly filter: {
    readonly state?: NoticeState | undefined
    readonly channel?: Channel | undefined
    readonly kind?: string | undefined
  }
  /** Address of the next page. */
  readonly next: string | undefined
}

const STATES = ['waiting', 'sent', 'given-up', 'expired'] as const
const CHANNELS = ['mail', 'sms'] as const
const TONES = { waiting: 'neutral', sent: 'good', 'given-up': 'bad', expired: 'warn' } as const

export const NoticeBadge = ({ locale, state }: { locale: Locale; state: NoticeState }) => (
  <Badge tone={TONES[state]}>{noticeWords[locale].states[state]}</Badge>
)

/** What people were told, and what became of it. */
export const NoticeListPage = (props: NoticeListPageProps) => {
  const { locale, path, viewer, notices, next } = props
  const words = noticeWords[locale]
  return (
    <Page {...{ locale, path, viewer }} title={words.title} lead={words.lead}>
      <Filters {...props} />
      <DataTable
        caption={words.caption}
        hideCaption
        head={[words.subject, words.at, words.channel, words.recipient, words.state]}
        rows={notices.map((notice) => [
          <a href={`/notices/${notice.id}`}>{notice.title}</a>,
          <DateTime at={notice.createdAt} />,
          words.channels[notice.channel],
          notice.recipient,
          <NoticeBadge locale={locale} state={notice.state} />,
        ])}
        empty={words.none}
      />
      <Pager next={next} />
    </Page>
  )
}

const Filters = ({ locale, kinds, filter }: NoticeListPageProps) => {
  const words = noticeWords[locale]
  const all = { value: '', label: words.all }
  return (
    <form class="filters" method="get" action="/notices">
      <Select
        name="state"
        label={words.state}
        value={filter.state ?? ''}
        options={[all, ...STATES.map((value) => ({ value, label: words.states[value] }))]}
      />
      <Select
        name="channel"
        label={words.channel}
        value={filter.channel ?? ''}
        options={[all, ...CHANNELS.map((value) => ({ value, label: words.channels[value] }))]}
      />
      <Select
        name="kind"
        label={words.kind}
        value={filter.kind ?? ''}
        options={[all, ...kinds.map((value) => ({ value, label: value }))]}
      />
      <Submit tone="secondary">{words.filter}</Submit>
    </form>
  )
}
