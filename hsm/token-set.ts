import { setTimeout as sleep } from 'node:timers/promises'
import { SIGNATURE_ALGORITHMS } from './algorithms.ts'
import { GuardError } from './errors.ts'
import type { GuardLog } from './guard-log.ts'
import { type SettledSettings, settingsOfWay } from './guard-settings.ts'
import { KeyHolders } from './key-holders.ts'
import type { PinLedger } from './pin-ledger.ts'
import type { GuardKey } from './protocol.ts'
import { Readiness } from './readiness.ts'
import { mergeKeys, mergeStatus } from './set-status.ts'
import { TEST_SIGNATURES, TEST_WITHIN_MS } from './sole-token.ts'
import { removeStaleSockets } from './stale-sockets.ts'
import { signsRight } from './test-signatures.ts'
import type { SignRequest } from './token.ts'
import { bestState, TokenMember } from './token-member.ts'
import type { TokenWay } from './token-way.ts'
import type { KeyRequest, Makers, Signed, Tokens, TokensStatus } from './tokens.ts'
import { chooseWay } from './way-choice.ts'

/** One message is signed while the next is on its way. */
const MESSAGES_PER_WAY = 2
/** An HSM that copies keys to its twin by itself does so within this time. */
const COPY = { withinMs: 3_000, lookEveryMs: 250 } as const

interface Route {
  readonly member: TokenMember
  readonly way: TokenWay
}

interface Piece extends SignRequest {
  readonly kind: string
  readonly count: number
}

interface SignedPiece {
  readonly signatures: Uint8Array
  readonly maker: string
  readonly count: number
}

/**
 * Several tokens that hold the same keys, or several processes for one, as if they were one token:
 * each is given what it can do, and what one fails is asked of the others.
 */
export class TokenSet implements Tokens {
  readonly #log: GuardLog
  readonly #socketPath: string
  readonly #members: readonly TokenMember[]
  readonly #keys = new KeyHolders<TokenMember>()
  readonly #lookups = new Map<string, Promise<void>>()
  readonly #readiness = new Readiness()

