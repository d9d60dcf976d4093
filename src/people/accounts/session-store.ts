import type { Db } from '../../db/database.ts'
import type { Row } from '../../db/schema.ts'
import type { ListedSession, Origin, Session, SignInMethod } from './model.ts'

export interface NewSession extends Session, Origin {
  readonly tokenSha256: string
}

export async function insertSession(db: Db, session: NewSession): Promise<void> {
  await db
    .insertInto('session')
    .values({
      id: session.id,
      token_sha256: session.tokenSha256,
      person_id: session.personId,
      organisation_id: session.organisationId,
      csrf: session.csrf,
      methods: session.methods.join(','),
      ip: session.ip,
      user_agent: session.userAgent,
      created_at: session.createdAt,
      last_seen_at: session.lastSeenAt,
      step_up_at: session.stepUpAt,
    })
    .execute()
}

export async function findByToken(db: Db, tokenSha256: string): Promise<Session | undefined> {
  const row = await db
    .selectFrom('session')
    .selectAll()
    .where('token_sha256', '=', tokenSha256)
    .executeTakeFirst()
  return row && toSession(row)
}

export async function markSeen(db: Db, id: string, at: number): Promise<void> {
  await db.updateTable('session').set({ last_seen_at: at }).where('id', '=', id).execute()
}

/**
 * Give a session another token and another CSRF token, and what has changed with them.
 *
 * @returns The session as it now stands, or undefined if it has ended.
 */
export async function replaceToken(
  db: Db,
  id: string,
  change: {
    readonly tokenSha256: string
    readonly csrf: string
    readonly organisationId?: string
    readonly stepUpAt?: number
  },
): Promise<Session | undefined> {
  const { tokenSha256, csrf, organisationId, stepUpAt } = change
  const row = await db
    .updateTable('session')
    .set({
      token_sha256: tokenSha256,
      csrf,
      ...(organisationId !== undefined && { organisation_id: organisationId }),
      ...(stepUpAt !== undefined && { step_up_at: stepUpAt }),
    })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst()
  return row && toSession(row)
}

/** @returns Whether the session was there to end. */
export async function deleteSession(db: Db, id: string, personId?: string): Promise<boolean> {
  let query = db.deleteFrom('session').where('id', '=', id)
  if (personId !== undefined) query = query.where('person_id', '=', personId)
  const { numDeletedRows } = await query.executeTakeFirst()
  return numDeletedRows > 0n
}

/** @returns The ids of the sessions that ended. */
export async function deleteSessionsOf(
  db: Db,
  personId: string,
  exceptId: string | undefined,
): Promise<string[]> {
  let query = db.deleteFrom('session').where('person_id', '=', personId)
  if (exceptId !== undefined) query = query.where('id', '!=', exceptId)
  const rows = await query.returning('id').execute()
  return rows.map(({ id }) => id)
}

/** The latest first; those that are over by their limits are left out. */
export async function listSessions(
  db: Db,
  personId: string,
  { seenAfter, createdAfter }: { readonly seenAfter: number; readonly createdAfter: number },
): Promise<ListedSession[]> {
  const rows = await db
    .selectFrom('session')
    .selectAll()
    .where('person_id', '=', personId)
    .where('last_seen_at', '>', seenAfter)
    .where('created_at', '>', createdAfter)
    .orderBy('last_seen_at', 'desc')
    .limit(100)
    .execute()
  return rows.map((row) => ({ ...toSession(row), ip: row.ip, userAgent: row.user_agent }))
}

/** Where a person may act now; two at most, for one alone needs no choice. */
export async function listPlaces(db: Db, personId: string, now: number): Promise<string[]> {
  const rows = await standing(db, personId, now).select('organisation_id').limit(2).execute()
  return rows.map(({ organisation_id }) => organisation_id)
}

export async function hasPlace(
  db: Db,
  { personId, organisationId, now }: { personId: string; organisationId: string; now: number },
): Promise<boolean> {
  const row = await standing(db, personId, now)
    .select('id')
    .where('organisation_id', '=', organisationId)
    .executeTakeFirst()
  return row !== undefined
}

function standing(db: Db, personId: string, now: number) {
  return db
    .selectFrom('membership')
    .where('person_id', '=', personId)
    .where('state', '=', 'active')
    .where('valid_from', '<=', now)
    .where((eb) => eb.or([eb('valid_to', 'is', null), eb('valid_to', '>', now)]))
}

function toSession(row: Row<'session'>): Session {
  const { id, csrf, person_id: personId, organisation_id: organisationId } = row
  const { created_at: createdAt, last_seen_at: lastSeenAt, step_up_at: stepUpAt } = row
  const methods = row.methods.split(',').filter(isMethod)
  return { id, personId, organisationId, csrf, createdAt, lastSeenAt, stepUpAt, methods }
}

const METHODS: ReadonlySet<string> = new Set([
  'password',
  'passkey',
  'totp',
  'recovery',
  'oidc',
  'enrolment',
] satisfies SignInMethod[])

function isMethod(text: string): text is SignInMethod {
  return METHODS.has(text)
}
