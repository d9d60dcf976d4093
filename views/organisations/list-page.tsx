import { Badge } from '../components/badge.tsx'
import { LinkButton, Submit } from '../components/buttons.tsx'
import { Card } from '../components/card.tsx'
import { DataTable } from '../components/data-table.tsx'
import { DateOnly } from '../components/date-time.tsx'
import { Page } from '../components/page.tsx'
import { functionWords } from '../locales/functions.ts'
import { organisationWords } from '../locales/organisations.ts'
import type { FunctionName, MemberFrame } from '../members/frame.ts'

interface OrganisationLine {
  readonly id: string
  readonly name: string
  readonly kind: 'council' | 'firm' | 'agc' | 'other'
  readonly siren: string
  readonly address: string
  readonly functions: readonly FunctionName[]
}

interface OrganisationListProps {
  readonly frame: MemberFrame
  readonly organisations: readonly OrganisationLine[]
  readonly invitations: readonly {
    readonly organisationId: string
    readonly organisation: string
    readonly since: number
  }[]
  /** For which the viewer acts now. */
  readonly presentId: string | undefined
  readonly mayFound: boolean
}

/** The organisations of the viewer: for which he acts, may act, is asked to act. */
export const OrganisationListPage = (props: OrganisationListProps) => {
  const { frame, organisations, mayFound } = props
  const { locale } = frame
  const words = organisationWords[locale]
  return (
    <Page
      {...frame}
      title={words.title}
      lead={words.lead}
      actions={
        mayFound ? <LinkButton href="/organisations/found">{words.found}</LinkButton> : undefined
      }
    >
      <Invitations {...props} />
      <DataTable
        caption={words.caption}
        hideCaption
        head={[words.name, words.kind, words.siren, words.address, words.capacity, words.actFor]}
        rows={organisations.map((one) => [
          one.name,
          words.kinds[one.kind],
          one.siren,
          one.address,
          one.functions.map((held) => functionWords[locale][held]).join(', ') || words.noFunction,
          <Acting {...props} organisation={one} />,
        ])}
        empty={words.none}
      />
    </Page>
  )
}

const Acting = (props: OrganisationListProps & { readonly organisation: OrganisationLine }) => {
  const { frame, presentId, organisation } = props
  const words = organisationWords[frame.locale]
  if (organisation.id === presentId) return <Badge tone="good">{words.present}</Badge>
  return (
    <form method="post" action="/switch">
      <input type="hidden" name="csrf" value={frame.csrf} />
      <input type="hidden" name="next" value="/organisations" />
      <Submit tone="secondary" name="organisationId" value={organisation.id}>
        {words.actFor}
        <span class="visually-hidden"> ({organisation.name})</span>
      </Submit>
    </form>
  )
}

const Invitations = ({ frame: { locale }, invitations }: OrganisationListProps) => {
  const words = organisationWords[locale]
  if (invitations.length === 0) return null
  return (
    <Card title={words.invitations}>
      <ul>
        {invitations.map(({ organisationId, organisation, since }) => (
          <li>
            <a href={`/organisations/${organisationId}/invitation`}>
              {words.invitationFrom(organisation)}
            </a>{' '}
            (<DateOnly at={since} />)
          </li>
        ))}
      </ul>
    </Card>
  )
}
