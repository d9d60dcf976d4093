import type { Db, Tx } from '../../db/database.ts'
import { AppError } from '../../errors.ts'
import type { MakeId } from '../../ids.ts'
import { appendEntries } from '../../journal/store.ts'
import {
  ABSOLUTE_MS,
  digestToken,
  IDLE_MS,
  isOver,
  type ListedSession,
  makeToken,
  type Origin,
  SEEN_NOTED_EVERY_MS,
  type Session,
  type SignInMethod,
  type StartedSession,
  sha256,
} from './model.ts'
import {
  deleteSession,
  deleteSessionsOf,
  findByToken,
  hasPlace,
  insertSession,
  listPlaces,
  listSessions,
  markSeen,
  replaceToken,
} from './session-store.ts'

interface Deps {
  readonly db: Db
  readonly now: () => number
  readonly makeId: MakeId
}

interface SignIn extends Origin {
  readonly personId: string
  readonly methods: readonly SignInMethod[]
}

export interface Sessions {
  /** @returns The session of this token unless it is over or was ended. */
  findSession(token: string): Promise<Session | undefined>
  /** Every sign-in makes a new token, so that one planted before is worth nothing. */
  startSession(signIn: SignIn): Promise<StartedSession>
  startSessionIn(tx: Tx, signIn: SignIn): Promise<StartedSession>
  endSession(id: string): Promise<void>
  /** End one of a person's own sessions. @throws AppError `not-found`. */
  endOwnSession(personId: string, id: string): Promise<void>
  /** @returns How many ended. */
  endSessionsOf(personId: string, exceptId?: string): Promise<number>
  /**
   * Act for another organisation. The token changes: keep the new one.
   *
   * @throws AppError `not-authorised` where the person is no active member, `unauthenticated`.
   */
  chooseOrganisation(id: string, organisationId: string): Promise<StartedSession>
  /** A factor was shown again. The token changes: keep the new one. */
  markStepUp(id: string, method: SignInMethod): Promise<StartedSession>
  /** Those of a person that stand, the latest first. */
  listSessions(personId: string): Promise<ListedSession[]>
}

/** A user agent is kept for people to recognise a device by; more of it says nothing more. */
const USER_AGENT_LENGTH_MAX = 300

export function makeSessions({ db, now, makeId }: Deps): Sessions {
  return {
    async findSession(token) {
      const tokenSha256 = digestToken(token)
      if (tokenSha256 === undefined) return undefined
      const session = await findByToken(db, tokenSha256)
      if (session === undefined) return undefined
      const at = now()
      if (isOver(session, at)) {
        await end(session, 'session.expired')
        return undefined
      }
      if (at - session.lastSeenAt < SEEN_NOTED_EVERY_MS) return session
      await markSeen(db, session.id, at)
      return { ...session, lastSeenAt: at }
    },
    startSession: (signIn) => db.transaction().execute((tx) => startSessionIn(tx, signIn)),
    startSessionIn,
    async endSession(id) {
      await db.transaction().execute(async (tx) => {
        const row = await tx
          .selectFrom('session')
          .select('person_id')
          .where('id', '=', id)
          .executeTakeFirst()
        if (row === undefined || !(await deleteSession(tx, id))) return
        await note(tx, 'session.ended', row.person_id, id)
      })
    },
    async endOwnSession(personId, id) {
      await db.transaction().execute(async (tx) => {
        if (!(await deleteSession(tx, id, personId))) {
          throw new AppError('not-found', 'This session has already ended.')
        }
        await note(tx, 'session.revoked', personId, id)
      })
    },
    async endSessionsOf(personId, exceptId) {
      return db.transaction().execute((tx) => endSessionsIn(tx, { personId, exceptId, at: now() }))
    },
    async chooseOrganisation(id, organisationId) {
      return db.transaction().execute(async (tx) => {
        const started = await rotate(tx, id, { organisationId })
        const { personId } = started.session
        if (!(await hasPlace(tx, { personId, organisationId, now: now() }))) {
          throw new AppError('not-authorised', 'You are no active member of this organisation.')
        }
        await note(tx, 'session.organisation-chosen', personId, id, {
          organisation: organisationId,
        })
        return started
      })
    },
    async markStepUp(id, method) {
      return db.transaction().execute(async (tx) => {
        const started = await rotate(tx, id, { stepUpAt: now() })
        await note(tx, 'session.stepped-up', started.session.personId, id, { method })
        return started
      })
    },
    async listSessions(personId) {
      const at = now()
      return listSessions(db, personId, {
        seenAfter: at - IDLE_MS,
        createdAfter: at - ABSOLUTE_MS,
      })
    },
  }

  async function startSessionIn(tx: Tx, signIn: SignIn): Promise<StartedSession> {
    const { personId, methods, ip, userAgent } = signIn
    const at = now()
    const token = makeToken()
    const places = await listPlaces(tx, personId, at)
    const session: Session = {
      id: makeId(at),
      personId,
      organisationId: places.length === 1 ? (places[0] ?? null) : null,
      csrf: makeToken(),
      createdAt: at,
      lastSeenAt: at,
      stepUpAt: methods.some((method) => FACTORS.has(method)) ? at : null,
      methods,
    }
    await insertSession(tx, {
      ...session,
      tokenSha256: sha256(token),
      ip: ip.slice(0, 64),
      userAgent: userAgent.slice(0, USER_AGENT_LENGTH_MAX),
    })
    await note(tx, 'session.started', personId, session.id, { methods: methods.join(',') })
    return { token, session }
  }

  async function rotate(
    tx: Tx,
    id: string,
    change: { readonly organisationId?: string; readonly stepUpAt?: number },
  ): Promise<StartedSession> {
    const token = makeToken()
    const next = { tokenSha256: sha256(token), csrf: makeToken(), ...change }
    const session = await replaceToken(tx, id, next)
    if (session !== undefined) return { token, session }
    throw new AppError('unauthenticated', 'This session has ended: sign in again.')
  }

  async function end({ id, personId }: Session, action: string): Promise<void> {
    await db.transaction().execute(async (tx) => {
      if (await deleteSession(tx, id)) await note(tx, action, personId, id, {}, 'system')
    })
  }

  async function note(
    tx: Tx,
    action: string,
    personId: string,
    session: string,
    detail: Readonly<Record<string, string>> = {},
    actor = `person:${personId}`,
  ): Promise<void> {
    const entry = { at: now(), actor, action, subject: personId, detail: { session, ...detail } }
    await appendEntries(tx, [entry])
  }
}

/** What counts as a fresh factor at once, without a step-up. OIDC's own age is not known here. */
const FACTORS: ReadonlySet<SignInMethod> = new Set(['passkey', 'totp', 'recovery', 'enrolment'])

/** End a person's sessions within a change that demands it, as of the password. */
export async function endSessionsIn(
  tx: Tx,
  { personId, exceptId, at }: { personId: string; exceptId: string | undefined; at: number },
): Promise<number> {
  const ended = await deleteSessionsOf(tx, personId, exceptId)
  if (ended.length === 0) return 0
  await appendEntries(tx, [
    {
      at,
      actor: `person:${personId}`,
      action: 'sessions.ended',
      subject: personId,
      detail: { count: ended.length },
    },
  ])
  return ended.length
}