  constructor(options: {
    settings: SettledSettings
    makeLedger: () => PinLedger
    log: GuardLog
  }) {
    const { settings, makeLedger, log } = options
    const { tokens, processes, setAsideMs, socketPath } = settings
    this.#log = log
    this.#socketPath = socketPath
    this.#members = tokens.map((selector, i) => {
      const member: TokenMember = new TokenMember({
        selector,
        settings: Array.from({ length: processes }, (_, process) =>
          settingsOfWay(settings, selector, i * processes + process),
        ),
        setAsideMs,
        pins: makeLedger(),
        log,
        test: (keyId) => this.#test(member, keyId),
        onChange: () => this.#settle(),
        onUsable: () => this.#keys.forget(member),
      })
      return member
    })
  }

  start(): void {
    removeStaleSockets(this.#socketPath)
    for (const member of this.#members) void member.start()
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.close()))
  }

  get status(): TokensStatus {
    return mergeStatus(this.#members, this.#readiness)
  }

  async sign(request: SignRequest): Promise<Signed> {
    const { keyId, algorithm, digests } = request
    const { digestBytes } = SIGNATURE_ALGORITHMS[algorithm]
    const total = digests.length / digestBytes
    const kind = `${keyId} ${algorithm}`
    const pieces: Promise<SignedPiece>[] = []
    let at = 0
    let hasFailed = false

    const workThrough = async () => {
      while (at < total && !hasFailed) {
        const routes = await this.#routes(request)
        const remaining = total - at
        if (remaining <= 0) return
        const route = choose(routes, kind, 1)
        const count = route.way.pace.messageSize(kind, { remaining, ways: routes.length })
        const part = digests.subarray(at * digestBytes, (at + count) * digestBytes)
        at += count
        const piece = this.#signPiece({ ...request, digests: part, kind, count }, route)
        pieces.push(piece)
        await piece
      }
    }
    const ways = this.#members.reduce((sum, { usableWays }) => sum + usableWays.length, 0)
    const messages = Math.min(total, MESSAGES_PER_WAY * Math.max(1, ways))
    try {
      await Promise.all(Array.from({ length: messages }, workThrough))
    } catch (error) {
      hasFailed = true
      throw error
    }
    const signed = await Promise.all(pieces)
    return {
      signatures: Buffer.concat(signed.map(({ signatures }) => signatures)),
      makers: makersOf(signed),
    }
  }

  async findKey(keyId: string, deadlineAt: number): Promise<GuardKey | undefined> {
    const keys = await this.#askAll(deadlineAt, ({ way }) => way.findKey(keyId, deadlineAt))
    const key = keys.find((found) => found !== undefined)
    const isSure = this.#members.every((member) => member.isUsable)
    if (key === undefined && !isSure) throw this.#refusal('The key may be on a token that is away')
    return key
  }

  async listKeys(deadlineAt: number): Promise<GuardKey[]> {
    return mergeKeys(await this.#askAll(deadlineAt, ({ way }) => way.listKeys(deadlineAt)))
  }

  /** Always on the first token: two tokens must never come to different keys under one id. */
  async generateKey(
    request: KeyRequest,
    deadlineAt: number,
  ): Promise<{ key: GuardKey; missingOn: string[] }> {
    const [home, ...others] = this.#members
    if (home === undefined) throw new TypeError('A set without tokens')
    await home.readiness.whenOpen(deadlineAt)
    const [way] = home.usableWays
    if (way === undefined) throw home.readiness.refusal()
    const key = await way.generateKey(request, deadlineAt)
    this.#keys.learn(key.keyId, home, { key, now: Date.now() })
    const copies = others.map(async (member) => {
      return (await this.#seesCopy(member, key.keyId)) ? [] : [member.selector]
    })
    const missingOn = (await Promise.all(copies)).flat()
    if (missingOn.length > 0) {
      this.#log.warn({ keyId: key.keyId, missingOn }, 'token: a new key is not on every token')
    }
    return { key, missingOn }
  }

  reportFault(keyId: string, selector: string | undefined): void {
    const maker = this.#members.find((member) => member.selector === selector)
    if (maker !== undefined) maker.aside.report(keyId)
    else for (const member of this.#members) void this.#suspect(member, keyId)
  }

  async #signPiece(piece: Piece, first: Route): Promise<SignedPiece> {
    for (let { member, way } = first; ; ) {
      const { count } = piece
      try {
        const hasOthers = this.#holders(piece.keyId).some((other) => other.way !== way)
        const signatures = await way.sign(piece, { ...piece, hasOthers })
        member.signatures += count
        member.lastKey = this.#keys.find(piece.keyId)
        return { signatures, maker: member.selector, count }
      } catch (error) {
        if (!(error instanceof GuardError) || error.code === 'invalid-request') throw error
        member.failures++
        if (isOfTheKey(error)) this.#learn(member, piece.keyId, undefined, error)
        ;({ member, way } = choose(await this.#routes(piece), piece.kind, count))
      }
    }
  }

  /**
   * The ways to tokens that hold the key.
   *
   * @throws GuardError if there are none, and none can be expected soon.
   */
  async #routes({
    keyId,
    deadlineAt,
  }: Pick<SignRequest, 'keyId' | 'deadlineAt'>): Promise<Route[]> {
    for (;;) {
      await this.#readiness.whenOpen(deadlineAt)
      const now = Date.now()
      if (now >= deadlineAt) throw this.#refusal('No token signed in time')
      const usable = this.#members.filter((member) => member.isUsable)
      const unknown = usable.filter((member) => this.#keys.holds(keyId, member, now) === undefined)
      const lookups = unknown.map((member) => this.#lookUp(member, keyId, deadlineAt))
      const holders = this.#holders(keyId)
      if (holders.length > 0) return holders
      if (lookups.length === 0) throw this.#missing(keyId)
      await Promise.race(lookups)
    }
  }

  #holders(keyId: string): Route[] {
    const now = Date.now()
    return this.#members.flatMap((member) =>
      this.#keys.holds(keyId, member, now) === true ? routesOf(member) : [],
    )
  }

  #missing(keyId: string): GuardError {
    const isSure = this.#members.every((member) => member.isUsable)
    if (!isSure) return this.#refusal(`No token within reach has the key ${keyId}`)
    const message = `No token has a private key with the id ${keyId}`
    return this.#keys.refusal(keyId) ?? new GuardError('key-not-found', message)
  }

  #refusal(message: string): GuardError {
    const retries = this.#members.filter((member) => !member.isUsable)
    const seconds = retries.map(({ readiness }) => readiness.retryAfterSeconds)
    return new GuardError('unavailable', message, { retryAfterSeconds: Math.min(5, ...seconds) })
  }

  /** Ask a token for a key; once for all who want to know. Never throws. */
  #lookUp(member: TokenMember, keyId: string, deadlineAt: number): Promise<void> {
    const name = `${member.selector} ${keyId}`
    const underWay = this.#lookups.get(name)
    if (underWay !== undefined) return underWay
    const lookup = this.#lookUpOnce(member, keyId, deadlineAt)
    this.#lookups.set(name, lookup)
    return lookup.finally(() => this.#lookups.delete(name))
  }

  async #lookUpOnce(member: TokenMember, keyId: string, deadlineAt: number): Promise<void> {
    const [way] = member.usableWays
    if (way === undefined) return
    try {
      this.#learn(member, keyId, await way.findKey(keyId, deadlineAt))
    } catch (error) {
      // Anything else is the way's own fault, and the way is not in use any more.
      if (error instanceof GuardError && isOfTheKey(error)) {
        this.#learn(member, keyId, undefined, error)
      }
    }
  }

  #learn(
    member: TokenMember,
    keyId: string,
    key: GuardKey | undefined,
    refusal?: GuardError,
  ): void {
    const found = { key, ...(refusal !== undefined && { refusal }), now: Date.now() }
    const verdict = this.#keys.learn(keyId, member, found)
    if (verdict === 'holds') return
    const message =
      verdict === 'other'
        ? 'token: another key has this id here, so it is not used'
        : 'token: lacks this key, so it is not used for it'
    this.#log.warn({ token: member.selector, keyId }, message)
  }

  async #askAll<T>(deadlineAt: number, ask: (route: Route) => Promise<T>): Promise<T[]> {
    await this.#readiness.whenOpen(deadlineAt)
    const routes = this.#members.flatMap((member) => routesOf(member).slice(0, 1))
    const answers = await Promise.allSettled(routes.map(ask))
    const good = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []))
    const bad = answers.find((answer) => answer.status === 'rejected')
    if (good.length === 0 && bad !== undefined) throw bad.reason
    return good
  }

  async #seesCopy(member: TokenMember, keyId: string): Promise<boolean> {
    for (const endAt = Date.now() + COPY.withinMs; Date.now() < endAt; ) {
      await this.#lookUp(member, keyId, endAt)
      if (this.#keys.holds(keyId, member, Date.now()) === true) return true
      await sleep(COPY.lookEveryMs)
    }
    return false
  }

  /** Whoever signed wrongly is found by a test, if it still does. */
  async #suspect(member: TokenMember, keyId: string): Promise<void> {
    try {
      if (!(await this.#test(member, keyId))) member.aside.report(keyId)
    } catch {
      // One that does not sign at all is no danger.
    }
  }

  async #test(member: TokenMember, keyId: string): Promise<boolean> {
    const key = this.#keys.find(keyId)
    const way = member.ways.find(({ isUsable }) => isUsable)
    if (way === undefined || key === undefined) throw this.#refusal('The token is not there')
    const deadlineAt = Date.now() + TEST_WITHIN_MS
    const how = { kind: 'test', count: TEST_SIGNATURES, hasOthers: false }
    return signsRight((request) => way.sign(request, how), {
      key,
      count: TEST_SIGNATURES,
      deadlineAt,
    })
  }

  #settle(): void {
    const states = this.#members.map(({ readiness }) => readiness.state)
    const state = bestState(states)
    const said = this.#members.flatMap(({ selector, readiness: { message } }) =>
      message === undefined ? [] : [`${selector}: ${message}`],
    )
    const retrySeconds = Math.min(
      ...this.#members.map(({ readiness }) => readiness.retryAfterSeconds),
    )
    this.#readiness.set(state, said.join('; ') || undefined, Date.now() + retrySeconds * 1000)
  }
}

function routesOf(member: TokenMember): Route[] {
  return member.usableWays.map((way) => ({ member, way }))
}

function choose(routes: readonly Route[], kind: string, digests: number): Route {
  return chooseWay(routes, ({ way }) => way.pace.expectMs(kind, digests), Math.random())
}

function isOfTheKey({ code }: GuardError): boolean {
  return code.startsWith('key-')
}

function makersOf(pieces: readonly SignedPiece[]): Makers {
  const makers: Makers = []
  for (const { maker, count } of pieces) {
    const last = makers.at(-1)
    if (last?.[0] === maker) last[1] += count
    else makers.push([maker, count])
  }
  return makers
}
