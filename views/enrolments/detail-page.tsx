import { Actions, LinkButton, Submit } from '../components/buttons.tsx'
import { Card, Cards, Facts } from '../components/card.tsx'
import { DataTable } from '../components/data-table.tsx'
import { DateTime } from '../components/date-time.tsx'
import { Form } from '../components/form.tsx'
import { Notice } from '../components/notice.tsx'
import { Page } from '../components/page.tsx'
import { enrolWords } from '../locales/enrol.ts'
import { enrolmentsWords } from '../locales/enrolments.ts'
import { DecisionForms } from './decision-forms.tsx'
import type { DoneName, EnrolmentsFrame, MethodName, OutcomeName, StateName } from './frame.ts'
import { StateBadge } from './queue-page.tsx'

interface ShownProof {
  readonly kind: keyof (typeof enrolWords)['fr']['kinds']
  readonly last4: string
  readonly expiresOn: string
  /** Unix ms. */
  readonly submittedAt: number
  readonly fileSha256: string
  readonly state: OutcomeName
  readonly method: MethodName | null
  readonly verifier: string | null
  readonly reason: string | null
}

export interface DetailPageProps {
  readonly frame: EnrolmentsFrame
  readonly id: string
  readonly state: StateName
  readonly movedAt: number
  readonly person: {
    readonly givenName: string
    readonly familyName: string
    readonly email: string
  }
  readonly mobile: string | null
  readonly professionalId: string | null
  /** The newest first. */
  readonly proofs: readonly ShownProof[]
  readonly isOwn: boolean
  readonly mayVerify: boolean
  readonly mayManage: boolean
  readonly done: DoneName | undefined
  readonly values: Readonly<Record<string, string>>
  readonly errors: Readonly<Record<string, string>>
}

/** One enrolment: what was typed, what was shown, and the decision that is due. */
export const DetailPage = (props: DetailPageProps) => {
  const { frame, person, state, movedAt, done, isOwn } = props
  const words = enrolmentsWords[frame.locale]
  const name = `${person.givenName} ${person.familyName}`
  return (
    <Page
      {...frame}
      title={name}
      actions={<LinkButton href="/enrolments">{words.back}</LinkButton>}
    >
      {done !== undefined && <Notice kind="success">{words.done[done]}</Notice>}
      <p>
        <StateBadge locale={frame.locale} state={state} /> {words.since} <DateTime at={movedAt} />
      </p>
      {isOwn && (
        <Notice kind="warning" title={words.ownTitle}>
          {words.ownText}
        </Notice>
      )}
      <Cards>
        <TypedData {...props} />
        {state === 'identity-submitted' && props.mayVerify && !isOwn && <Document {...props} />}
      </Cards>
      {state === 'identity-submitted' && props.mayVerify && !isOwn && <DecisionForms {...props} />}
      <Proofs {...props} />
      {props.mayManage && state !== 'active' && <Manage {...props} />}
    </Page>
  )
}

const TypedData = ({
  frame: { locale },
  person,
  mobile,
  professionalId,
  proofs,
}: DetailPageProps) => {
  const words = enrolmentsWords[locale]
  const [proof] = proofs
  return (
    <Card title={words.data}>
      <Facts
        items={[
          [words.givenName, person.givenName],
          [words.familyName, person.familyName],
          [words.email, person.email],
          [words.mobile, mobile],
          [words.professionalId, professionalId ?? words.noProfessionalId],
          [words.kind, proof && enrolWords[locale].kinds[proof.kind]],
          [words.last4, proof?.last4],
          [words.expiresOn, proof?.expiresOn],
          [words.submittedAt, proof && <DateTime at={proof.submittedAt} />],
        ]}
      />
    </Card>
  )
}

const Document = ({ frame: { locale }, id }: DetailPageProps) => {
  const words = enrolmentsWords[locale]
  return (
    <Card title={words.document}>
      <p>{words.documentText}</p>
      <p>
        <a href={`/enrolments/${id}/document`} target="_blank" rel="noopener">
          {words.openDocument}
        </a>
      </p>
    </Card>
  )
}

const Proofs = ({ frame: { locale }, proofs }: DetailPageProps) => {
  const words = enrolmentsWords[locale]
  const kinds = enrolWords[locale].kinds
  return (
    <Card title={words.proofs}>
      <DataTable
        caption={words.proofsCaption}
        hideCaption
        head={[words.submittedAt, words.kind, words.outcome, words.verifier, words.digest]}
        rows={proofs.map((proof) => [
          <DateTime at={proof.submittedAt} />,
          `${kinds[proof.kind]} …${proof.last4}`,
          <>
            {words.outcomes[proof.state]}
            {proof.method !== null && ` (${words.methods[proof.method]})`}
            {proof.reason !== null && <p>{proof.reason}</p>}
          </>,
          proof.verifier ?? '',
          <code>{proof.fileSha256.slice(0, 16)}…</code>,
        ])}
        empty={words.noProofs}
      />
    </Card>
  )
}

const Manage = ({ frame, id, state }: DetailPageProps) => {
  const words = enrolmentsWords[frame.locale]
  const isOver = state === 'abandoned' || state === 'blocked'
  return (
    <Card title={words.manage}>
      <Form action={`/enrolments/${id}/link`} csrf={frame.csrf}>
        <Actions>
          {!isOver && <Submit tone="secondary">{words.reissue}</Submit>}
          <LinkButton href={`/enrolments/${id}/restart`}>{words.restart}</LinkButton>
          {!isOver && (
            <LinkButton href={`/enrolments/${id}/block`} tone="danger">
              {words.block}
            </LinkButton>
          )}
        </Actions>
      </Form>
    </Card>
  )
}
