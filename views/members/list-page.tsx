import { LinkButton, Submit } from '../components/buttons.tsx'
import { DataTable } from '../components/data-table.tsx'
import { Field } from '../components/field.tsx'
import { Page } from '../components/page.tsx'
import { Pager } from '../components/pager.tsx'
import { Select } from '../components/select.tsx'
import { functionWords } from '../locales/functions.ts'
import { memberWords } from '../locales/members.ts'
import { type FunctionName, MEMBER_STATES, type MemberFrame, type MemberState } from './frame.ts'
import { StateBadge } from './state-badge.tsx'

interface MemberLine {
  readonly personId: string
  readonly givenName: string
  readonly familyName: string
  readonly email: string
  readonly state: MemberState
  readonly functions: readonly FunctionName[]
}

interface ListPageProps {
  readonly frame: MemberFrame
  readonly lines: readonly MemberLine[]
  readonly total: number
  /** How many there are in each state, whatever is asked for. */
  readonly counts: Readonly<Record<MemberState, number>>
  readonly asked: {
    readonly search: string
    readonly state: MemberState | undefined
    readonly function: FunctionName | undefined
    /** Counted from 1. */
    readonly page: number
  }
  readonly pageSize: number
  readonly functions: readonly FunctionName[]
  readonly mayInvite: boolean
}

/** The members of the organisation for which the viewer acts. */
export const MemberListPage = (props: ListPageProps) => {
  const { frame, lines, mayInvite } = props
  const words = memberWords[frame.locale]
  const held = functionWords[frame.locale]
  return (
    <Page
      {...frame}
      title={words.title}
      lead={words.lead}
      actions={
        mayInvite ? (
          <LinkButton href="/members/invite" tone="primary">
            {words.invite}
          </LinkButton>
        ) : undefined
      }
    >
      <Filters {...props} />
      <DataTable
        caption={words.caption}
        hideCaption
        head={[words.name, words.functions, words.email, words.state]}
        rows={lines.map((line) => [
          <a href={`/members/${line.personId}`}>
            {line.givenName} {line.familyName}
          </a>,
          line.functions.map((one) => held[one]).join(', '),
          line.email,
          <StateBadge locale={frame.locale} state={line.state} />,
        ])}
        empty={words.none}
      />
      <Pages {...props} />
    </Page>
  )
}

const Filters = ({ frame: { locale }, asked, counts, functions }: ListPageProps) => {
  const words = memberWords[locale]
  const held = functionWords[locale]
  return (
    <search>
      <form class="filters" method="get" action="/members">
        <Field name="q" type="search" label={words.search} value={asked.search} maxlength={100} />
        <Select
          name="state"
          label={words.state}
          value={asked.state ?? ''}
          options={[
            { value: '', label: words.allPresent },
            ...MEMBER_STATES.map((state) => ({
              value: state,
              label: `${words.states[state]} (${counts[state]})`,
            })),
          ]}
        />
        <Select
          name="function"
          label={words.function}
          value={asked.function ?? ''}
          options={[
            { value: '', label: words.all },
            ...functions.map((one) => ({ value: one, label: held[one] })),
          ]}
        />
        <Submit tone="secondary">{words.filter}</Submit>
      </form>
    </search>
  )
}

const Pages = ({ frame: { locale }, asked, lines, total, pageSize }: ListPageProps) => {
  const words = memberWords[locale]
  const from = (asked.page - 1) * pageSize
  const to = from + lines.length
  const pageAt = (page: number) => {
    const query = new URLSearchParams()
    if (asked.search !== '') query.set('q', asked.search)
    if (asked.state !== undefined) query.set('state', asked.state)
    if (asked.function !== undefined) query.set('function', asked.function)
    query.set('page', String(page))
    return `/members?${query}`
  }
  return (
    <Pager
      previous={asked.page > 1 ? pageAt(asked.page - 1) : undefined}
      next={to < total ? pageAt(asked.page + 1) : undefined}
      summary={lines.length === 0 ? words.count(total) : words.range(from + 1, to, total)}
    />
  )
}
