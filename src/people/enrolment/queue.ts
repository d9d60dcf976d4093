import type { Db } from '../../db/database.ts'
import { type EnrolmentState, ON_THE_WAY } from './model.ts'

/** One line of the queue that an administrator sees. */
interface QueueItem {
  readonly id: string
  readonly personId: string
  readonly givenName: string
  readonly familyName: string
  readonly state: EnrolmentState
  /** Waiting since, Unix ms. */
  readonly movedAt: number
  /** Who decided last on a document. */
  readonly verifier: string | null
}

export interface QueuePage {
  readonly items: readonly QueueItem[]
  readonly total: number
}

export const QUEUE_PAGE = 50

/** What the filter of the page offers. */
export type QueueFilter = 'to-verify' | 'open' | 'ended' | 'all'

const ENDED: readonly EnrolmentState[] = ['active', 'abandoned', 'blocked']

const STATES_OF: Readonly<Record<QueueFilter, readonly EnrolmentState[]>> = {
  'to-verify': ['identity-submitted'],
  open: ON_THE_WAY,
  ended: ENDED,
  all: [...ON_THE_WAY, ...ENDED],
}

/**
 * Enrolments of an organisation: of those to verify the longest waiting first, else the newest.
 *
 * @param page - Counted from 1.
 */
export async function listQueue(
  db: Db,
  organisationId: string,
  { filter, page }: { readonly filter: QueueFilter; readonly page: number },
): Promise<QueuePage> {
  const base = db
    .selectFrom('enrolment')
    .where('organisation_id', '=', organisationId)
    .where('enrolment.state', 'in', STATES_OF[filter])
  const { total } = await base
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .executeTakeFirstOrThrow()
  const rows = await base
    .innerJoin('person', 'person.id', 'enrolment.person_id')
    .select(['enrolment.id', 'person_id', 'given_name', 'family_name', 'state', 'moved_at'])
    .select((eb) =>
      eb
        .selectFrom('identity_proof')
        .innerJoin('person as verifier', 'verifier.id', 'identity_proof.decided_by')
        .select((of) => of.ref('verifier.family_name').as('name'))
        .whereRef('identity_proof.enrolment_id', '=', 'enrolment.id')
        .orderBy('identity_proof.submitted_at', 'desc')
        .limit(1)
        .as('verifier'),
    )
    .orderBy('moved_at', filter === 'to-verify' ? 'asc' : 'desc')
    .orderBy('enrolment.id')
    .limit(QUEUE_PAGE)
    .offset((page - 1) * QUEUE_PAGE)
    .execute()
  const items = rows.map((row) => ({
    id: row.id,
    personId: row.person_id,
    givenName: row.given_name,
    familyName: row.family_name,
    state: row.state,
    movedAt: row.moved_at,
    verifier: row.verifier,
  }))
  return { items, total: Number(total) }
}

/** How many identities wait to be verified there, but for one's own. */
export async function countToVerify(
  db: Db,
  { organisationId, personId }: { readonly organisationId: string; readonly personId: string },
): Promise<number> {
  const { total } = await db
    .selectFrom('enrolment')
    .select((eb) => eb.fn.countAll<number>().as('total'))
    .where('organisation_id', '=', organisationId)
    .where('state', '=', 'identity-submitted')
    .where('person_id', '!=', personId)
    .executeTakeFirstOrThrow()
  return Number(total)
}
