import { setTimeout as sleep } from 'node:timers/promises'
import { GuardError } from './errors.ts'
import type { GuardLog } from './guard-log.ts'
import { lanesFor } from './lane-count.ts'
import type { LanePool } from './lane-pool.ts'
import { OpeningSchedule } from './opening-schedule.ts'
import type { PinBook } from './pin-book.ts'
import type { TokenState } from './protocol.ts'
import { Readiness } from './readiness.ts'
import { Pkcs11Failure } from './return-values.ts'
import type { OpenedToken } from './token-work.ts'
import type { OnStuck } from './work-thread.ts'

/** Some libraries come to themselves only in a new process. */
const FAILED_OPENINGS_MAX = 20
/** Beyond this wait the token counts as down: requests are told to come back. */
const SHORT_WAIT_MS = 1_000

export interface TokenLifeOptions {
  readonly selector: string
  readonly sessions: number | undefined
  /** Whether requests wait while the token is being opened. */
  readonly isPatient: boolean
  readonly pool: LanePool
  readonly pins: PinBook
  readonly log: GuardLog
  readonly onStuck: OnStuck
  readonly onFailure: (error: unknown) => void
}

/**
 * The token from opening to opening: initialise, find it by its name, log in once for everybody,
 * and begin again when it was lost. Each beginning is a new generation of handles.
 */
export class TokenLife {
  readonly readiness: Readiness
  readonly counters = { logins: 0, openings: 0 }
  readonly #options: TokenLifeOptions
  readonly #schedule = new OpeningSchedule()
  readonly #closing = new AbortController()
  #generation = 0
  #opened: OpenedToken | undefined
  /** Whether what one thread begins is begun for all; known once there was a second one. */
  #isShared: boolean | undefined
  #coming: Promise<void> = Promise.resolve()

  constructor(options: TokenLifeOptions) {
    this.#options = options
    this.readiness = new Readiness(options)
  }

  /** Grows each time the token is opened or logged into: handles are of one generation. */
  get generation(): number {
    return this.#generation
  }

  /** The token as it was when last opened. */
  get opened(): OpenedToken | undefined {
    return this.#opened
  }

  get slot(): Uint8Array {
    return this.#get().token.slot
  }

  start(): void {
    this.renew(this.#generation, 'open', 'The token is being opened')
  }

  /**
   * Begin a new generation. Returns at once; `readiness` says when it is there.
   *
   * @param generation - The one that failed: who is late finds another begun already.
   */
  renew(generation: number, kind: 'login' | 'open', reason: string): void {
    if (generation !== this.#generation || this.#closing.signal.aborted) return
    this.#generation++
    this.readiness.set('opening', reason)
    this.#options.pool.pause()
    this.#coming = this.#begin(kind, reason).catch((error) => {
      // Closing interrupts a wait; anything else is a fault of ours, and a new process its mend.
      if (!this.#closing.signal.aborted) this.#options.onStuck(`The token's life ended: ${error}`)
    })
  }

  async close(): Promise<void> {
    this.#closing.abort()
    const { pool } = this.#options
    pool.pause()
    this.readiness.set('down', 'The guard is ending')
    await this.#coming
    await pool.allIdle()
    await pool.anyIdle().run('finalize', undefined)
    await pool.close()
  }

  async #begin(kind: 'login' | 'open', reason: string): Promise<void> {
    const { pool, log } = this.#options
    await pool.allIdle()
    if (this.#opened !== undefined) log.warn({ reason }, `token: ${kind} again`)
    if (kind === 'login' && (await this.#logIn())) {
      await this.#ready()
      return
    }
    if (this.readiness.state === 'pin-refused') await this.#untilThePinChanged()
    await this.#openUntilOpen()
  }

  async #logIn(): Promise<boolean> {
    const lane = this.#options.pool.anyIdle()
    try {
      await lane.openSession(this.slot)
      await this.#options.pins.tryPin((pin) => lane.run('login', { pin }))
      this.counters.logins++
      return true
    } catch (error) {
      this.#failed(error)
      return false
    }
  }

  async #openUntilOpen(): Promise<void> {
    const { signal } = this.#closing
    for (let failures = 0; ; failures++) {
      if (failures === FAILED_OPENINGS_MAX) {
        this.#options.onStuck(`The token could not be opened ${failures} times in a row`)
      }
      await this.#waitForTurn()
      signal.throwIfAborted()
      try {
        await this.#open()
        await this.#ready()
        return
      } catch (error) {
        this.#failed(error)
        if (this.readiness.state === 'unusable') return
        if (this.readiness.state === 'pin-refused') await this.#untilThePinChanged()
      }
    }
  }

  async #waitForTurn(): Promise<void> {
    const waitMs = this.#schedule.nextMs(Date.now(), Math.random())
    if (waitMs === 0) return
    const { state, message } = this.readiness
    const isDown = state === 'down' || waitMs > SHORT_WAIT_MS
    this.readiness.set(isDown ? 'down' : 'opening', message, Date.now() + waitMs)
    await sleep(waitMs, undefined, { signal: this.#closing.signal })
  }

  async #open(): Promise<void> {
    const { pool, pins, selector } = this.#options
    const lane = pool.resetSessions()
    const opened = await pins.tryPin((pin, standing) =>
      lane.run('open', { selector, pin, standing }),
    )
    lane.resetSession(opened.session)
    this.#opened = opened
    this.counters.openings++
    this.counters.logins++
    this.#schedule.opened(Date.now())
  }

  async #ready(): Promise<void> {
    const { pool, log } = this.#options
    const opened = this.#get()
    const { token, module } = opened
    pool.resume(token.slot, await this.#lanes(opened))
    this.readiness.set('open')
    const { label, serial } = token
    log.info({ generation: this.#generation, label, serial, module }, 'token: open')
  }

  async #lanes(opened: OpenedToken): Promise<number> {
    const { pool, sessions, log } = this.#options
    const wanted = lanesFor(opened, sessions)
    if (wanted > 1 && this.#isShared === undefined) {
      this.#isShared = await pool.secondIdle().run('isInitialized', undefined)
      const hint = 'token: the library begins anew in each thread, so each process has one session'
      if (!this.#isShared) log.info({ wanted }, hint)
    }
    return this.#isShared === false ? 1 : wanted
  }

  #failed(error: unknown): void {
    const { log, onFailure } = this.#options
    if (!(error instanceof GuardError || error instanceof Pkcs11Failure)) throw error
    // What an orderly end interrupts is no failure of the token.
    if (this.#closing.signal.aborted) return
    onFailure(error)
    log.error({}, `token: ${error.message}`)
    this.readiness.set(stateAfter(error), error.message)
  }

  async #untilThePinChanged(): Promise<void> {
    await this.#options.pins.whenChanged(this.#closing.signal)
    this.#options.log.info({}, 'token: the PIN file has changed')
    this.#schedule.reset()
    this.readiness.set('opening', 'The token is being opened')
  }

  #get(): OpenedToken {
    if (this.#opened === undefined) throw new TypeError('The token was not opened')
    return this.#opened
  }
}

function stateAfter(error: GuardError | Pkcs11Failure): TokenState {
  if (error instanceof GuardError) return error.code === 'pin-refused' ? 'pin-refused' : 'down'
  return error.reaction === 'unusable' ? 'unusable' : 'down'
}
