import type { Db, Tx } from './database.ts'

/** PostgreSQL: deadlock, serialization failure. One of two has to begin again. */
const TANGLED: ReadonlySet<unknown> = new Set(['40P01', '40001'])
const TRIES = 5

/**
 * A transaction that is begun again when the database has ended it so that another could go on: for
 * what a client asks of rows that the runners of several nodes are locking.
 */
export async function transact<T>(db: Db, work: (tx: Tx) => Promise<T>): Promise<T> {
  for (let left = TRIES - 1; ; left -= 1) {
    try {
      return await db.transaction().execute(work)
    } catch (error) {
      const isTangled = error instanceof Error && 'code' in error && TANGLED.has(error.code)
      if (!isTangled || left === 0) throw error
    }
  }
}
