import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { organisationErrors } from '../../../views/locales/organisations.ts'
import { FoundPage } from '../../../views/organisations/found-page.tsx'
import { InvitationPage } from '../../../views/organisations/invitation-page.tsx'
import { OrganisationListPage } from '../../../views/organisations/list-page.tsx'
import { isSiren } from '../../authority/model.ts'
import { AppError } from '../../errors.ts'
import type { People } from '../../people/people.ts'
import { can } from '../../rights/can.ts'
import { functionsThatMay, isMemberFunction } from '../../rights/matrix.ts'
import { allowed, signedIn, withStepUp } from './access.ts'
import { readForm } from './forms.ts'
import { frameOf } from './frame.ts'
import { refusalOf, typed } from './members-forms.ts'
import type { MemberEnv, SignedInEnv } from './web-env.ts'

interface Deps {
  readonly members: People
  readonly now: () => number
}

const FoundForm = z.object({
  name: z.string('name').min(1, 'name').max(200, 'name'),
  kind: z.enum(['firm', 'agc', 'other'], 'kind'),
  siren: z
    .string('siren')
    .transform((text) => text.replace(/\s/g, ''))
    .refine(isSiren, 'siren'),
  address: z.string().max(500, 'address').default(''),
  function: z.string('function').refine(isMemberFunction, 'function'),
})

/** In a firm; elsewhere fewer may. */
const FOUNDERS = functionsThatMay('member.invite', 'firm')

/** `/organisations…`: those one belongs to, those that invite one, and founding one. */
export function organisationRoutes(deps: Deps) {
  return new Hono().route('/', ownRoutes(deps)).route('/', foundingRoutes(deps))
}

function ownRoutes({ members }: Deps) {
  return new Hono<SignedInEnv>()
    .get('/organisations', signedIn(), async (c) => {
      const { personId } = c.var.session
      const { actor } = c.var
      const [organisations, invitations] = await Promise.all([
        members.listOrganisations(personId),
        members.listInvitations(personId),
      ])
      const act = {
        action: 'organisation.found',
        organisationId: actor?.organisationId ?? '',
      } as const
      return c.html(
        <OrganisationListPage
          frame={frameOf(c)}
          {...{ organisations, invitations }}
          presentId={actor?.organisationId}
          mayFound={actor !== undefined && can(actor, act, [], 0).allowed}
        />,
      )
    })
    .get('/organisations/:id/invitation', signedIn(), async (c) => {
      const { organisationId, organisation } = await getInvitation(members, c)
      return c.html(<InvitationPage frame={frameOf(c)} {...{ organisationId, organisation }} />)
    })
    .post('/organisations/:id/accept', signedIn(), async (c) => {
      const { organisationId } = await getInvitation(members, c)
      await members.acceptInvitation({ organisationId, personId: c.var.session.personId })
      return c.redirect('/organisations', 303)
    })
    .post('/organisations/:id/refuse', signedIn(), async (c) => {
      const { organisationId } = await getInvitation(members, c)
      await members.refuseInvitation({ organisationId, personId: c.var.session.personId })
      return c.redirect('/organisations', 303)
    })
}

/** @throws AppError `not-found` unless it is an open invitation of whoever asks. */
async function getInvitation(members: People, c: Context<SignedInEnv, '/organisations/:id/*'>) {
  const open = await members.listInvitations(c.var.session.personId)
  const found = open.find(({ organisationId }) => organisationId === c.req.param('id'))
  if (found !== undefined) return found
  throw new AppError('not-found', 'There is no such invitation.')
}

function foundingRoutes({ members, now }: Deps) {
  const steppedUp = withStepUp<MemberEnv>(now)
  return new Hono<MemberEnv>()
    .get('/organisations/found', allowed('organisation.found'), steppedUp, (c) =>
      c.html(<FoundPage frame={frameOf(c)} functions={FOUNDERS} values={{}} errors={{}} />),
    )
    .post('/organisations/found', allowed('organisation.found'), steppedUp, async (c) => {
      const form = readForm(c, FoundForm)
      const again = (values: Readonly<Record<string, string>>, errors: Record<string, string>) => {
        const shown = { values, errors: organisationErrors(c.var.locale, errors) }
        return c.html(<FoundPage frame={frameOf(c)} functions={FOUNDERS} {...shown} />, 422)
      }
      if (!form.ok) return again(form.values, { ...form.errors })
      const founding = { ...form.value, by: c.var.actor.id }
      const refusal = await refusalOf(() => members.foundOrganisation(founding))
      if (refusal === undefined) return c.redirect('/organisations', 303)
      return again(typed(form.value), { [refusal.field]: refusal.reason })
    })
}
