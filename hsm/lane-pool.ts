import { GuardError } from './errors.ts'
import type { Lane } from './lane.ts'
import { type Turn, WaitingLine } from './waiting-line.ts'

interface Waiter extends Turn {
  readonly resolve: (lane: Lane | undefined) => void
  readonly reject: (error: GuardError) => void
}

/**
 * The lanes of one token, lent for one piece of work at a time, so that a batch of ten thousand lets
 * a single signature pass. Lanes come into being when they are needed.
 */
export class LanePool {
  readonly #makeLane: () => Lane
  readonly #lanes: Lane[] = []
  #idle: Lane[] = []
  readonly #waiting = new WaitingLine<Waiter>()
  readonly #whenIdle: (() => void)[] = []
  #slot: Uint8Array | undefined
  #wanted = 1

  constructor(makeLane: () => Lane) {
    this.#makeLane = makeLane
  }

  get counts(): { open: number; wanted: number; busy: number; waiting: number } {
    return {
      open: this.#lanes.filter((lane) => lane.hasSession).length,
      wanted: this.#wanted,
      busy: this.#lanes.length - this.#idle.length,
      waiting: this.#waiting.length,
    }
  }

  /** The most lanes there will be. */
  get wanted(): number {
    return this.#wanted
  }

  /** Lend lanes from now on, at most `wanted`, with sessions on this slot. */
  resume(slot: Uint8Array, wanted: number): void {
    this.#slot = slot
    this.#wanted = wanted
    this.#closeSurplus()
  }

  /** Lend nothing until `resume`. Who waits is sent away, to ask again when the token is back. */
  pause(): void {
    this.#slot = undefined
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      next.resolve(undefined)
    }
  }

  /** Resolves when no thread is inside the library. Of use only while paused. */
  allIdle(): Promise<void> {
    if (this.#idle.length === this.#lanes.length) return Promise.resolve()
    return new Promise((resolve) => this.#whenIdle.push(resolve))
  }

  /** Every session is gone, as after C_Finalize. @returns The lane to open the token with. */
  resetSessions(): Lane {
    for (const lane of this.#lanes) lane.resetSession()
    return this.anyIdle()
  }

  /** A lane for work on the token itself. Of use only while paused and idle. */
  anyIdle(): Lane {
    return this.#idle[0] ?? this.#lanes[0] ?? this.#addLane()
  }

  /** Another one than `anyIdle`, of use only as that one is. */
  secondIdle(): Lane {
    const first = this.anyIdle()
    return this.#lanes.find((lane) => lane !== first) ?? this.#addLane()
  }

  /**
   * Borrow a lane, use it, give it back.
   *
   * @returns Undefined if the pool is paused, or was while waiting.
   * @throws GuardError `unavailable` if no lane came free before the deadline.
   */
  async use<T>(turn: Turn, work: (lane: Lane) => Promise<T>): Promise<T | undefined> {
    const lane = await this.#borrow(turn)
    if (lane === undefined) return undefined
    try {
      if (this.#slot === undefined) return undefined
      await lane.openSession(this.#slot)
      return await work(lane)
    } finally {
      this.#giveBack(lane)
    }
  }

  /**
   * The token has fewer sessions than were wanted: go on with those that are open.
   *
   * @returns False if there is nothing left to give up.
   */
  shrink(): boolean {
    const open = Math.max(1, this.counts.open)
    if (open >= this.#wanted) return false
    this.#wanted = open
    this.#closeSurplus()
    return true
  }

  async close(): Promise<void> {
    this.pause()
    await Promise.all(this.#lanes.map((lane) => lane.close()))
  }

  #borrow(turn: Turn): Promise<Lane | undefined> {
    if (this.#slot === undefined) return Promise.resolve(undefined)
    const idle = this.#idle.shift()
    if (idle !== undefined) return Promise.resolve(idle)
    // It comes when its thread has started; until then another one may be given back.
    if (this.#lanes.length < this.#wanted) this.#addLane()
    return new Promise((resolve, reject) => this.#waiting.push({ ...turn, resolve, reject }))
  }

  #giveBack(lane: Lane): void {
    const isSurplus = this.#lanes.length > this.#wanted && !lane.hasSession
    const next = isSurplus ? undefined : this.#nextWaiter()
    if (next !== undefined) {
      next.resolve(lane)
      return
    }
    this.#idle.push(lane)
    // While paused, the token itself is worked on by lanes that count as idle.
    if (this.#slot !== undefined) this.#closeSurplus()
    if (this.#idle.length === this.#lanes.length) {
      for (const resolve of this.#whenIdle.splice(0)) resolve()
    }
  }

  #nextWaiter(): Waiter | undefined {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      if (next.deadlineAt > Date.now()) return next
      next.reject(new GuardError('unavailable', 'The token was busy', { retryAfterSeconds: 1 }))
    }
    return undefined
  }

  #addLane(): Lane {
    const lane = this.#makeLane()
    this.#lanes.push(lane)
    void lane.whenReady.then(() => this.#giveBack(lane))
    return lane
  }

  /** Only lanes without a session: a thread that ends does not close one. */
  #closeSurplus(): void {
    while (this.#lanes.length > this.#wanted) {
      const lane = this.#idle.find(({ hasSession }) => !hasSession)
      if (lane === undefined) return
      this.#idle = this.#idle.filter((other) => other !== lane)
      this.#lanes.splice(this.#lanes.indexOf(lane), 1)
      void lane.close()
    }
  }
}
