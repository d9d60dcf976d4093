import { setTimeout as sleep } from 'node:timers/promises'
import { Circuit } from './circuit.ts'
import { GuardError } from './errors.ts'
import { GuardLink, type Question } from './guard-link.ts'
import type { GuardLog } from './guard-log.ts'
import type { SettledSettings } from './guard-settings.ts'
import { Pace } from './pace.ts'
import type { PinLedger } from './pin-ledger.ts'
import {
  type DestroyedOn,
  type GuardKey,
  type GuardStatus,
  parseResult,
  type ResultOf,
  type TokenState,
  type WrappingKey,
} from './protocol.ts'
import { type GuardProcess, startGuard } from './supervisor.ts'
import { signsRight } from './test-signatures.ts'
import type { SecretRequest, SignRequest, WrappingKeyRequest } from './token.ts'
import type { KeyRequest } from './tokens.ts'

export interface TokenWayOptions {
  /** Of the guard that this way is: one token, one process. */
  readonly settings: SettledSettings
  readonly pins: PinLedger
  readonly log: GuardLog
  /** The key that a test signature is asked of before the way is used again, if one is known. */
  readonly testKey: () => GuardKey | undefined
  readonly onChange: () => void
  readonly onUsable: () => void
}

const LOOK_EVERY_MS = { usable: 500, notUsable: 200 } as const
const LOOK_WITHIN_MS = 4_000
const START_AGAIN_MS = 1_000
/** By then it has been asked for nothing any more, and the guard above it must end too. */
const STOP_WITHIN_MS = 5_000
/** Another token is asked instead when this one takes so many times longer than it should. */
const PATIENCE = { leastMs: 2_000, times: 12 } as const

/**
 * One way to a token: a guard process of its own, what it still owes, and whether it is used. A
 * way that failed is tried in the background, so that nobody waits for it.
 */
export class TokenWay {
  readonly pace = new Pace()
  readonly #options: TokenWayOptions
  readonly #circuit = new Circuit()
  readonly #link: GuardLink
  readonly #closing = new AbortController()
  readonly #whenUsable: (() => void)[] = []
  #guard: Promise<GuardProcess> | undefined
  #status: GuardStatus | undefined
  #problem: string | undefined
  #life: Promise<void> = Promise.resolve()

  constructor(options: TokenWayOptions) {
    this.#options = options
    this.#link = new GuardLink({ socketPath: options.settings.socketPath, log: undefined })
  }

  /** Resolves when the way can be used for the first time. */
  start(): Promise<void> {
    const usable = new Promise<void>((resolve) => this.#whenUsable.push(resolve))
    this.#life = this.#live().catch((error) => {
      // Closing interrupts a wait; anything else is a fault of ours, and a new process its mend.
      if (!this.#closing.signal.aborted) throw error
    })
    return usable
  }

  async close(): Promise<void> {
    this.#closing.abort()
    this.#link.close()
    await this.#life
    await this.#guard?.then((guard) => guard.stop(STOP_WITHIN_MS)).catch(() => {})
  }

  get isUsable(): boolean {
    return this.#circuit.isClosed
  }

  /** As the guard of this way said last; undefined if it never did. */
  get status(): GuardStatus | undefined {
    return this.#status
  }

  get state(): TokenState {
    if (this.isUsable) return 'open'
    const { state = 'opening' } = this.#status ?? {}
    if (state !== 'open' && state !== 'opening') return state
    return this.#circuit.isHopeful ? 'opening' : 'down'
  }

  get message(): string | undefined {
    return this.isUsable ? undefined : this.#problem
  }

  /** Unix ms; when this way may be usable again. */
  get retryAt(): number | undefined {
    const { retryAfterSeconds } = this.#status ?? {}
    return retryAfterSeconds === undefined
      ? this.#circuit.retryAt
      : Date.now() + retryAfterSeconds * 1000
  }

  /**
   * @param options.hasOthers - Then this one is given little time and no second chance.
   * @throws GuardError
   */
  async sign(
    request: SignRequest,
    { kind, count, hasOthers }: { kind: string; count: number; hasOthers: boolean },
  ): Promise<Uint8Array> {
    const { keyId, algorithm, digests, deadlineAt, priority } = request
    const owed = this.pace.begin(kind, count, performance.now())
    const patienceMs = Math.max(PATIENCE.leastMs, PATIENCE.times * owed.expectedMs)
    const leftMs = deadlineAt - Date.now()
    const deadlineMs = Math.max(1, hasOthers ? Math.min(leftMs, patienceMs) : leftMs)
    try {
      const question = { type: 'sign', keyId, algorithm, count, priority } as const
      const how = { payload: digests, deadlineMs, isAskedOnce: hasOthers }
      const { payload } = await this.#link.ask(question, how)
      owed.end(performance.now(), true)
      return payload
    } catch (error) {
      owed.end(performance.now(), false)
      throw this.#noted(error)
    }
  }

