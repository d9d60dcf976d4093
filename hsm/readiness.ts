import { GuardError } from './errors.ts'
import type { TokenState } from './protocol.ts'

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: GuardError) => void
  expiresAt: number
  timer: NodeJS.Timeout | undefined
}

/**
 * How long a request may wait for the token. A token that is just being opened is worth waiting
 * for; one that is down is not: a quick «try again in 20 s» is better than a queue that hangs.
 */
const PATIENCE_MS: Record<Exclude<TokenState, 'open'>, number> = {
  opening: 10_000,
  down: 2_000,
  'pin-refused': 0,
  unusable: 0,
  'set-aside': 0,
}
const RETRY_AFTER_SECONDS_DEFAULT = 5

/** Whether the token can be used now, and who waits until it can. */
export class Readiness {
  #state: TokenState = 'opening'
  #message: string | undefined
  #retryAt: number | undefined
  readonly #waiting = new Set<Waiter>()
  readonly #isPatient: boolean

  /** @param options.isPatient - False if nobody is to wait: what is not open is refused at once. */
  constructor({ isPatient }: { isPatient: boolean } = { isPatient: true }) {
    this.#isPatient = isPatient
  }

  get state(): TokenState {
    return this.#state
  }

  get message(): string | undefined {
    return this.#message
  }

  /** @param retryAt - Unix ms of the guard's own next attempt. */
  set(state: TokenState, message?: string, retryAt?: number): void {
    this.#state = state
    this.#message = message
    this.#retryAt = retryAt
    for (const waiter of [...this.#waiting]) {
      if (state === 'open') this.#settle(waiter)
      else if (PATIENCE_MS[state] === 0) this.#settle(waiter, this.refusal())
      else if (state === 'down') this.#expireWithin(waiter, PATIENCE_MS.down)
    }
  }

  /**
   * @throws GuardError `unavailable` if the token is not open by the deadline, or not soon;
   * `pin-refused`, or where only time or an operator helps, at once.
   */
  async whenOpen(deadlineAt: number): Promise<void> {
    if (this.#state === 'open') return
    const patienceMs = this.#isPatient ? PATIENCE_MS[this.#state] : 0
    if (patienceMs === 0) throw this.refusal()
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = { resolve, reject, expiresAt: deadlineAt, timer: undefined }
      this.#waiting.add(waiter)
      this.#expireWithin(waiter, patienceMs)
    })
  }

  /** What a request is told that cannot be done now. */
  refusal(): GuardError {
    const message = this.#message ?? 'The token is being opened'
    if (this.#state === 'pin-refused') return new GuardError('pin-refused', message)
    return new GuardError('unavailable', message, { retryAfterSeconds: this.retryAfterSeconds })
  }

  get retryAfterSeconds(): number {
    if (this.#state === 'unusable') return 60
    if (this.#retryAt === undefined) return RETRY_AFTER_SECONDS_DEFAULT
    return Math.max(1, Math.ceil((this.#retryAt - Date.now()) / 1000))
  }

  /** Never later than it would have been: a state that keeps coming back must not prolong it. */
  #expireWithin(waiter: Waiter, ms: number): void {
    const now = Date.now()
    waiter.expiresAt = Math.min(waiter.expiresAt, now + ms)
    clearTimeout(waiter.timer)
    const refuse = () => this.#settle(waiter, this.refusal())
    waiter.timer = setTimeout(refuse, Math.max(0, waiter.expiresAt - now))
  }

  #settle(waiter: Waiter, error?: GuardError): void {
    clearTimeout(waiter.timer)
    this.#waiting.delete(waiter)
    if (error === undefined) waiter.resolve()
    else waiter.reject(error)
  }
}
