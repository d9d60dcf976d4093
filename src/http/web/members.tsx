import { type Context, Hono } from 'hono'
import { memberErrors } from '../../../views/locales/members.ts'
import { InvitePage } from '../../../views/members/invite-page.tsx'
import { MemberListPage } from '../../../views/members/list-page.tsx'
import { MemberPage } from '../../../views/members/member-page.tsx'
import type { Member } from '../../people/member.ts'
import { isInForce, isOver, MEMBERSHIP_STATES, type Term } from '../../people/model.ts'
import type { People } from '../../people/people.ts'
import { can } from '../../rights/can.ts'
import {
  isMemberFunction,
  type MatrixAction,
  MEMBER_FUNCTIONS,
  type MemberFunction,
} from '../../rights/matrix.ts'
import { allowed, withStepUp } from './access.ts'
import { readForm } from './forms.ts'
import { frameOf } from './frame.ts'
import { memberChangeRoutes } from './members-changes.tsx'
import { givenBy, InviteForm, refusalOf, typed } from './members-forms.ts'
import { getMember } from './one-member.ts'
import type { MemberEnv } from './web-env.ts'

export interface MemberPagesDeps {
  readonly members: People
  /** The certificate in force of a person, if there is one. */
  readonly findCertificateOf: (
    personId: string,
  ) => Promise<{ readonly serial: string; readonly notAfter: number } | undefined>
  readonly now: () => number
}

const PAGE_SIZE = 50
const PAGES_MAX = 10_000
const SEARCH_LENGTH_MAX = 100

/** `/members…`: those of the organisation for which one acts, and of no other. */
export function memberRoutes(deps: MemberPagesDeps) {
  const { members, findCertificateOf, now } = deps
  const steppedUp = withStepUp<MemberEnv>(now)
  return new Hono<MemberEnv>()
    .get('/members', allowed('member.list'), async (c) => {
      const { organisationId } = c.var.actor
      const asked = readAsked(c)
      const { page, function: held, ...wanted } = asked
      const filter = { organisationId, ...wanted, function: held }
      const offset = (page - 1) * PAGE_SIZE
      const [{ lines, total }, counts] = await Promise.all([
        members.listMembers(filter, { offset, limit: PAGE_SIZE }),
        members.countMembers(organisationId),
      ])
      return c.html(
        <MemberListPage
          frame={frameOf(c)}
          {...{ lines, total, counts, asked }}
          pageSize={PAGE_SIZE}
          functions={MEMBER_FUNCTIONS}
          mayInvite={may(c, 'member.invite')}
        />,
      )
    })
    .get('/members/invite', allowed('member.invite'), steppedUp, (c) =>
      c.html(
        <InvitePage frame={frameOf(c)} functions={MEMBER_FUNCTIONS} values={{}} errors={{}} />,
      ),
    )
    .post('/members/invite', allowed('member.invite'), steppedUp, async (c) => {
      const frame = frameOf(c)
      const form = readForm(c, InviteForm)
      const again = (values: Record<string, string>, errors: Record<string, string>) => {
        const inWords = memberErrors(c.var.locale, errors)
        const shown = { frame, values, errors: inWords }
        return c.html(<InvitePage {...shown} functions={MEMBER_FUNCTIONS} />, 422)
      }
      if (!form.ok) return again({ ...form.values }, { ...form.errors })
      const { givenName, familyName, email, locale } = form.value
      const { organisationId, id: by } = c.var.actor
      const given = givenBy(form.value, now())
      const invited = { organisationId, givenName, familyName, email, locale, given, by }
      let made = { personId: '', isRepeated: false }
      const refusal = await refusalOf(
        async () => {
          made = await members.inviteMember(invited)
        },
        { 'term-over': 'lastDay' },
      )
      if (refusal !== undefined) {
        return again(typed(form.value), { [refusal.field]: refusal.reason })
      }
      const done = made.isRepeated ? 'invitedAlready' : 'invited'
      return c.redirect(`/members/${made.personId}?done=${done}`, 303)
    })
    .get('/members/:personId', allowed('member.list'), async (c) => {
      const of = { organisationId: c.var.actor.organisationId, personId: c.req.param('personId') }
      const member = await getMember(members, of)
      const isKnown = member.state === 'active' || member.state === 'suspended'
      const [events, certificate] = await Promise.all([
        members.listMemberEvents(of),
        isKnown ? findCertificateOf(of.personId) : undefined,
      ])
      const done = c.req.query('done')
      return c.html(
        <MemberPage
          frame={frameOf(c)}
          member={shown(member, now())}
          events={events.map((event) => ({ ...event, function: knownFunction(event.function) }))}
          certificate={certificate}
          may={{ change: may(c, 'member.change'), suspend: may(c, 'member.suspend') }}
          done={done === 'invited' || done === 'invitedAlready' ? done : undefined}
        />,
      )
    })
    .route('/', memberChangeRoutes(deps))
}

function may(c: Context<MemberEnv>, action: MatrixAction): boolean {
  const { actor } = c.var
  return can(actor, { action, organisationId: actor.organisationId }, [], 0).allowed
}

function readAsked(c: Context<MemberEnv>) {
  const search = (c.req.query('q') ?? '').replace(/\p{C}/gu, '').slice(0, SEARCH_LENGTH_MAX)
  const page = Number(c.req.query('page') ?? 1)
  return {
    search: search.trim(),
    state: MEMBERSHIP_STATES.find((state) => state === c.req.query('state')),
    function: knownFunction(c.req.query('function') ?? null) ?? undefined,
    page: Number.isInteger(page) && page > 0 && page <= PAGES_MAX ? page : 1,
  }
}

function knownFunction(text: string | null): MemberFunction | null {
  return text !== null && isMemberFunction(text) ? text : null
}

function shown(member: Member, now: number) {
  const functions = member.functions.map((held) => ({ ...held, when: whenOf(held, now) }))
  return { ...member, functions }
}

function whenOf(term: Term, now: number): 'inForce' | 'toCome' | 'over' {
  if (isOver(term, now)) return 'over'
  return isInForce(term, now) ? 'inForce' : 'toCome'
}
