import type { Locale } from '../../views/locales/locale.ts'
import type { Db } from '../db/database.ts'
import type { Row } from '../db/schema.ts'
import type { Channel, NoticeState } from './model.ts'

/**
 * Whose notices may be seen: those of an organisation, those about its people's own affairs, and
 * perhaps those of nobody.
 */
export interface NoticeScope {
  readonly organisationId: string
  /** The appliance's own organisation also sees what belongs to no organisation and no person. */
  readonly isOwner: boolean
}

export interface NoticeFilter {
  readonly state?: NoticeState | undefined
  readonly channel?: Channel | undefined
  readonly kind?: string | undefined
  /** Only those before this id: the next page. */
  readonly before?: string | undefined
}

/** A notice as the administration knows it. */
export interface Notice {
  readonly id: string
  readonly kind: string
  readonly channel: Channel
  readonly locale: Locale
  readonly recipient: string
  readonly data: unknown
  readonly state: NoticeState
  readonly attempts: number
  readonly nextAt: number
  readonly expiresAt: number
  readonly createdAt: number
  readonly endedAt: number | null
  readonly lastWords: string | null
}

/** The newest first. */
export async function listNotices(
  db: Db,
  scope: NoticeScope,
  { state, channel, kind, before }: NoticeFilter,
  limit: number,
): Promise<Notice[]> {
  const rows = await visible(db, scope)
    .$if(state !== undefined, (query) => query.where('state', '=', state ?? 'waiting'))
    .$if(channel !== undefined, (query) => query.where('channel', '=', channel ?? 'mail'))
    .$if(kind !== undefined, (query) => query.where('kind', '=', kind ?? ''))
    .$if(before !== undefined, (query) => query.where('id', '<', before ?? ''))
    .orderBy('id', 'desc')
    .limit(limit)
    .execute()
  return rows.map(toNotice)
}

export async function findNotice(
  db: Db,
  scope: NoticeScope,
  id: string,
): Promise<Notice | undefined> {
  const row = await visible(db, scope).where('id', '=', id).executeTakeFirst()
  return row && toNotice(row)
}

/**
 * Make a notice due now, unless an attempt is under way.
 *
 * @returns Whether it is.
 */
export async function makeDue(
  db: Db,
  id: string,
  { now, expiresAt }: { readonly now: number; readonly expiresAt: number },
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('notice')
    .set({ state: 'waiting', next_at: now, expires_at: expiresAt, ended_at: null })
    .where('id', '=', id)
    .where((eb) =>
      eb.or([
        eb('state', '<>', 'waiting'),
        eb('last_words', 'is not', null),
        eb('attempts', '=', 0),
      ]),
    )
    .executeTakeFirst()
  return numUpdatedRows > 0n
}

function visible(db: Db, { organisationId, isOwner }: NoticeScope) {
  return db
    .selectFrom('notice')
    .selectAll()
    .where((eb) => {
      const members = eb
        .selectFrom('membership')
        .select('membership.person_id')
        .where('membership.organisation_id', '=', organisationId)
      const isPersonal = eb('organisation_id', 'is', null)
      const isNobodys = eb.and([isPersonal, eb('person_id', 'is', null)])
      return eb.or([
        eb('organisation_id', '=', organisationId),
        eb.and([isPersonal, eb('person_id', 'in', members)]),
        ...(isOwner ? [isNobodys] : []),
      ])
    })
}

function toNotice(row: Row<'notice'>): Notice {
  const { id, kind, channel, locale, recipient, state, attempts } = row
  return {
    ...{ id, kind, channel, locale, recipient, state, attempts },
    data: JSON.parse(row.data_json),
    nextAt: row.next_at,
    expiresAt: row.expires_at,
    createdAt: row.created_at,
    endedAt: row.ended_at,
    lastWords: row.last_words,
  }
}
