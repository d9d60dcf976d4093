import { setTimeout as sleep } from 'node:timers/promises'
import { GuardError } from './errors.ts'
import type { GuardLog } from './guard-log.ts'
import type { DestroyedOn, GuardKey } from './protocol.ts'
import { isOfTheKey, type Routes, routesOf } from './routes.ts'
import type { TokenMember } from './token-member.ts'
import type { TokenWay } from './token-way.ts'
import type { KeyRequest, ListedKeys, MadeKey } from './tokens.ts'

/** An HSM that copies keys to its twin by itself does so within this time. */
const COPY = { withinMs: 3_000, lookEveryMs: 250 } as const

/** The keys of several tokens, as they are in them now. */
export class SetKeys {
  readonly #members: readonly TokenMember[]
  readonly #routes: Routes
  readonly #log: GuardLog

  constructor(parts: { members: readonly TokenMember[]; routes: Routes; log: GuardLog }) {
    this.#members = parts.members
    this.#routes = parts.routes
    this.#log = parts.log
  }

  /** @throws GuardError */
  async find(keyId: string, deadlineAt: number): Promise<GuardKey | undefined> {
    const keys = await this.#askAll(deadlineAt, (way) => way.findKey(keyId, deadlineAt))
    const key = keys.find((found) => found !== undefined)
    const away = this.#members.find((member) => !member.isUsable)
    if (key === undefined && away !== undefined) {
      const { retryAfterSeconds } = away.readiness
      const message = `The key ${keyId} may be on ${away.selector}, which is away`
      throw new GuardError('unavailable', message, { retryAfterSeconds })
    }
    return key
  }

  /** Every key once: where two tokens have different ones under one id, that of the first. */
  async list(deadlineAt: number): Promise<ListedKeys> {
    const lists = await this.#askAll(deadlineAt, async (way, { selector }) => ({
      token: selector,
      keys: await way.listKeys(deadlineAt),
    }))
    const merged = new Map<string, GuardKey>()
    for (const key of lists.flatMap(({ keys }) => keys)) {
      if (!merged.has(key.keyId)) merged.set(key.keyId, key)
    }
    const all = [...merged.values()]
    const missing = lists.flatMap(({ token, keys }) =>
      all.flatMap((key) => {
        const { keyId, label } = key
        return keys.some((other) => isSame(other, key)) ? [] : [{ keyId, label, token }]
      }),
    )
    return { keys: all, missing }
  }

  /** Always on the first token: two tokens must never come to different keys under one id. */
  async generate(request: KeyRequest, deadlineAt: number): Promise<MadeKey> {
    const [home, ...others] = this.#members
    if (home === undefined) throw new TypeError('A set without tokens')
    await home.readiness.whenOpen(deadlineAt)
    const [way] = home.usableWays
    if (way === undefined) throw home.readiness.refusal()
    const key = await way.generateKey(request, deadlineAt)
    const { keyId } = key
    this.#routes.learn(home, keyId, { key })
    const copies = others.map(async (member) => {
      return (await this.#seesCopy(member, key)) ? [] : [member.selector]
    })
    const missingOn = (await Promise.all(copies)).flat()
    if (missingOn.length > 0) {
      this.#log.warn({ keyId, missingOn }, 'token: a new key is not on every token')
    }
    return { key, missingOn }
  }

  /**
   * On every token. None is touched unless all are there: «destroyed» must be true of each.
   *
   * @throws GuardError
   */
  async destroy(keyId: string, deadlineAt: number): Promise<DestroyedOn[]> {
    for (const member of this.#members) await member.readiness.whenOpen(deadlineAt)
    const ways = this.#members.map((member) => {
      const [first, ...others] = member.usableWays
      if (first === undefined) throw member.readiness.refusal()
      return { first, others }
    })
    // One that was cut a moment ago is found out by being asked.
    await Promise.all(ways.map(({ first }) => requireReach(first, keyId, deadlineAt)))
    const destroyed: DestroyedOn[] = []
    for (const { first, others } of ways) {
      destroyed.push(...(await first.destroyKey(keyId, deadlineAt)))
      // They find nothing any more, and forget the handles they have.
      for (const way of others) await way.destroyKey(keyId, deadlineAt)
    }
    this.#routes.forgetKey(keyId)
    return destroyed
  }

  async #askAll<T>(
    deadlineAt: number,
    ask: (way: TokenWay, member: TokenMember) => Promise<T>,
  ): Promise<T[]> {
    await this.#routes.readiness.whenOpen(deadlineAt)
    const routes = this.#members.flatMap((member) => routesOf(member).slice(0, 1))
    const answers = await Promise.allSettled(routes.map(({ way, member }) => ask(way, member)))
    const good = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
    const bad = answers.find((answer) => answer.status === 'rejected')
    if (good.length === 0 && bad !== undefined) throw bad.reason
    return good
  }

  async #seesCopy(member: TokenMember, key: GuardKey): Promise<boolean> {
    const { keyId } = key
    for (const endAt = Date.now() + COPY.withinMs; Date.now() < endAt; ) {
      const found = await member.usableWays[0]?.findKey(keyId, endAt).catch(() => undefined)
      if (found !== undefined) {
        this.#routes.learn(member, keyId, { key: found })
        return isSame(found, key)
      }
      await sleep(COPY.lookEveryMs)
    }
    return false
  }
}

/** @throws GuardError if the token does not answer. */
async function requireReach(way: TokenWay, keyId: string, deadlineAt: number): Promise<void> {
  try {
    await way.findKey(keyId, deadlineAt)
  } catch (error) {
    if (!isOfTheKey(error)) throw error
  }
}

function isSame(one: GuardKey, other: GuardKey): boolean {
  return one.keyId === other.keyId && Buffer.from(one.publicKey).equals(other.publicKey)
}
