import type { Db, Tx } from '../db/database.ts'
import type { Dialect, Row } from '../db/schema.ts'
import type { Channel, DueNotice, Next } from './model.ts'
import { withoutSecrets } from './words.ts'

interface Wish {
  readonly channels: readonly Channel[]
  readonly now: number
  readonly heldUntil: number
  readonly limit: number
}

/**
 * Take notices that are due, the longest due first, for one attempt each. Those that another node is
 * just taking are passed over; to all others they are not due until `heldUntil`, so that what a node
 * that dies has taken is sent by another.
 */
export async function claimDue(db: Db, dialect: Dialect, wish: Wish): Promise<DueNotice[]> {
  // A transaction each second would be a write each second.
  if (wish.channels.length === 0 || (await selectDue(db, wish, 1)).length === 0) return []
  return db.transaction().execute(async (tx) => {
    const ids = await selectDue(tx, wish, wish.limit, dialect === 'postgres')
    if (ids.length === 0) return []
    const rows = await tx
      .updateTable('notice')
      // Without last words: that is how a notice under way is known from one between attempts.
      .set((eb) => ({
        attempts: eb('attempts', '+', 1),
        next_at: wish.heldUntil,
        last_words: null,
      }))
      .where('id', 'in', ids)
      .returningAll()
      .execute()
    return rows.map(toDue)
  })
}

async function selectDue(
  db: Db | Tx,
  { channels, now }: Wish,
  limit: number,
  isLocking = false,
): Promise<string[]> {
  const rows = await db
    .selectFrom('notice')
    .select('id')
    .where('state', '=', 'waiting')
    .where('channel', 'in', channels)
    .where('next_at', '<=', now)
    .where('expires_at', '>', now)
    .orderBy('next_at')
    .limit(limit)
    .$if(isLocking, (query) => query.forUpdate().skipLocked())
    .execute()
  return rows.map(({ id }) => id)
}

function toDue(row: Row<'notice'>): DueNotice {
  const { id, kind, channel, locale, recipient, attempts: attempt } = row
  return {
    ...{ id, kind, channel, locale, recipient, attempt },
    data: JSON.parse(row.data_json),
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  }
}

/**
 * Write down what came of an attempt, unless the notice was taken by another since. With its end its
 * secrets go.
 */
export async function recordAttempt(
  db: Db,
  { id, kind, channel, data, attempt }: DueNotice,
  { state, nextAt, words, at }: Next & { readonly words: string | null; readonly at: number },
): Promise<void> {
  const ended = {
    ended_at: at,
    data_json: JSON.stringify(withoutSecrets(channel, kind, data)),
  }
  await db
    .updateTable('notice')
    .set({ state, next_at: nextAt, last_words: words, ...(state !== 'waiting' && ended) })
    .where('id', '=', id)
    .where('attempts', '=', attempt)
    .where('state', '=', 'waiting')
    .execute()
}

const SWEPT_MAX = 200

/**
 * End notices whose code or link has ended before they could be sent.
 *
 * @returns How many; as many as `SWEPT_MAX` when there may be more.
 */
export async function expireNotices(db: Db, now: number): Promise<number> {
  const rows = await db
    .selectFrom('notice')
    .selectAll()
    .where('state', '=', 'waiting')
    .where('expires_at', '<=', now)
    // One that is under way just now is written down by who sends it.
    .where('next_at', '<=', now)
    .limit(SWEPT_MAX)
    .execute()
  for (const row of rows) {
    await recordAttempt(
      db,
      { ...toDue(row), attempt: row.attempts },
      {
        ...{ state: 'expired', nextAt: now, words: row.last_words, at: now },
      },
    )
  }
  return rows.length
}

/** Names and addresses are not kept for ever: notices that ended before `before` go. */
export async function forgetNotices(db: Db, before: number): Promise<void> {
  await db
    .deleteFrom('notice')
    .where('state', '<>', 'waiting')
    .where('ended_at', '<', before)
    .execute()
}
