import type { Db, Tx } from '../../db/database.ts'
import { findHolder, findWays, noteDevice, replaceHash, type Ways } from './account-store.ts'
import { endPending, findPending, insertChallenge } from './challenges.ts'
import { hasStrongFactor } from './factor-rules.ts'
import { makeToken, type Origin, type SignInMethod, type StartedSession, sha256 } from './model.ts'
import type { Passkeys } from './passkeys.ts'
import type { PasswordHasher } from './passwords.ts'
import type { Recovery } from './recovery.ts'
import type { Sessions } from './sessions.ts'
import { findPersonOf, type Subject } from './subjects.ts'
import { deviceLine, journal, tellHolder } from './telling.ts'
import type { Throttle, Turn } from './throttle.ts'
import { countsOfFactor, countsOfPassword, pauseMs, THROTTLES } from './throttle-rules.ts'
import type { Totp } from './totp.ts'

interface Deps {
  readonly db: Db
  readonly now: () => number
  readonly hasher: PasswordHasher
  readonly throttle: Throttle
  readonly sessions: Sessions
  readonly passkeys: Passkeys
  readonly totp: Totp
  readonly recovery: Recovery
}

/** The browser that signs in: where it is, and the SHA-256 of its cookie. */
interface Browser extends Origin {
  readonly boundTo: string
}

type CodeKind = 'totp' | 'recovery'

/** Wrong and unknown are one answer; too many attempts are told when to come again. */
type Refused = { readonly kind: 'refused' } | { readonly kind: 'blocked'; readonly until: number }
export type SignedIn = { readonly kind: 'signed-in' } & StartedSession

export interface SignIns {
  /** The first step. What it does and answers is the same whether the address is known or not. */
  byPassword(
    given: Browser & { readonly email: string; readonly password: string },
  ): Promise<Refused | { readonly kind: 'second-factor' }>
  /** What the person who has shown his password can show next; undefined when there is none. */
  findPending(boundTo: string): Promise<{ personId: string; ways: Ways } | undefined>
  byCode(
    given: Browser & { readonly code: string; readonly codeKind: CodeKind },
  ): Promise<Refused | SignedIn | { readonly kind: 'expired' }>
  /** A passkey after the password. */
  byPasskeyFactor(
    given: Browser & { readonly answer: string },
  ): Promise<Refused | SignedIn | { readonly kind: 'expired' }>
  /** A passkey alone: it is possession and knowledge at once, and no lock holds it up. */
  byPasskey(given: Browser & { readonly answer: string }): Promise<Refused | SignedIn>
  bySubject(given: Browser & Subject): Promise<Refused | SignedIn>
  /** A code of somebody who is signed in. A password counts for those who have no factor yet. */
  checkCode(given: {
    personId: string
    code: string
    codeKind: CodeKind | 'password'
  }): Promise<Refused | { readonly kind: 'right' }>
}

const PENDING_MS = 10 * 60_000

