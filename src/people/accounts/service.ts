import type { Db, Tx } from '../../db/database.ts'
import { AppError } from '../../errors.ts'
import type { MakeId } from '../../ids.ts'
import {
  findHolder,
  findProfile,
  findWays,
  insertAccount,
  lockAccount,
  type Profile,
  saveLocale,
  savePassword,
  type Ways,
} from './account-store.ts'
import { forgetChallenges } from './challenges.ts'
import { hasStrongFactor, isWayIn, LAST_WAY } from './factor-rules.ts'
import { ABSOLUTE_MS, IDLE_MS } from './model.ts'
import { makeOidc, type Oidc, type OidcSettings } from './oidc.ts'
import { makePasskeys, type Passkeys } from './passkeys.ts'
import {
  findPasswordFault,
  PASSWORD_LENGTH_MAX,
  PASSWORD_LENGTH_MIN,
  type PasswordFault,
} from './password-rules.ts'
import { makePasswordHasher, type PasswordHasher } from './passwords.ts'
import { makeRecovery, type Recovery } from './recovery.ts'
import { endSessionsIn, makeSessions, type Sessions } from './sessions.ts'
import { makeSignIns, type SignIns } from './sign-in.ts'
import {
  bindSubject,
  findAssertedProfessionalId,
  findPersonOf,
  type Subject,
  unbindSubjects,
} from './subjects.ts'
import { journal, noteFactor, tellHolder } from './telling.ts'
import { makeThrottle } from './throttle.ts'
import { countOfAccount } from './throttle-rules.ts'
import { makeTotp, type SecretBox, type Totp } from './totp.ts'

export interface AccountsDeps {
  readonly db: Db
  readonly now: () => number
  readonly makeId: MakeId
  readonly vault: SecretBox
  /** The address people see; passkeys are good for its host alone. */
  readonly publicUrl: string
  /** Set where persons may sign in at an identity provider. */
  readonly oidc?: OidcSettings | undefined
  readonly hasher?: PasswordHasher
}

/** How persons sign in. */
export interface Accounts extends Sessions {
  readonly signIns: SignIns
  readonly passkeys: Passkeys
  readonly totp: Omit<Totp, 'accept'> & {
    /** @throws AppError `not-found`; `invalid-request` when it is needed to sign in. */
    remove(personId: string): Promise<void>
  }
  readonly recovery: Pick<Recovery, 'regenerate'>
  readonly oidc: Oidc | undefined
  /** Asked again, it changes nothing. */
  createAccount(tx: Tx, who: { readonly personId: string }): Promise<void>
  /**
   * The password is new, and every session but `exceptSessionId` ends.
   *
   * @throws AppError `invalid-request` that says what the password lacks, with `fault` in its hints.
   */
  setPassword(personId: string, password: string, exceptSessionId?: string): Promise<void>
  findWays(personId: string): Promise<Ways>
  /** Whether the person has a passkey or an application of codes. */
  hasFactor(personId: string): Promise<boolean>
  hasPassword(personId: string): Promise<boolean>
  /** @throws AppError `invalid-request` when it is another person's. */
  bindSubject(
    who: Subject & { readonly personId: string; readonly professionalId?: string | undefined },
  ): Promise<void>
  /** The number of the professional register that an identity provider asserts of the person. */
  findBoundProfessionalId(personId: string): Promise<string | undefined>
  unbindSubjects(personId: string): Promise<void>
  /** Who may sign in by this account at an identity provider. */
  findPersonOf(subject: Subject): Promise<string | undefined>
  findProfile(personId: string): Promise<Profile | undefined>
  setLocale(personId: string, locale: 'fr' | 'en'): Promise<void>
  /** Until when the password of a person is locked, for the administrator: Unix ms, 0 when it is not. */
  lockedUntil(personId: string): Promise<number>
  /** Forget what has run out. */
  upkeep(): Promise<void>
}

