import { type Context, Hono } from 'hono'
import { memberErrors, memberWords } from '../../../views/locales/members.ts'
import { ChangePage, EndFunctionPage } from '../../../views/members/change-page.tsx'
import { FunctionPage } from '../../../views/members/function-page.tsx'
import { AppError } from '../../errors.ts'
import type { Member } from '../../people/member.ts'
import { isOver } from '../../people/model.ts'
import { endOfParisDay } from '../../people/paris-days.ts'
import type { People } from '../../people/people.ts'
import { MEMBER_FUNCTIONS } from '../../rights/matrix.ts'
import { allowed, withStepUp } from './access.ts'
import { readForm } from './forms.ts'
import { frameOf } from './frame.ts'
import { EndForm, givenBy, refusalOf, TermForm, typed } from './members-forms.ts'
import { getMember } from './one-member.ts'
import type { MemberEnv } from './web-env.ts'

interface Deps {
  readonly members: People
  readonly now: () => number
}

const CHANGES = [
  { change: 'suspend', action: 'member.suspend', by: 'suspendMember' },
  { change: 'resume', action: 'member.suspend', by: 'resumeMember' },
  { change: 'end', action: 'member.change', by: 'endMembership' },
] as const

/** What is changed of a member: each a page that names what will happen, then the act. */
export function memberChangeRoutes(deps: Deps) {
  const app = functionRoutes(deps)
  const { members, now } = deps
  const steppedUp = withStepUp<MemberEnv>(now)
  for (const { change, action, by } of CHANGES) {
    const path = `/members/:personId/${change}` as const
    app.get(path, allowed(action), steppedUp, async (c) => {
      const member = await getMember(members, placeOf(c))
      const { personId } = member
      return c.html(
        <ChangePage frame={frameOf(c)} {...{ personId, change }} name={nameOf(member)} />,
      )
    })
    app.post(path, allowed(action), steppedUp, async (c) => {
      const place = placeOf(c)
      const member = await getMember(members, place)
      const refusal = await refusalOf(() => members[by]({ ...place, by: c.var.actor.id }))
      if (refusal === undefined) return c.redirect(`/members/${place.personId}`, 303)
      const { personId } = place
      const shown = { personId, change, name: nameOf(member), refusal: inWords(c, refusal.reason) }
      return c.html(<ChangePage frame={frameOf(c)} {...shown} />, 409)
    })
  }
  return app
}

function functionRoutes({ members, now }: Deps) {
  const steppedUp = withStepUp<MemberEnv>(now)
  return new Hono<MemberEnv>()
    .get('/members/:personId/function', allowed('member.change'), steppedUp, async (c) => {
      const member = await getMember(members, placeOf(c))
      return c.html(
        <FunctionPage
          frame={frameOf(c)}
          {...{ personId: member.personId, name: nameOf(member) }}
          {...{ functions: MEMBER_FUNCTIONS, values: {}, errors: {} }}
        />,
      )
    })
    .post('/members/:personId/function', allowed('member.change'), steppedUp, async (c) => {
      const place = placeOf(c)
      const { personId } = place
      const member = await getMember(members, place)
      const form = readForm(c, TermForm)
      const again = (values: Readonly<Record<string, string>>, errors: Record<string, string>) => {
        const shown = { personId, name: nameOf(member), functions: MEMBER_FUNCTIONS, values }
        const inWords = memberErrors(c.var.locale, errors)
        return c.html(<FunctionPage frame={frameOf(c)} {...shown} errors={inWords} />, 422)
      }
      if (!form.ok) return again(form.values, { ...form.errors })
      const given = givenBy(form.value, now())
      const refusal = await refusalOf(
        () => members.setFunction({ ...place, given, by: c.var.actor.id }),
        { 'term-over': 'lastDay' },
      )
      if (refusal === undefined) return c.redirect(`/members/${personId}`, 303)
      return again(typed(form.value), { [refusal.field]: refusal.reason })
    })
    .get(
      '/members/:personId/functions/:functionId/end',
      allowed('member.change'),
      steppedUp,
      async (c) => {
        const member = await getMember(members, placeOf(c))
        const held = getHeld(member, c.req.param('functionId'), now())
        const shown = { personId: member.personId, name: nameOf(member), held, lastDay: '' }
        return c.html(<EndFunctionPage frame={frameOf(c)} {...shown} />)
      },
    )
    .post(
      '/members/:personId/functions/:functionId/end',
      allowed('member.change'),
      steppedUp,
      async (c) => {
        const place = placeOf(c)
        const member = await getMember(members, place)
        const held = getHeld(member, c.req.param('functionId'), now())
        const form = readForm(c, EndForm)
        const shown = { personId: place.personId, name: nameOf(member), held }
        if (!form.ok) {
          const wrong = { lastDay: form.values.lastDay ?? '', error: inWords(c, 'day') }
          return c.html(<EndFunctionPage frame={frameOf(c)} {...shown} {...wrong} />, 422)
        }
        const { lastDay } = form.value
        const validTo = lastDay === undefined ? now() : endOfParisDay(lastDay)
        const act = { ...place, functionId: held.id, validTo, by: c.var.actor.id }
        const refusal = await refusalOf(() => members.endFunction(act))
        if (refusal === undefined) return c.redirect(`/members/${place.personId}`, 303)
        const why = { lastDay: lastDay ?? '', refusal: inWords(c, refusal.reason) }
        return c.html(<EndFunctionPage frame={frameOf(c)} {...shown} {...why} />, 409)
      },
    )
}

function placeOf(c: Context<MemberEnv, '/members/:personId/*'>) {
  return { organisationId: c.var.actor.organisationId, personId: c.req.param('personId') }
}

function nameOf({ givenName, familyName }: Member): string {
  return `${givenName} ${familyName}`
}

function getHeld(member: Member, functionId: string, now: number) {
  const held = member.functions.find(({ id }) => id === functionId)
  if (held !== undefined && !isOver(held, now)) return held
  throw new AppError('not-found', 'There is no such function that could end.')
}

function inWords(c: Context<MemberEnv>, reason: string): string {
  const words: Readonly<Record<string, string>> = memberWords[c.var.locale].errors
  return words[reason] ?? reason
}
