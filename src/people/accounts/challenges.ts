import type { Db } from '../../db/database.ts'
import type { Schema } from '../../db/schema.ts'
import { sha256 } from './model.ts'

type ChallengeKind = Schema['login_challenge']['kind']

export interface Challenge {
  readonly personId: string | null
  readonly detail: unknown
}

interface Asked {
  readonly kind: ChallengeKind
  /** What the browser was given; only its SHA-256 is kept. */
  readonly secret: string
  /** SHA-256 of the cookie before sign-in, or the id of the session: nobody else can answer. */
  readonly boundTo: string
}

/** Keep what a browser was asked. An earlier one of its kind for this browser is void. */
export async function insertChallenge(
  db: Db,
  challenge: Asked & {
    readonly personId: string | null
    readonly detail: object
    readonly expiresAt: number
  },
): Promise<void> {
  const { kind, secret, boundTo, personId, detail, expiresAt } = challenge
  await db
    .deleteFrom('login_challenge')
    .where('bound_to', '=', boundTo)
    .where('kind', '=', kind)
    .execute()
  await db
    .insertInto('login_challenge')
    .values({
      id: sha256(secret),
      kind,
      bound_to: boundTo,
      person_id: personId,
      detail_json: JSON.stringify(detail),
      tries: 0,
      expires_at: expiresAt,
    })
    .execute()
}

/** Take what was asked: whatever comes of the answer, it can be answered no second time. */
export async function takeChallenge(
  db: Db,
  { kind, secret, boundTo }: Asked,
  at: number,
): Promise<Challenge | undefined> {
  const row = await db
    .deleteFrom('login_challenge')
    .where('id', '=', sha256(secret))
    .where('kind', '=', kind)
    .where('bound_to', '=', boundTo)
    .returning(['person_id', 'detail_json', 'expires_at'])
    .executeTakeFirst()
  if (row === undefined || row.expires_at <= at) return undefined
  return { personId: row.person_id, detail: JSON.parse(row.detail_json) }
}

/** Whose second factor this browser is asked for: he has shown his password. */
export async function findPending(
  db: Db,
  boundTo: string,
  at: number,
): Promise<string | undefined> {
  const row = await db
    .selectFrom('login_challenge')
    .select('person_id')
    .where('bound_to', '=', boundTo)
    .where('kind', '=', 'second-factor')
    .where('expires_at', '>', at)
    .executeTakeFirst()
  return row?.person_id ?? undefined
}

/** @returns Whether it was there: of two answers at once one finds it. */
export async function endPending(db: Db, boundTo: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('login_challenge')
    .where('bound_to', '=', boundTo)
    .where('kind', '=', 'second-factor')
    .executeTakeFirst()
  return numDeletedRows > 0n
}

export async function forgetChallenges(db: Db, at: number): Promise<void> {
  await db.deleteFrom('login_challenge').where('expires_at', '<=', at).execute()
}
