import { type Context, Hono } from 'hono'
import { z } from 'zod'
import { ActPage } from '../../../views/certificates/act-page.tsx'
import { CertificatePage, type Possible } from '../../../views/certificates/certificate-page.tsx'
import { CertificateListPage, type ListFilter } from '../../../views/certificates/list-page.tsx'
import type { Certificates } from '../../authority/administration.ts'
import {
  type CertificateFilter,
  type CertificateSheet,
  PAGE_ROWS,
} from '../../authority/catalogue.ts'
import { reasonsFor, type ShownState } from '../../authority/life.ts'
import { AppError } from '../../errors.ts'
import { can, type PersonActor } from '../../rights/can.ts'
import type { MatrixAction } from '../../rights/matrix.ts'
import { allowed, withStepUp } from './access.ts'
import { doneOf, pemAnswer, toLine, toldAt, toShown } from './certificate-view.ts'
import { readForm } from './forms.ts'
import { frameOf } from './frame.ts'
import type { MemberEnv } from './web-env.ts'

export interface CertificatePagesDeps {
  readonly certificates: Pick<Certificates, 'list' | 'find' | 'suspend' | 'resume' | 'revoke'>
  readonly now: () => number
}

const RevocationForm = z.object({
  reason: z.enum(reasonsFor('root-ca')),
  serial: z.string().max(80).optional(),
})

/** `/certificates`: what the organisation owns, and what is done with it. */
export function certificatePageRoutes({ certificates, now }: CertificatePagesDeps) {
  const stepUp = withStepUp<MemberEnv>(now)
  const get = async (c: Context<MemberEnv>) => {
    const found = await certificates.find(c.var.actor, c.req.param('id') ?? '')
    if (found === undefined) {
      throw new AppError('not-found', 'There is no certificate of this id.')
    }
    return found
  }
  const actPage = async (c: Context<MemberEnv>, act: 'suspend' | 'resume', noun: string) => {
    const { id, ...rest } = toLine(await get(c))
    const page = `/certificates/${id}`
    const props = { act, certificate: { id, ...rest }, action: `${page}/${noun}` }
    return c.html(<ActPage {...frameOf(c)} {...props} cancelHref={page} />)
  }

  return new Hono<MemberEnv>()
    .get('/certificates', allowed('certificate.list'), async (c) => {
      const filter = readFilter(c)
      const page = Math.min(Math.max(Number(c.req.query('page')) || 0, 0), PAGES_MAX)
      const { certificates: found, total } = await certificates.list(
        c.var.actor,
        toFilter(filter),
        page,
      )
      const pager = pagerOf({ filter, page, shown: found.length, total })
      return c.html(
        <CertificateListPage
          {...{ ...frameOf(c), filter, pager }}
          certificates={found.map(toLine)}
        />,
      )
    })
    .get('/certificates/:id', allowed('certificate.list'), async (c) => {
      const found = await get(c)
      const props = {
        certificate: toShown(found),
        possible: possibleFor(c.var.actor, found, now()),
      }
      return c.html(<CertificatePage {...frameOf(c)} {...props} done={doneOf(c)} />)
    })
    .get('/certificates/:id/certificate.pem', allowed('certificate.list'), async (c) =>
      pemAnswer(c, 'certificate', await get(c)),
    )
    .get('/certificates/:id/chain.pem', allowed('certificate.list'), async (c) =>
      pemAnswer(c, 'chain', await get(c)),
    )
    .get('/certificates/:id/suspension', allowed('certificate.suspend'), (c) =>
      actPage(c, 'suspend', 'suspension'),
    )
    .post('/certificates/:id/suspension', allowed('certificate.suspend'), stepUp, async (c) => {
      const id = c.req.param('id')
      const done = await certificates.suspend(c.var.actor, id)
      return c.redirect(toldAt(`/certificates/${id}`, 'suspend', done), 303)
    })
    .get('/certificates/:id/resumption', allowed('certificate.suspend'), (c) =>
      actPage(c, 'resume', 'resumption'),
    )
    .post('/certificates/:id/resumption', allowed('certificate.suspend'), stepUp, async (c) => {
      const id = c.req.param('id')
      const done = await certificates.resume(c.var.actor, id)
      return c.redirect(toldAt(`/certificates/${id}`, 'resume', done), 303)
    })
    .get('/certificates/:id/revocation', allowed('certificate.revoke'), async (c) =>
      c.html(<ActPage {...revocation(c, await get(c))} />),
    )
    .post('/certificates/:id/revocation', allowed('certificate.revoke'), stepUp, async (c) => {
      const found = await get(c)
      const form = readForm(c, RevocationForm)
      if (!form.ok) return c.html(<ActPage {...revocation(c, found, { reason: 'reason' })} />, 422)
      const { reason, serial } = form.value
      if (isCa(found) && serial?.replace(/[\s:]/g, '').toLowerCase() !== found.serial) {
        const page = revocation(c, found, { serial: 'serial' })
        return c.html(<ActPage {...page} chosen={reason} />, 422)
      }
      const done = await certificates.revoke(c.var.actor, found.id, reason)
      return c.redirect(toldAt(`/certificates/${found.id}`, 'revoke', done), 303)
    })
}