  async findKey(keyId: string, deadlineAt: number): Promise<GuardKey | undefined> {
    return (await this.#ask('findKey', { type: 'findKey', keyId }, deadlineAt)).key
  }

  async listKeys(deadlineAt: number): Promise<GuardKey[]> {
    return (await this.#ask('listKeys', { type: 'listKeys' }, deadlineAt)).keys
  }

  async generateKey(request: KeyRequest, deadlineAt: number): Promise<GuardKey> {
    const { keyId, algorithm, label } = request
    const question = { type: 'generateKey', keyId, algorithm, label } as const
    return (await this.#ask('generateKey', question, deadlineAt)).key
  }

  async destroyKey(keyId: string, deadlineAt: number): Promise<readonly DestroyedOn[]> {
    return (await this.#ask('destroyKey', { type: 'destroyKey', keyId }, deadlineAt)).tokens
  }

  async generateWrappingKey(
    { keyId, label }: WrappingKeyRequest,
    deadlineAt: number,
  ): Promise<WrappingKey> {
    const question = { type: 'generateWrappingKey', keyId, label } as const
    return (await this.#ask('generateWrappingKey', question, deadlineAt)).key
  }

  /** @throws GuardError */
  async useSecret(
    type: 'wrapSecret' | 'unwrapSecret',
    { keyId, payload, deadlineAt }: SecretRequest,
  ): Promise<Uint8Array> {
    const deadlineMs = Math.max(1, deadlineAt - Date.now())
    try {
      const reply = await this.#link.ask({ type, keyId }, { payload, deadlineMs })
      return reply.payload
    } catch (error) {
      throw this.#noted(error)
    }
  }

  async #ask<T extends Question['type']>(
    type: T,
    question: Question,
    deadlineAt: number,
  ): Promise<ResultOf<T>> {
    const deadlineMs = Math.max(1, deadlineAt - Date.now())
    try {
      return parseResult(type, (await this.#link.ask(question, { deadlineMs })).result)
    } catch (error) {
      throw this.#noted(error)
    }
  }

  /** What says nothing of the key or the question says that the way is not well. */
  #noted(error: unknown): unknown {
    const isOwn =
      error instanceof GuardError &&
      (error.code === 'unavailable' || error.code === 'pin-refused' || error.code === 'internal')
    if (isOwn && this.isUsable) this.#fail(error.message)
    return error
  }

  async #live(): Promise<void> {
    const { signal } = this.#closing
    while (!(await this.#begin())) await sleep(START_AGAIN_MS, undefined, { signal })
    for (;;) {
      await this.#look()
      const waitMs = LOOK_EVERY_MS[this.isUsable ? 'usable' : 'notUsable']
      await sleep(waitMs, undefined, { signal })
    }
  }

  async #begin(): Promise<boolean> {
    const { settings, pins, log } = this.#options
    this.#guard = startGuard({ ...settings, pins, log })
    try {
      await this.#guard
      return true
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error)
      log.error({ error: this.#problem }, 'token: its guard does not start')
      return false
    }
  }

  /** Ask the guard of this way how it is; if it is well and was not, try it. */
  async #look(): Promise<void> {
    try {
      const once = { deadlineMs: LOOK_WITHIN_MS, isAskedOnce: true }
      const { result } = await this.#link.ask({ type: 'status' }, once)
      this.#status = parseResult('status', result)
    } catch (error) {
      this.#noted(error)
      if (error instanceof GuardError) this.#problem = error.message
      this.#options.onChange()
      return
    }
    const { state, message = state } = this.#status
    if (state !== 'open') {
      if (this.isUsable) this.#fail(message)
      else this.#problem = message
    } else if (this.#circuit.isDue(Date.now())) await this.#try()
    this.#options.onChange()
  }

  /** One signature that nobody asked for: only a way that signs is used. */
  async #try(): Promise<void> {
    const key = this.#options.testKey()
    try {
      if (key !== undefined && !(await this.#signsRight(key))) {
        throw new GuardError('unavailable', 'A test signature was wrong')
      }
      this.#close()
    } catch (error) {
      const isKeys = error instanceof GuardError && error.code.startsWith('key-')
      // Whether it has this key is asked again when it is used.
      if (isKeys) this.#close()
      else this.#fail(error instanceof Error ? error.message : String(error))
    }
  }

  #signsRight(key: GuardKey): Promise<boolean> {
    const asked = { key, count: 1, deadlineAt: Date.now() + LOOK_WITHIN_MS }
    return signsRight(async ({ keyId, algorithm, digests, priority }) => {
      const question = { type: 'sign', keyId, algorithm, count: 1, priority } as const
      const how = { payload: digests, deadlineMs: LOOK_WITHIN_MS, isAskedOnce: true }
      return (await this.#link.ask(question, how)).payload
    }, asked)
  }

  #close(): void {
    this.#circuit.close(Date.now())
    this.#problem = undefined
    this.#options.log.info({}, 'token: in use')
    for (const resolve of this.#whenUsable.splice(0)) resolve()
    this.#options.onUsable()
    this.#options.onChange()
  }

  #fail(problem: string): void {
    const wasUsable = this.isUsable
    this.#circuit.fail(Date.now(), Math.random())
    this.#problem = problem
    if (!wasUsable) return
    this.#options.log.warn({ problem }, 'token: not in use for now')
    this.#options.onChange()
  }
}
