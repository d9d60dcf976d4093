import type { Db, Tx } from '../../db/database.ts'
import { transact } from '../../db/transact.ts'
import { type Counted, FORGET_MS, pauseMs, THROTTLES } from './throttle-rules.ts'

export type Turn =
  | {
      readonly admitted: true
      /** Counts that are locked from now on unless this attempt is forgiven, with their failures. */
      readonly locks: readonly { readonly kind: Counted['kind']; readonly failures: number }[]
    }
  | { readonly admitted: false; readonly until: number }

/** In the database, so that several nodes count together. */
export interface Throttle {
  /** Count an attempt as failed before it is looked at: many at once get no more than one by one. */
  takeTurn(counts: readonly Counted[]): Promise<Turn>
  /** The attempt was right: what counts one account begins anew, an address is given this one back. */
  forgive(counts: readonly Counted[]): Promise<void>
  /** Unix ms; 0 when it is not locked. */
  lockedUntil(count: Counted): Promise<number>
  forgetOld(): Promise<void>
}

export function makeThrottle({ db, now }: { db: Db; now: () => number }): Throttle {
  return {
    takeTurn: (counts) => transact(db, (tx) => takeTurn(tx, counts, now())),
    async forgive(counts) {
      await transact(db, async (tx) => {
        for (const { kind, id } of inOrder(counts)) {
          if (kind === 'address') await giveBack(tx, id)
          else await tx.deleteFrom('login_throttle').where('id', '=', id).execute()
        }
      })
    },
    async lockedUntil({ id }) {
      const row = await db
        .selectFrom('login_throttle')
        .select('blocked_until')
        .where('id', '=', id)
        .executeTakeFirst()
      return row !== undefined && row.blocked_until > now() ? row.blocked_until : 0
    },
    async forgetOld() {
      await db
        .deleteFrom('login_throttle')
        .where('last_at', '<', now() - FORGET_MS)
        .execute()
    },
  }
}

async function takeTurn(tx: Tx, counts: readonly Counted[], at: number): Promise<Turn> {
  const rows = []
  for (const count of inOrder(counts)) rows.push({ ...count, ...(await lockRow(tx, count.id, at)) })
  const until = Math.max(...rows.map(({ blocked_until }) => blocked_until))
  if (until > at) return { admitted: false, until }
  const locks = []
  for (const { kind, id, failures: before, last_at } of rows) {
    const failures = at - last_at >= FORGET_MS ? 1 : before + 1
    const pause = pauseMs(THROTTLES[kind], failures)
    if (pause > 0) locks.push({ kind, failures })
    await tx
      .updateTable('login_throttle')
      .set({ failures, last_at: at, blocked_until: pause === 0 ? 0 : at + pause })
      .where('id', '=', id)
      .execute()
  }
  return { admitted: true, locks }
}

/** The row, made if need be, and locked until the transaction ends. */
async function lockRow(tx: Tx, id: string, at: number) {
  return tx
    .insertInto('login_throttle')
    .values({ id, failures: 0, last_at: at, blocked_until: 0 })
    .onConflict((conflict) =>
      conflict.column('id').doUpdateSet((eb) => ({ failures: eb.ref('login_throttle.failures') })),
    )
    .returning(['failures', 'last_at', 'blocked_until'])
    .executeTakeFirstOrThrow()
}

async function giveBack(tx: Tx, id: string): Promise<void> {
  await tx
    .updateTable('login_throttle')
    .set((eb) => ({ failures: eb('failures', '-', 1), blocked_until: 0 }))
    .where('id', '=', id)
    .where('failures', '>', 0)
    .execute()
}

/** All in one order, so that no two wait for each other. */
function inOrder(counts: readonly Counted[]): Counted[] {
  return [...counts].sort((a, b) => (a.id < b.id ? -1 : 1))
}
