import { Hono } from 'hono'
import { SealListPage } from '../../../views/seals/list-page.tsx'
import { SealPage } from '../../../views/seals/seal-page.tsx'
import { AppError } from '../../errors.ts'
import type { SealSheet, SealSummary } from '../../sealing/overview.ts'
import { allowed } from './access.ts'
import { frameOf } from './frame.ts'
import type { MemberEnv } from './web-env.ts'

export interface SealPagesDeps {
  /** The seals of one organisation. */
  readonly listSeals: (organisationId: string) => Promise<readonly SealSummary[]>
  /** Undefined when this organisation has no such seal. */
  readonly findSeal: (organisationId: string, id: string) => Promise<SealSheet | undefined>
  readonly now: () => number
}

/** `GET /seals` and `/seals/{id}`: the seals of the organisation for which one acts. */
export function sealPageRoutes({ listSeals, findSeal, now }: SealPagesDeps) {
  return new Hono<MemberEnv>()
    .get('/seals', allowed('seal.list'), async (c) => {
      const seals = await listSeals(c.var.actor.organisationId)
      const lines = seals.map((seal) => ({ ...seal, certificateState: standing(seal, now()) }))
      return c.html(<SealListPage {...frameOf(c)} seals={lines} />)
    })
    .get('/seals/:id', allowed('seal.list'), async (c) => {
      const seal = await findSeal(c.var.actor.organisationId, c.req.param('id'))
      if (seal === undefined) throw new AppError('not-found', 'There is no seal of this name.')
      const shown = { ...seal, certificateState: standing(seal, now()) }
      return c.html(<SealPage {...frameOf(c)} seal={shown} />)
    })
}

type Standing = SealSummary['certificateState'] | 'expired'

/** Nobody writes down that a certificate has expired: it is read from the clock. */
function standing({ certificateState, notAfter }: SealSummary, now: number): Standing {
  return certificateState === 'active' && now >= notAfter ? 'expired' : certificateState
}
