import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { ConfirmPage } from '../../../views/enrolments/confirm-page.tsx'
import { DetailPage } from '../../../views/enrolments/detail-page.tsx'
import { QueuePage } from '../../../views/enrolments/queue-page.tsx'
import { METHODS } from '../../people/enrolment/model.ts'
import { QUEUE_PAGE } from '../../people/enrolment/queue.ts'
import type { EnrolmentDetail, Enrolments } from '../../people/enrolment/service.ts'
import { can } from '../../rights/can.ts'
import type { MatrixAction } from '../../rights/matrix.ts'
import { allowed } from './access.ts'
import { readForm } from './forms.ts'
import { frameOf } from './frame.ts'
import type { MemberEnv } from './web-env.ts'

export interface EnrolmentsPagesDeps {
  readonly enrolments: Enrolments
  readonly now: () => number
}

/** What is no filter is none: an address that was mistyped still shows a list. */
const Query = z.object({
  filter: z.enum(['to-verify', 'open', 'ended', 'all']).catch('open'),
  page: z.coerce.number().int().min(1).max(10_000).catch(1),
})
const Done = z.enum(['verified', 'rejected', 'reissued', 'restarted', 'blocked'])
const checked = z.literal('on', 'check')
const VerificationForm = z.object({
  checkedName: checked,
  checkedDocument: checked,
  checkedNumber: checked,
  checkedRegister: checked,
  method: z.enum(METHODS, 'method'),
})
const RejectionForm = z.object({ reason: z.string('reason').min(3, 'reason').max(500, 'reason') })

const REFUSED = 422

/** `/enrolments…`: who is on the way, and the identities that wait for a verifier. */
export function enrolmentsRoutes({ enrolments, now }: EnrolmentsPagesDeps) {
  return new Hono<MemberEnv>()
    .get('/enrolments', allowed('enrolment.list'), async (c) => {
      const asked = Query.parse(c.req.query())
      const { items, total } = await enrolments.listQueue(c.var.actor.organisationId, asked)
      const frame = frameOf(c)
      return c.html(<QueuePage {...{ frame, items, total }} {...asked} pageSize={QUEUE_PAGE} />)
    })
    .get('/enrolments/:id', allowed('enrolment.list'), async (c) => show(c))
    .get('/enrolments/:id/document', allowed('identity.verify'), async (c) => {
      const { type, bytes } = await enrolments.viewIdentity(c.req.param('id'), c.var.actor)
      c.header('Content-Type', MEDIA_TYPES[type])
      c.header('Content-Disposition', `inline; filename="document.${type}"`)
      c.header('Content-Security-Policy', "default-src 'none'; sandbox")
      c.header('Cache-Control', 'no-store')
      return c.body(Uint8Array.from(bytes))
    })
    .post('/enrolments/:id/verification', allowed('identity.verify'), async (c) => {
      const id = c.req.param('id')
      const form = readForm(c, VerificationForm)
      if (!form.ok) return show(c, form)
      const { method } = form.value
      await enrolments.verifyIdentity(id, { actor: c.var.actor, method })
      return done(c, 'verified')
    })
    .post('/enrolments/:id/rejection', allowed('identity.verify'), async (c) => {
      const id = c.req.param('id')
      const form = readForm(c, RejectionForm)
      if (!form.ok) return show(c, form)
      await enrolments.rejectIdentity(id, { actor: c.var.actor, reason: form.value.reason })
      return done(c, 'rejected')
    })
    .post('/enrolments/:id/link', allowed('enrolment.manage'), async (c) => {
      await enrolments.reissueLink(c.req.param('id'), c.var.actor)
      return done(c, 'reissued')
    })
    .get('/enrolments/:id/restart', allowed('enrolment.manage'), (c) => confirm(c, 'restart'))
    .post('/enrolments/:id/restart', allowed('enrolment.manage'), async (c) => {
      await enrolments.restart(c.req.param('id'), c.var.actor)
      return done(c, 'restarted')
    })
    .get('/enrolments/:id/block', allowed('enrolment.manage'), (c) => confirm(c, 'block'))
    .post('/enrolments/:id/block', allowed('enrolment.manage'), async (c) => {
      await enrolments.block(c.req.param('id'), c.var.actor)
      return done(c, 'blocked')
    })

  async function show(
    c: Context<MemberEnv>,
    refused?: {
      readonly values: Readonly<Record<string, string>>
      readonly errors: Readonly<Record<string, string>>
    },
  ) {
    const { actor } = c.var
    const detail = await getDetail(c)
    const { enrolment, person, proofs } = detail
    const { id, state, movedAt, mobile, professionalId, personId } = enrolment
    const may = (action: MatrixAction) =>
      can(actor, { action, organisationId: actor.organisationId }, [], now()).allowed
    const { values = {}, errors = {} } = refused ?? {}
    return c.html(
      <DetailPage
        frame={{ ...frameOf(c), path: `/enrolments/${id}` }}
        {...{ id, state, movedAt, mobile, professionalId, person, proofs, values, errors }}
        isOwn={personId === actor.id}
        mayVerify={may('identity.verify')}
        mayManage={may('enrolment.manage')}
        done={Done.safeParse(c.req.query('done')).data}
      />,
      refused === undefined ? 200 : REFUSED,
    )
  }

  async function confirm(c: Context<MemberEnv>, what: 'restart' | 'block') {
    const { enrolment, person } = await getDetail(c)
    const name = `${person.givenName} ${person.familyName}`
    return c.html(<ConfirmPage frame={frameOf(c)} {...{ what, name }} id={enrolment.id} />)
  }

  function getDetail(c: Context<MemberEnv>): Promise<EnrolmentDetail> {
    return enrolments.detailFor(c.req.param('id') ?? '', c.var.actor)
  }
}

const MEDIA_TYPES = { jpeg: 'image/jpeg', png: 'image/png', pdf: 'application/pdf' } as const

function done(c: Context<MemberEnv>, what: z.infer<typeof Done>) {
  return c.redirect(`/enrolments/${encodeURIComponent(c.req.param('id') ?? '')}?done=${what}`, 303)
}