export function makeAccounts(deps: AccountsDeps): Accounts {
  const { db, now, oidc: settings, hasher = makePasswordHasher() } = deps
  const sessions = makeSessions(deps)
  const throttle = makeThrottle(deps)
  const passkeys = makePasskeys(deps)
  const totp = makeTotp({ ...deps, issuer: `Sceau ${new URL(deps.publicUrl).hostname}` })
  const recovery = makeRecovery(deps)
  return {
    ...sessions,
    signIns: makeSignIns({ db, now, hasher, throttle, sessions, passkeys, totp, recovery }),
    passkeys,
    totp: { setUp: totp.setUp, confirm: totp.confirm, remove: removeTotp },
    recovery,
    oidc: settings && makeOidc(deps, settings),
    async createAccount(tx, { personId }) {
      const at = now()
      if (!(await insertAccount(tx, personId, at))) return
      await journal(tx, { at, personId, action: 'account.created', actor: 'system' })
    },
    async setPassword(personId, password, exceptSessionId) {
      const holder = await findHolder(db, { id: personId })
      if (holder === undefined) throw new AppError('not-found', 'There is no such account.')
      const fault = findPasswordFault(password.normalize('NFC'), holder)
      if (fault !== undefined) {
        throw new AppError('invalid-request', FAULTS[fault], { hints: { fault } })
      }
      const hash = await hasher.hash(password)
      const at = now()
      await db.transaction().execute(async (tx) => {
        await savePassword(tx, { personId, hash, at })
        await journal(tx, { at, personId, action: 'account.password-set' })
        await endSessionsIn(tx, { personId, exceptId: exceptSessionId, at })
        if (holder.passwordHash === null) return
        const told = { kind: 'account.password-changed', channel: 'mail', data: {} } as const
        await tellHolder(tx, { personId, told, at })
      })
    },
    findWays: (personId) => findWays(db, personId),
    hasFactor: async (personId) => hasStrongFactor(await findWays(db, personId)),
    hasPassword: async (personId) => (await findWays(db, personId)).password,
    bindSubject: (who) => db.transaction().execute((tx) => bindSubject(tx, { ...who, at: now() })),
    findBoundProfessionalId: (personId) => findAssertedProfessionalId(db, personId),
    findPersonOf: (subject) => findPersonOf(db, subject),
    findProfile: (personId) => findProfile(db, personId),
    async setLocale(personId, locale) {
      await db.transaction().execute(async (tx) => {
        await saveLocale(tx, personId, locale)
        await journal(tx, {
          at: now(),
          personId,
          action: 'person.language-set',
          detail: { locale },
        })
      })
    },
    unbindSubjects: (personId) =>
      db.transaction().execute((tx) => unbindSubjects(tx, { personId, at: now() })),
    async lockedUntil(personId) {
      const holder = await findHolder(db, { id: personId })
      return holder === undefined ? 0 : throttle.lockedUntil(countOfAccount(holder.email))
    },
    async upkeep() {
      const at = now()
      await throttle.forgetOld()
      await forgetChallenges(db, at)
      await db
        .deleteFrom('session')
        .where((eb) =>
          eb.or([eb('last_seen_at', '<=', at - IDLE_MS), eb('created_at', '<=', at - ABSOLUTE_MS)]),
        )
        .execute()
    },
  }

  async function removeTotp(personId: string): Promise<void> {
    await db.transaction().execute(async (tx) => {
      await lockAccount(tx, personId)
      const { numDeletedRows } = await tx
        .deleteFrom('totp')
        .where('person_id', '=', personId)
        .where('state', '=', 'active')
        .executeTakeFirst()
      if (numDeletedRows === 0n) {
        throw new AppError('not-found', 'There is no application of codes.')
      }
      if (!isWayIn(await findWays(tx, personId))) {
        throw new AppError(
          'invalid-request',
          'You need it to sign in: add a passkey first, and then remove the application.',
          LAST_WAY,
        )
      }
      await noteFactor(tx, { at: now(), personId, factor: 'totp', what: 'removed' })
    })
  }
}

const FAULTS: Readonly<Record<PasswordFault, string>> = {
  'too-short': `A password needs ${PASSWORD_LENGTH_MIN} characters or more: take several words.`,
  'too-long': `A password has ${PASSWORD_LENGTH_MAX} characters at most.`,
  common: 'This password is among those that are tried first: take several words of your own.',
  'about-you': 'A password must not hold your name or your e-mail address.',
}
