import { SIGNATURE_ALGORITHMS } from './algorithms.ts'
import { GuardError } from './errors.ts'
import type { GuardLog } from './guard-log.ts'
import { type SettledSettings, settingsOfWay } from './guard-settings.ts'
import type { PinLedger } from './pin-ledger.ts'
import type { DestroyedOn, GuardKey } from './protocol.ts'
import { isOfTheKey, type Route, Routes } from './routes.ts'
import { SetKeys } from './set-keys.ts'
import { SetSecrets } from './set-secrets.ts'
import { mergeStatus } from './set-status.ts'
import { removeStaleSockets } from './stale-sockets.ts'
import { signsRight, TEST_SIGNATURES, TEST_WITHIN_MS } from './test-signatures.ts'
import type { SecretRequest, SignRequest, WrappingKeyRequest } from './token.ts'
import { TokenMember } from './token-member.ts'
import type {
  KeyRequest,
  ListedKeys,
  MadeKey,
  MadeWrappingKey,
  Makers,
  Signed,
  Tokens,
  TokensStatus,
} from './tokens.ts'
import { chooseWay } from './way-choice.ts'

/** One message is signed while the next is on its way. */
const MESSAGES_PER_WAY = 2

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
  readonly #socketPath: string
  readonly #members: readonly TokenMember[]
  readonly #routes: Routes
  readonly #keys: SetKeys
  readonly #secrets: SetSecrets

  constructor(options: {
    settings: SettledSettings
    makeLedger: () => PinLedger
    log: GuardLog
  }) {
    const { settings, makeLedger, log } = options
    const { tokens, processes, setAsideMs, socketPath } = settings
    this.#socketPath = socketPath
    const members = tokens.map((selector, i) => {
      const member: TokenMember = new TokenMember({
        selector,
        settings: Array.from({ length: processes }, (_, process) =>
          settingsOfWay(settings, selector, i * processes + process),
        ),
        setAsideMs,
        pins: makeLedger(),
        log,
        test: (keyId) => this.#test(member, keyId),
        onChange: () => this.#routes.settle(),
        onUsable: () => this.#routes.forget(member),
      })
      return member
    })
    this.#members = members
    this.#routes = new Routes({ members, log })
    this.#keys = new SetKeys({ members, routes: this.#routes, log })
    this.#secrets = new SetSecrets({ members, routes: this.#routes })
  }

  start(): void {
    removeStaleSockets(this.#socketPath)
    for (const member of this.#members) void member.start()
  }

  async close(): Promise<void> {
    await Promise.all(this.#members.map((member) => member.close()))
  }

  get status(): TokensStatus {
    return mergeStatus(this.#members, this.#routes.readiness)
  }

  async sign(request: SignRequest): Promise<Signed> {
    const { keyId, algorithm, digests, deadlineAt } = request
    const { digestBytes } = SIGNATURE_ALGORITHMS[algorithm]
    const total = digests.length / digestBytes
    const kind = `${keyId} ${algorithm}`
    const pieces: Promise<SignedPiece>[] = []
    let at = 0
    let hasFailed = false

    const workThrough = async () => {
      while (at < total && !hasFailed) {
        const routes = await this.#routes.whenHeld(keyId, deadlineAt)
        const remaining = total - at
        // Others have taken the rest meanwhile.
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

  findKey(keyId: string, deadlineAt: number): Promise<GuardKey | undefined> {
    return this.#keys.find(keyId, deadlineAt)
  }

  listKeys(deadlineAt: number): Promise<ListedKeys> {
    return this.#keys.list(deadlineAt)
  }

  generateKey(request: KeyRequest, deadlineAt: number): Promise<MadeKey> {
    return this.#keys.generate(request, deadlineAt)
  }

  destroyKey(keyId: string, deadlineAt: number): Promise<readonly DestroyedOn[]> {
    return this.#keys.destroy(keyId, deadlineAt)
  }

  generateWrappingKey(request: WrappingKeyRequest, deadlineAt: number): Promise<MadeWrappingKey> {
    return this.#secrets.generate(request, deadlineAt)
  }

  wrapSecret(request: SecretRequest): Promise<Uint8Array> {
    return this.#secrets.use('wrapSecret', request)
  }

  unwrapSecret(request: SecretRequest): Promise<Uint8Array> {
    return this.#secrets.use('unwrapSecret', request)
  }

  reportFault(keyId: string, selector: string | undefined): void {
    const maker = this.#members.find((member) => member.selector === selector)
    if (maker !== undefined) maker.aside.report(keyId)
    else for (const member of this.#members) void this.#suspect(member, keyId)
  }

  async #signPiece(piece: Piece, first: Route): Promise<SignedPiece> {
    const { keyId, kind, count, deadlineAt } = piece
    for (let { member, way } = first; ; ) {
      const hasOthers = this.#routes.holders(keyId).some((other) => other.way !== way)
      try {
        const signatures = await way.sign(piece, { kind, count, hasOthers })
        member.signatures += count
        member.lastKey = this.#routes.knownKey(keyId)
        return { signatures, maker: member.selector, count }
      } catch (error) {
        if (!(error instanceof GuardError) || error.code === 'invalid-request') throw error
        member.failures++
        if (isOfTheKey(error)) this.#routes.learn(member, keyId, { key: undefined, refusal: error })
        const routes = await this.#routes.whenHeld(keyId, deadlineAt)
        ;({ member, way } = choose(routes, kind, count))
      }
    }
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
    const key = this.#routes.knownKey(keyId)
    const way = member.ways.find(({ isUsable }) => isUsable)
    if (way === undefined || key === undefined) throw member.readiness.refusal()
    const how = { kind: 'test', count: TEST_SIGNATURES, hasOthers: false }
    return signsRight((request) => way.sign(request, how), {
      key,
      count: TEST_SIGNATURES,
      deadlineAt: Date.now() + TEST_WITHIN_MS,
    })
  }
}

function choose(routes: readonly Route[], kind: string, digests: number): Route {
  return chooseWay(routes, ({ way }) => way.pace.expectMs(kind, digests), Math.random())
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
