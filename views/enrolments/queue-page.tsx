import { Badge } from '../components/badge.tsx'
import { Submit } from '../components/buttons.tsx'
import { DataTable } from '../components/data-table.tsx'
import { DateTime } from '../components/date-time.tsx'
import { Page } from '../components/page.tsx'
import { Pager } from '../components/pager.tsx'
import { Select } from '../components/select.tsx'
import { enrolmentsWords } from '../locales/enrolments.ts'
import type { Locale } from '../locales/locale.ts'
import type { EnrolmentsFrame, StateName } from './frame.ts'

type FilterName = keyof (typeof enrolmentsWords)['fr']['filters']

interface QueuePageProps {
  readonly frame: EnrolmentsFrame
  readonly items: readonly {
    readonly id: string
    readonly givenName: string
    readonly familyName: string
    readonly state: StateName
    /** Unix ms. */
    readonly movedAt: number
    readonly verifier: string | null
  }[]
  readonly total: number
  readonly filter: FilterName
  /** Counted from 1. */
  readonly page: number
  readonly pageSize: number
}

const FILTERS: readonly FilterName[] = ['to-verify', 'open', 'ended', 'all']

/** Who is on the way, how far, and since when. */
export const QueuePage = (props: QueuePageProps) => {
  const { frame, items, total, filter, page, pageSize } = props
  const { locale } = frame
  const words = enrolmentsWords[locale]
  const from = (page - 1) * pageSize
  const to = from + items.length
  const pageAt = (number: number) => `/enrolments?filter=${filter}&page=${number}`
  return (
    <Page {...frame} title={words.title} lead={words.lead}>
      <form class="filters" method="get" action="/enrolments">
        <Select
          name="filter"
          label={words.show}
          value={filter}
          options={FILTERS.map((value) => ({ value, label: words.filters[value] }))}
        />
        <Submit tone="secondary">{words.filter}</Submit>
      </form>
      <DataTable
        caption={words.caption}
        hideCaption
        head={[words.owner, words.state, words.since, words.verifier]}
        rows={items.map((item) => [
          <a href={`/enrolments/${item.id}`}>
            {item.givenName} {item.familyName}
          </a>,
          <StateBadge locale={locale} state={item.state} />,
          <DateTime at={item.movedAt} />,
          item.verifier ?? '',
        ])}
        empty={words.none}
      />
      {items.length > 0 && (
        <Pager
          previous={page > 1 ? pageAt(page - 1) : undefined}
          next={to < total ? pageAt(page + 1) : undefined}
          summary={words.range(from + 1, to, total)}
        />
      )}
    </Page>
  )
}

/** A state in words. */
export const StateBadge = ({ locale, state }: { locale: Locale; state: StateName }) => (
  <Badge tone={toneOf(state)}>{enrolmentsWords[locale].states[state]}</Badge>
)

function toneOf(state: StateName) {
  if (state === 'active') return 'good'
  if (state === 'identity-submitted') return 'warn'
  return ['identity-rejected', 'blocked', 'abandoned'].includes(state) ? 'bad' : 'neutral'
}