function revocation(
  c: Context<MemberEnv>,
  found: CertificateSheet,
  errors?: Readonly<Record<string, 'reason' | 'serial'>>,
) {
  const page = `/certificates/${found.id}`
  return {
    ...frameOf(c),
    act: 'revoke',
    certificate: toLine(found),
    action: `${page}/revocation`,
    cancelHref: page,
    reasons: reasonsFor(found.profile),
    asksSerial: isCa(found),
    errors,
  } as const
}

function isCa({ profile }: CertificateSheet): boolean {
  return profile === 'root-ca' || profile === 'issuing-ca'
}

/** What the viewer may do with it: the buttons, which the service checks again. */
function possibleFor(actor: PersonActor, found: CertificateSheet, now: number): Possible {
  const { personId, state, isExternal, profile } = found
  const may = (action: MatrixAction) => {
    const needed = isCa(found) ? 'authority.manage' : action
    const { organisationId } = actor
    const act = { action: needed, organisationId, ...(personId !== null && { personId }) }
    return !isExternal && profile !== 'root-ca' && can(actor, act, [], now).allowed
  }
  return {
    suspend: state === 'active' && may('certificate.suspend'),
    resume: state === 'suspended' && may('certificate.suspend'),
    revoke: state !== 'revoked' && may('certificate.revoke'),
  }
}

const PAGES_MAX = 10_000
const STATES: readonly ShownState[] = [
  'active',
  'suspended',
  'revoked',
  'superseded',
  'expired',
  'not-yet-valid',
]

function readFilter(c: Context<MemberEnv>): ListFilter {
  const text = (name: string) => (c.req.query(name) ?? '').trim().slice(0, 100)
  return {
    holder: text('holder'),
    serial: text('serial').replace(/[\s:]/g, '').toLowerCase(),
    state: text('state'),
    ends: text('ends'),
  }
}

function toFilter({ holder, serial, state, ends }: ListFilter): CertificateFilter {
  const known = STATES.find((name) => name === state)
  const endsBefore = /^\d{4}-\d\d-\d\d$/.test(ends) ? Date.parse(`${ends}T00:00:00Z`) : Number.NaN
  return {
    ...(holder !== '' && { holder }),
    ...(serial !== '' && { serial }),
    ...(known !== undefined && { state: known }),
    ...(!Number.isNaN(endsBefore) && { endsBefore }),
  }
}

function pagerOf(list: { filter: ListFilter; page: number; shown: number; total: number }) {
  const { filter, page, shown, total } = list
  const from = page * PAGE_ROWS + 1
  const href = (to: number) => {
    const filled = Object.entries(filter).filter(([, value]) => value !== '')
    return `/certificates?${new URLSearchParams([...filled, ['page', String(to)]])}`
  }
  return {
    from: shown === 0 ? 0 : from,
    to: page * PAGE_ROWS + shown,
    total,
    previous: page === 0 ? undefined : href(page - 1),
    next: from + shown - 1 < total ? href(page + 1) : undefined,
  }
}
