import type { GuardLog } from './guard-log.ts'
import type { SettledSettings } from './guard-settings.ts'
import type { PinLedger } from './pin-ledger.ts'
import type { GuardKey, TokenReport, TokenState } from './protocol.ts'
import { Readiness } from './readiness.ts'
import { SetAside } from './set-aside.ts'
import { TokenWay } from './token-way.ts'

export interface TokenMemberOptions {
  readonly selector: string
  /** Of each of its guards, one for each way. */
  readonly settings: readonly SettledSettings[]
  readonly setAsideMs: number
  readonly pins: PinLedger
  readonly log: GuardLog
  /** Does it sign rightly with this key? */
  readonly test: (keyId: string) => Promise<boolean>
  readonly onChange: () => void
  /** A way was opened anew: what was known of the token's keys may be outdated. */
  readonly onUsable: () => void
}

/** From the state that gives most hope to the one that gives least. */
const STATES: readonly TokenState[] = [
  'open',
  'opening',
  'down',
  'set-aside',
  'pin-refused',
  'unusable',
]

/** @returns The state of a whole of which each part is in one of these. */
export function bestState(states: readonly TokenState[]): TokenState {
  return STATES.find((state) => states.includes(state)) ?? 'down'
}

/** One of several tokens: its ways, and whether it may be used at all. */
export class TokenMember {
  readonly selector: string
  readonly ways: readonly TokenWay[]
  readonly aside: SetAside
  readonly #started: TokenWay[] = []
  /** How it is, and who waits for this very token. */
  readonly readiness = new Readiness()
  /** Signatures that reached whoever asked. */
  signatures = 0
  /** The key it signed with last. */
  lastKey: GuardKey | undefined
  /** Requests that another token, or nobody, had to do. */
  failures = 0

  constructor(options: TokenMemberOptions) {
    const { selector, log, onChange } = options
    this.selector = selector
    const changed = () => {
      this.#settle()
      onChange()
    }
    const named: GuardLog = {
      info: (details, message) => log.info({ token: selector, ...details }, message),
      warn: (details, message) => log.warn({ token: selector, ...details }, message),
      error: (details, message) => log.error({ token: selector, ...details }, message),
    }
    const shared = { ...options, log: named, testKey: () => this.lastKey, onChange: changed }
    this.ways = options.settings.map((settings) => new TokenWay({ ...shared, settings }))
    this.aside = new SetAside({
      selector,
      firstMs: options.setAsideMs,
      test: options.test,
      onChange: changed,
      log,
    })
  }

  /**
   * One way after the other: a PIN that is wrong is tried by the first and by no other, and some
   * libraries do not bear being begun several times at one moment.
   */
  async start(): Promise<void> {
    for (const way of this.ways) {
      this.#started.push(way)
      await way.start()
    }
  }

  async close(): Promise<void> {
    this.aside.close()
    this.readiness.set('down', 'The guard is ending')
    await Promise.all(this.ways.map((way) => way.close()))
  }

  get isUsable(): boolean {
    return !this.aside.isAside && this.ways.some((way) => way.isUsable)
  }

  get usableWays(): TokenWay[] {
    return this.aside.isAside ? [] : this.ways.filter((way) => way.isUsable)
  }

  get report(): TokenReport {
    const { state, message } = this.readiness
    const latencies = this.ways.flatMap(({ status }) => status?.tokens[0]?.latencyMs ?? [])
    return {
      selector: this.selector,
      state,
      ...(message !== undefined && { message }),
      ...(latencies.length > 0 && { latencyMs: Math.min(...latencies) }),
      signatures: this.signatures,
      failures: this.failures,
    }
  }

  #settle(): void {
    if (this.aside.isAside) {
      this.readiness.set('set-aside', this.aside.message, this.aside.testAt)
      return
    }
    const state = bestState(this.#started.map((way) => way.state))
    const message = this.#started.find((way) => way.state === state)?.message
    const retries = this.#started.flatMap(({ retryAt }) => retryAt ?? [])
    this.readiness.set(state, message, retries.length > 0 ? Math.min(...retries) : undefined)
  }
}
