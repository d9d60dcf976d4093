import { GuardError } from './errors.ts'
import type { GuardLog } from './guard-log.ts'
import { KeyHolders } from './key-holders.ts'
import type { GuardKey } from './protocol.ts'
import { Readiness } from './readiness.ts'
import { bestState, type TokenMember } from './token-member.ts'
import type { TokenWay } from './token-way.ts'

export interface Route {
  readonly member: TokenMember
  readonly way: TokenWay
}

/** A token that needs longer to say whether it has a key does not hold up the others. */
const FIRST_LOOK_MS = 2_000

interface Found {
  readonly key: GuardKey | undefined
  readonly refusal?: GuardError
}

/** Where a signature by a key can be asked for now, and who waits until there is somewhere. */
export class Routes {
  readonly readiness = new Readiness()
  readonly #log: GuardLog
  readonly #members: readonly TokenMember[]
  readonly #keys = new KeyHolders<TokenMember>()
  readonly #lookups = new Map<string, Promise<void>>()

  constructor({ members, log }: { members: readonly TokenMember[]; log: GuardLog }) {
    this.#members = members
    this.#log = log
  }

  /** The state of a token has changed. */
  settle(): void {
    const said = this.#members.flatMap(({ selector, readiness: { message } }) =>
      message === undefined ? [] : [`${selector}: ${message}`],
    )
    const seconds = this.#members.map(({ readiness }) => readiness.retryAfterSeconds)
    const state = bestState(this.#members.map(({ readiness }) => readiness.state))
    this.readiness.set(
      state,
      said.join('; ') || undefined,
      Date.now() + Math.min(...seconds) * 1000,
    )
  }

  /** What was known of the keys of this token may be outdated. */
  forget(member: TokenMember): void {
    this.#keys.forget(member)
  }

  /** The key was destroyed everywhere. */
  forgetKey(keyId: string): void {
    this.#keys.forgetKey(keyId)
  }

  /** The key as the first token that was asked has it. */
  knownKey(keyId: string): GuardKey | undefined {
    return this.#keys.find(keyId)
  }

  /** The ways to tokens that are known to hold the key. */
  holders(keyId: string): Route[] {
    const now = Date.now()
    return this.#members.flatMap((member) =>
      this.#keys.holds(keyId, member, now) === true ? routesOf(member) : [],
    )
  }

  /**
   * The same, when there is one.
   *
   * @throws GuardError if there is none, and none can be expected soon.
   */
  async whenHeld(keyId: string, deadlineAt: number): Promise<Route[]> {
    for (;;) {
      await this.readiness.whenOpen(deadlineAt)
      const now = Date.now()
      if (now >= deadlineAt) throw this.#refusal('No token signed in time')
      const unknown = this.#members.filter(
        (member) => member.isUsable && this.#keys.holds(keyId, member, now) === undefined,
      )
      if (unknown.length > 0 && this.knownKey(keyId) === undefined) {
        await this.#meet(unknown, keyId, deadlineAt)
        continue
      }
      const lookups = unknown.map((member) => this.#lookUp(member, keyId, deadlineAt))
      const holders = this.holders(keyId)
      if (holders.length > 0) return holders
      if (lookups.length === 0) throw this.#missing(keyId)
      await Promise.race(lookups)
    }
  }

  /** @returns Whether the token holds the key. */
  learn(member: TokenMember, keyId: string, found: Found): boolean {
    const verdict = this.#keys.learn(keyId, member, { ...found, now: Date.now() })
    if (verdict === 'holds') return true
    const message =
      verdict === 'other'
        ? 'token: another key has this id here, so it is not used'
        : 'token: lacks this key, so it is not used for it'
    this.#log.warn({ token: member.selector, keyId }, message)
    return false
  }

  /** The first time, the first of the tokens that has such a key says which one it is. */
  #meet(members: readonly TokenMember[], keyId: string, deadlineAt: number): Promise<void> {
    return this.#once(keyId, async () => {
      const soon = members.length > 1 ? Date.now() + FIRST_LOOK_MS : deadlineAt
      const until = Math.min(deadlineAt, soon)
      const found = await Promise.all(members.map((member) => ask(member, keyId, until)))
      for (const [i, member] of members.entries()) {
        const answer = found[i]
        if (answer !== undefined) this.learn(member, keyId, answer)
      }
    })
  }

  #lookUp(member: TokenMember, keyId: string, deadlineAt: number): Promise<void> {
    return this.#once(`${keyId} ${member.selector}`, async () => {
      const answer = await ask(member, keyId, deadlineAt)
      if (answer !== undefined) this.learn(member, keyId, answer)
    })
  }

  /** Once for all who want to know the same. */
  #once(name: string, look: () => Promise<void>): Promise<void> {
    const underWay = this.#lookups.get(name)
    if (underWay !== undefined) return underWay
    const lookup = look().finally(() => this.#lookups.delete(name))
    this.#lookups.set(name, lookup)
    return lookup
  }

  #missing(keyId: string): GuardError {
    const isSure = this.#members.every((member) => member.isUsable)
    if (!isSure) return this.#refusal(`No token within reach has the key ${keyId}`)
    const message = `No token has a private key with the id ${keyId}`
    return this.#keys.refusal(keyId) ?? new GuardError('key-not-found', message)
  }

  #refusal(message: string): GuardError {
    const away = this.#members.filter((member) => !member.isUsable)
    const seconds = away.map(({ readiness }) => readiness.retryAfterSeconds)
    return new GuardError('unavailable', message, { retryAfterSeconds: Math.min(5, ...seconds) })
  }
}

/** @returns Undefined if the token did not say; then it is not in use any more. */
async function ask(
  member: TokenMember,
  keyId: string,
  deadlineAt: number,
): Promise<Found | undefined> {
  const [way] = member.usableWays
  if (way === undefined) return undefined
  try {
    return { key: await way.findKey(keyId, deadlineAt) }
  } catch (error) {
    return isOfTheKey(error) ? { key: undefined, refusal: error } : undefined
  }
}

export function routesOf(member: TokenMember): Route[] {
  return member.usableWays.map((way) => ({ member, way }))
}

/** The key lacks something, or is not there; the token itself is well. */
export function isOfTheKey(error: unknown): error is GuardError {
  return error instanceof GuardError && error.code.startsWith('key-')
}
