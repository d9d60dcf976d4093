import { randomUUID } from 'node:crypto'
import type { Db } from '../db/database.ts'
import { AppError } from '../errors.ts'
import { appendEntries } from '../journal/store.ts'
import { type ApiClient, digestApiKey, makeApiKey } from './model.ts'
import { findActiveClient, insertClient, markUsed, revokeClient, setWeight } from './store.ts'

interface Deps {
  readonly db: Db
  readonly now: () => number
}

/** A share of the engine: a client of weight 3 gets thrice what one of weight 1 gets beside it. */
const WEIGHTS = { min: 1, usual: 1, max: 1000 } as const

/**
 * Make a client. The key is told this once; only its digest is kept.
 *
 * @throws AppError `invalid-request` for a weight that is none of 1 to 1000.
 */
export async function createClient(
  deps: Deps,
  name: string,
  { weight = WEIGHTS.usual }: { readonly weight?: number } = {},
): Promise<{ client: ApiClient; apiKey: string }> {
  requireWeight(weight)
  const apiKey = makeApiKey()
  const keySha256 = digestApiKey(apiKey)
  if (keySha256 === undefined) throw new RangeError('a new key has not the form of a key')
  const client = { id: randomUUID(), name }
  await insert(deps, { ...client, keySha256, weight })
  return { client, apiKey }
}

/** Make a client that no request can come from: it acts in the server itself, as a hot folder does. */
export async function createKeylessClient(deps: Deps, name: string): Promise<ApiClient> {
  const client = { id: randomUUID(), name }
  // No digest has this form, so no key has this digest.
  await insert(deps, { ...client, keySha256: `none:${client.id}`, weight: WEIGHTS.usual })
  return client
}

async function insert(
  { db, now }: Deps,
  client: ApiClient & { readonly keySha256: string; readonly weight: number },
): Promise<void> {
  const { id, name, weight } = client
  const at = now()
  await db.transaction().execute(async (tx) => {
    await insertClient(tx, { ...client, createdAt: at })
    const detail = { name, ...(weight !== WEIGHTS.usual && { weight }) }
    await appendEntries(tx, [
      { at, actor: 'operator', action: 'client.created', subject: id, detail },
    ])
  })
}

/**
 * Give a client another share of the engine.
 *
 * @throws AppError `invalid-request` for a weight that is none of 1 to 1000, `not-found`.
 */
export async function changeWeight({ db, now }: Deps, id: string, weight: number): Promise<void> {
  requireWeight(weight)
  const at = now()
  await db.transaction().execute(async (tx) => {
    if (!(await setWeight(tx, id, weight))) throw noSuchClient(id)
    const detail = { weight }
    await appendEntries(tx, [
      { at, actor: 'operator', action: 'client.weighted', subject: id, detail },
    ])
  })
}

function requireWeight(weight: number): void {
  const { min, max } = WEIGHTS
  if (Number.isInteger(weight) && weight >= min && weight <= max) return
  throw new AppError('invalid-request', `A weight is a whole number from ${min} to ${max}.`)
}

function noSuchClient(id: string): AppError {
  return new AppError('not-found', `There is no active API client ${id}.`)
}

/** Revoke a client: its next request is refused. @throws AppError `not-found`. */
export async function revoke({ db, now }: Deps, id: string): Promise<void> {
  const at = now()
  await db.transaction().execute(async (tx) => {
    if (!(await revokeClient(tx, id, at))) throw noSuchClient(id)
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
