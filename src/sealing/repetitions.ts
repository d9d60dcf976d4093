import type { Db, Tx } from '../db/database.ts'
import type { Row } from '../db/schema.ts'
import type { FileStore } from './file-store.ts'

interface Deps {
  readonly db: Db
  readonly files: FileStore
}

/** So many keys go in one statement. */
const KEYS_MAX = 500
/** Two answers can be the same octets only if both say the same second. */
const SECOND_MS = 1_000

/** Forget what answers these keys of a client got: nobody will ask again. */
export async function forgetRepetitions(
  { db, files }: Deps,
  clientId: string,
  keys: readonly string[],
): Promise<void> {
  for (let from = 0; from < keys.length; from += KEYS_MAX) {
    const some = keys.slice(from, from + KEYS_MAX)
    const unused = await db.transaction().execute(async (tx) => {
      const forgotten = await tx
        .deleteFrom('idempotency')
        .where('client_id', '=', clientId)
        .where('key', 'in', some)
        .returning(['appendix_sha256', 'created_at'])
        .execute()
      return findUnused(tx, forgotten)
    })
    for (const sha256 of unused) await files.remove(sha256)
  }
}

/** Forget the answers given before a time, Unix ms, some hundreds. @returns Whether there are more. */
export async function forgetOldRepetitions(
  { db, files }: Deps,
  before: number,
  limit = KEYS_MAX,
): Promise<boolean> {
  const { forgotten, unused } = await db.transaction().execute(async (tx) => {
    const old = await tx
      .selectFrom('idempotency')
      .select(['client_id', 'key', 'appendix_sha256', 'created_at'])
      .where('created_at', '<', before)
      .orderBy('created_at')
      .limit(limit)
      .execute()
    for (const { client_id, key } of old) {
      await tx
        .deleteFrom('idempotency')
        .where('client_id', '=', client_id)
        .where('key', '=', key)
        .execute()
    }
    return { forgotten: old.length, unused: await findUnused(tx, old) }
  })
  for (const sha256 of unused) await files.remove(sha256)
  return forgotten === limit
}

/** Those of these answers that no other row stands for. */
async function findUnused(
  tx: Tx,
  forgotten: readonly Pick<Row<'idempotency'>, 'appendix_sha256' | 'created_at'>[],
): Promise<string[]> {
  const unused: string[] = []
  for (const { appendix_sha256: sha256, created_at: at } of forgotten) {
    const second = Math.floor(at / SECOND_MS) * SECOND_MS
    const other = await tx
      .selectFrom('idempotency')
      .select('key')
      .where('created_at', '>=', second)
      .where('created_at', '<', second + SECOND_MS)
      .where('appendix_sha256', '=', sha256)
      .limit(1)
      .executeTakeFirst()
    if (other === undefined) unused.push(sha256)
  }
  return unused
}
