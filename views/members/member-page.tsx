import { Badge } from '../components/badge.tsx'
import { Actions, LinkButton } from '../components/buttons.tsx'
import { Card, Cards, Facts } from '../components/card.tsx'
import { DataTable } from '../components/data-table.tsx'
import { DateOnly, DateTime } from '../components/date-time.tsx'
import { useLocale } from '../components/in-locale.tsx'
import { Notice } from '../components/notice.tsx'
import { Page } from '../components/page.tsx'
import { functionWords } from '../locales/functions.ts'
import type { Locale } from '../locales/locale.ts'
import { memberWords } from '../locales/members.ts'
import type { FunctionName, MemberFrame, MemberState } from './frame.ts'
import { StateBadge } from './state-badge.tsx'

interface HeldFunction {
  readonly id: string
  readonly function: FunctionName
  readonly validFrom: number
  /** Exclusive. */
  readonly validTo: number | null
  readonly when: 'inForce' | 'toCome' | 'over'
  readonly capacities: readonly { readonly text: string }[]
}

interface MemberEvent {
  readonly at: number
  readonly action: string
  readonly by: string | null
  readonly byName: string | null
  readonly function: FunctionName | null
}

interface ShownMember {
  readonly personId: string
  readonly givenName: string
  readonly familyName: string
  readonly email: string
  readonly mobile: string | null
  readonly professionalId: string | null
  readonly state: MemberState
  readonly stateAt: number
  readonly functions: readonly HeldFunction[]
}

interface MemberPageProps {
  readonly frame: MemberFrame
  readonly member: ShownMember
  readonly certificate: { readonly serial: string; readonly notAfter: number } | undefined
  readonly events: readonly MemberEvent[]
  readonly may: { readonly change: boolean; readonly suspend: boolean }
  /** What was just done. */
  readonly done?: 'invited' | 'invitedAlready' | undefined
}

/** One member: what the organisation knows, his functions, his certificate, what happened. */
export const MemberPage = (props: MemberPageProps) => {
  const { frame, member, done } = props
  const words = memberWords[frame.locale]
  return (
    <Page
      {...frame}
      title={`${member.givenName} ${member.familyName}`}
      actions={<LinkButton href="/members">{words.back}</LinkButton>}
    >
      {done !== undefined && <Notice kind="success">{words[done]}</Notice>}
      <Cards>
        <Contact {...props} />
        <Certificate {...props} />
      </Cards>
      <Functions {...props} />
      <Changes {...props} />
      <History {...props} />
    </Page>
  )
}

const Contact = ({ frame: { locale }, member }: MemberPageProps) => {
  const words = memberWords[locale]
  return (
    <Card title={words.data}>
      <Facts
        items={[
          [words.state, <StateBadge locale={locale} state={member.state} />],
          [words.since, <DateOnly at={member.stateAt} />],
          [words.email, member.email],
          [words.mobile, member.mobile],
          [words.professionalId, member.professionalId],
        ]}
      />
    </Card>
  )
}

const Certificate = ({ frame: { locale }, certificate }: MemberPageProps) => {
  const words = memberWords[locale]
  return (
    <Card title={words.certificate}>
      {certificate === undefined ? (
        <p>{words.certificateNone}</p>
      ) : (
        <Facts
          items={[
            [words.state, <Badge tone="good">{words.certificateActive}</Badge>],
            [words.certificateTo, <DateOnly at={certificate.notAfter} />],
            [words.certificateSerial, <code>{certificate.serial}</code>],
          ]}
        />
      )}
    </Card>
  )
}

const Term = ({ validFrom, validTo }: Pick<HeldFunction, 'validFrom' | 'validTo'>) => {
  const words = memberWords[useLocale()]
  return (
    <>
      <DateOnly at={validFrom} /> –{' '}
      {validTo === null ? words.endless : <DateOnly at={validTo - 1} />}
    </>
  )
}

const WHEN_TONES = { inForce: 'good', toCome: 'neutral', over: 'bad' } as const

const Functions = ({ frame: { locale }, member, may }: MemberPageProps) => {
  const words = memberWords[locale]
  const home = `/members/${member.personId}`
  const canChange = may.change && member.state !== 'ended'
  return (
    <Card title={words.functionsTitle}>
      <DataTable
        caption={words.functionsTitle}
        hideCaption
        head={[
          ...[words.function, words.state, words.term, words.capacities],
          ...(canChange ? [words.endFunction] : []),
        ]}
        rows={member.functions.map((held) => [
          functionWords[locale][held.function],
          <Badge tone={WHEN_TONES[held.when]}>{words[held.when]}</Badge>,
          <Term {...held} />,
          held.capacities.map(({ text }) => text).join(' ; '),
          ...(canChange
            ? [
                held.when === 'over' ? (
                  ''
                ) : (
                  <a href={`${home}/functions/${held.id}/end`}>{words.endFunction}</a>
                ),
              ]
            : []),
        ])}
        empty={words.functionsNone}
      />
      {canChange && (
        <Actions>
          <LinkButton href={`${home}/function`}>{words.setFunction}</LinkButton>
        </Actions>
      )}
    </Card>
  )
}

const Changes = ({ frame: { locale }, member, may }: MemberPageProps) => {
  const words = memberWords[locale]
  const home = `/members/${member.personId}`
  const { state } = member
  return (
    <Actions>
      {may.suspend && state === 'active' && (
        <LinkButton href={`${home}/suspend`}>{words.suspend}</LinkButton>
      )}
      {may.suspend && state === 'suspended' && (
        <LinkButton href={`${home}/resume`}>{words.resume}</LinkButton>
      )}
      {may.change && state !== 'ended' && (
        <LinkButton href={`${home}/end`} tone="danger">
          {words.end}
        </LinkButton>
      )}
    </Actions>
  )
}

const History = ({ frame: { locale }, events }: MemberPageProps) => {
  const words = memberWords[locale]
  return (
    <Card title={words.history}>
      <DataTable
        caption={words.history}
        hideCaption
        head={[words.when, words.what, words.who]}
        rows={events.map((event) => [
          <DateTime at={event.at} />,
          describeEvent(locale, event),
          event.by === null ? words.operator : (event.byName ?? words.somebody),
        ])}
        empty={words.historyNone}
      />
    </Card>
  )
}

function describeEvent(locale: Locale, { action, function: held }: MemberEvent): string {
  const known: Readonly<Record<string, string>> = memberWords[locale].events
  const what = known[action] ?? action
  return held === null ? what : `${what} (${functionWords[locale][held]})`
}
