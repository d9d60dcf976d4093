import { Actions, LinkButton, Submit } from '../components/buttons.tsx'
import { DataTable } from '../components/data-table.tsx'
import { DateOnly } from '../components/date-time.tsx'
import { Field } from '../components/field.tsx'
import { Page } from '../components/page.tsx'
import { Pager } from '../components/pager.tsx'
import { Select } from '../components/select.tsx'
import { certificateWords } from '../locales/certificates.ts'
import type { Locale } from '../locales/locale.ts'
import type { CertificateLine, Frame, StateName } from './model.ts'
import { Dependants, StateBadge } from './parts.tsx'

/** As it was typed. */
export interface ListFilter {
  readonly holder: string
  readonly serial: string
  readonly state: string
  readonly ends: string
}

interface ListPageProps extends Frame {
  readonly filter: ListFilter
  readonly certificates: readonly CertificateLine[]
  readonly pager: {
    readonly from: number
    readonly to: number
    readonly total: number
    readonly previous: string | undefined
    readonly next: string | undefined
  }
}

/** The certificates of the organisation for which the viewer acts. */
export const CertificateListPage = (props: ListPageProps) => {
  const { locale, path, viewer, filter, certificates, pager } = props
  const words = certificateWords[locale]
  const { from, to, total, previous, next } = pager
  return (
    <Page {...{ locale, path, viewer }} title={words.title} lead={words.lead}>
      <Filters locale={locale} filter={filter} />
      <DataTable
        caption={words.caption}
        hideCaption
        head={[
          words.holder,
          words.profile,
          words.validTo,
          words.state,
          words.reason,
          words.dependsOn,
        ]}
        rows={certificates.map((one) => [
          <a href={`/certificates/${one.id}`}>{one.holder}</a>,
          words.profiles[one.profile],
          <DateOnly at={one.notAfter} />,
          <StateBadge locale={locale} state={one.state} />,
          one.reason === undefined ? '' : words.reasons[one.reason],
          <Dependants locale={locale} dependants={one.dependants} />,
        ])}
        empty={words.none}
      />
      {total > 0 && (
        <Pager previous={previous} next={next} summary={words.shown(from, to, total)} />
      )}
    </Page>
  )
}

const STATES: readonly StateName[] = [
  'active',
  'suspended',
  'revoked',
  'superseded',
  'expired',
  'not-yet-valid',
]

const Filters = ({ locale, filter }: { locale: Locale; filter: ListFilter }) => {
  const words = certificateWords[locale]
  const states = STATES.map((state) => ({ value: state, label: words.states[state] }))
  return (
    <search>
      <form class="form filters" method="get" action="/certificates" aria-label={words.filters}>
        <Field
          {...{ name: 'holder', label: words.filterHolder, value: filter.holder, type: 'search' }}
        />
        <Field
          {...{ name: 'serial', label: words.filterSerial, value: filter.serial, type: 'search' }}
          hint={words.filterSerialHint}
        />
        <Select
          {...{ name: 'state', label: words.filterState, value: filter.state }}
          options={[{ value: '', label: words.anyState }, ...states]}
        />
        <Field
          {...{ name: 'ends', label: words.filterEndsBefore, value: filter.ends, type: 'date' }}
        />
        <Actions>
          <Submit tone="secondary">{words.filter}</Submit>
          <LinkButton href="/certificates">{words.clear}</LinkButton>
        </Actions>
      </form>
    </search>
  )
}
