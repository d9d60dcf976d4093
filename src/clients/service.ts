import { randomUUID } from 'node:crypto'
import type { Db } from '../db/database.ts'
import { AppError } from '../errors.ts'
import { appendEntries } from '../journal/store.ts'
import { type ApiClient, digestApiKey, makeApiKey } from './model.ts'
import { findActiveClient, insertClient, markUsed, revokeClient } from './store.ts'

interface Deps {
  readonly db: Db
  readonly now: () => number
}

/** Make a client. The key is told this once; only its digest is kept. */
export async function createClient(
  { db, now }: Deps,
  name: string,
): Promise<{ client: ApiClient; apiKey: string }> {
  const apiKey = makeApiKey()
  const keySha256 = digestApiKey(apiKey)
  if (keySha256 === undefined) throw new RangeError('a new key has not the form of a key')
  const client = { id: randomUUID(), name }
  const at = now()
  await db.transaction().execute(async (tx) => {
    await insertClient(tx, { ...client, keySha256, createdAt: at })
    const entry = {
      at,
      actor: 'operator',
      action: 'client.created',
      subject: client.id,
      detail: { name },
    }
    await appendEntries(tx, [entry])
  })
  return { client, apiKey }
}

/** Revoke a client: its next request is refused. @throws AppError `not-found`. */
export async function revoke({ db, now }: Deps, id: string): Promise<void> {
  const at = now()
  await db.transaction().execute(async (tx) => {
    if (!(await revokeClient(tx, id, at))) {
      throw new AppError('not-found', `There is no active API client ${id}.`)
    }
    const entry = { at, actor: 'operator', action: 'client.revoked', subject: id, detail: {} }
    await appendEntries(tx, [entry])
  })
}

/** Last use is a hint for people, so it is written at most this often. */
const USE_NOTED_EVERY_MS = 60_000
/** Another process (the command line) may revoke: its word counts after this time at the latest. */
const REMEMBERED_MS = 250

/** Finds the client of a key, remembering the answer for a moment so that a busy client costs nothing. */
export function makeAuthenticate({ db, now }: Deps) {
  const remembered = new Map<string, { client: ApiClient; since: number }>()
  const noted = new Map<string, number>()
  return async (apiKey: string): Promise<ApiClient | undefined> => {
    const keySha256 = digestApiKey(apiKey)
    if (keySha256 === undefined) return undefined
    const at = now()
    const known = remembered.get(keySha256)
    // A clock that is set back must not make a revoked client live on.
    if (known !== undefined && Math.abs(at - known.since) < REMEMBERED_MS) return known.client
    const client = await findActiveClient(db, keySha256)
    if (client === undefined) {
      // Only keys that exist are remembered: guesses must not fill the memory.
      remembered.delete(keySha256)
      return undefined
    }
    remembered.set(keySha256, { client, since: at })
    if (at - (noted.get(client.id) ?? Number.NEGATIVE_INFINITY) >= USE_NOTED_EVERY_MS) {
      noted.set(client.id, at)
      await markUsed(db, client.id, at)
    }
    return client
  }
}