export function makeSignIns(deps: Deps): SignIns {
  const { db, now, hasher, throttle, sessions, passkeys, totp, recovery } = deps
  return {
    async byPassword({ email: typed, password, boundTo, ip }) {
      const email = typed.trim().toLowerCase()
      const counts = countsOfPassword(ip, email)
      const turn = await throttle.takeTurn(counts)
      if (!turn.admitted) return { kind: 'blocked', until: turn.until }
      const holder = await findHolder(db, { email })
      const stored = holder?.passwordHash ?? undefined
      const isRight = await hasher.verify(stored, password)
      if (holder === undefined || stored === undefined || !isRight) {
        await tellIfLocked(turn, holder?.id)
        return { kind: 'refused' }
      }
      await throttle.forgive(counts)
      if (hasher.isOutdated(stored)) await replaceHash(db, stored, await hasher.hash(password))
      await insertChallenge(db, {
        ...{ kind: 'second-factor', secret: makeToken(), boundTo, personId: holder.id },
        detail: {},
        expiresAt: now() + PENDING_MS,
      })
      return { kind: 'second-factor' }
    },
    async findPending(boundTo) {
      const personId = await findPending(db, boundTo, now())
      return personId === undefined ? undefined : { personId, ways: await findWays(db, personId) }
    },
    async byCode({ boundTo, code, codeKind, ...origin }) {
      const personId = await findPending(db, boundTo, now())
      if (personId === undefined) return { kind: 'expired' }
      const checked = await checkCode(personId, code, codeKind)
      if (checked.kind !== 'right') return checked
      return finishPending({ boundTo, personId, method: codeKind, origin })
    },
    async byPasskeyFactor({ boundTo, answer, ...origin }) {
      const personId = await findPending(db, boundTo, now())
      if (personId === undefined) return { kind: 'expired' }
      const shown = await passkeys.finishAssertion({ boundTo, personId, answer })
      if (shown === undefined) return { kind: 'refused' }
      return finishPending({ boundTo, personId, method: 'passkey', origin })
    },
    async byPasskey({ boundTo, answer, ...origin }) {
      const personId = await passkeys.finishAssertion({ boundTo, answer })
      if (personId === undefined) return { kind: 'refused' }
      await throttle.forgive(countsOfFactor(personId))
      return start(personId, ['passkey'], origin)
    },
    async bySubject({ issuer, subject, ip, userAgent }) {
      const personId = await findPersonOf(db, { issuer, subject })
      if (personId === undefined) return { kind: 'refused' }
      return start(personId, ['oidc'], { ip, userAgent })
    },
    checkCode: ({ personId, code, codeKind }) => checkCode(personId, code, codeKind),
  }

  async function checkCode(
    personId: string,
    code: string,
    kind: CodeKind | 'password',
  ): Promise<Refused | { readonly kind: 'right' }> {
    const counts = countsOfFactor(personId)
    const turn = await throttle.takeTurn(counts)
    if (!turn.admitted) return { kind: 'blocked', until: turn.until }
    const checks = { totp: totp.accept, recovery: recovery.accept, password: acceptPassword }
    if (!(await checks[kind](personId, code))) return { kind: 'refused' }
    await throttle.forgive(counts)
    return { kind: 'right' }
  }

  async function acceptPassword(personId: string, password: string): Promise<boolean> {
    if (hasStrongFactor(await findWays(db, personId))) return false
    const holder = await findHolder(db, { id: personId })
    return hasher.verify(holder?.passwordHash ?? undefined, password)
  }

  async function finishPending(shown: {
    readonly boundTo: string
    readonly personId: string
    readonly method: SignInMethod
    readonly origin: Origin
  }): Promise<SignedIn | { readonly kind: 'expired' }> {
    const { boundTo, personId, method, origin } = shown
    if (!(await endPending(db, boundTo))) return { kind: 'expired' }
    return start(personId, ['password', method], origin)
  }

  async function start(
    personId: string,
    methods: readonly SignInMethod[],
    origin: Origin,
  ): Promise<SignedIn> {
    const started = await db.transaction().execute(async (tx) => {
      await tellIfNewDevice(tx, personId, origin)
      return sessions.startSessionIn(tx, { personId, methods, ...origin })
    })
    return { kind: 'signed-in', ...started }
  }

  async function tellIfNewDevice(tx: Tx, personId: string, origin: Origin): Promise<void> {
    const device = deviceLine(origin)
    const at = now()
    const seen = await noteDevice(tx, { personId, device: sha256(device), at })
    if (seen !== 'new') return
    const data = { device, ip: origin.ip }
    await tellHolder(tx, {
      personId,
      told: { kind: 'account.new-sign-in', channel: 'mail', data },
      at,
    })
  }

  /** Once for each doubling of the pause, not for each guess. */
  async function tellIfLocked(
    turn: Extract<Turn, { admitted: true }>,
    personId: string | undefined,
  ): Promise<void> {
    const lock = turn.locks.find(({ kind }) => kind === 'account')
    if (lock === undefined || personId === undefined) return
    const at = now()
    const minutes = Math.round(pauseMs(THROTTLES.account, lock.failures) / 60_000)
    await db.transaction().execute(async (tx) => {
      const detail = { failures: lock.failures, minutes }
      await journal(tx, { at, personId, action: 'account.locked', detail, actor: 'system' })
      const told = { kind: 'account.locked', channel: 'mail', data: { minutes } } as const
      await tellHolder(tx, { personId, told, at })
    })
  }
}
