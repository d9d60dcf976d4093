/** A message to another process should keep it busy for about this long. */
const MESSAGE_MS = 32
const MESSAGE_DIGESTS_MAX = 512
/** To share less than this with another token gains nothing. */
const WORTH_SHARING_MS = 2
/** What is assumed before anything was measured. */
const UNKNOWN_MS = 1
/** How much of what was measured before still counts after each message. */
const MEMORY = 0.6

interface Measured {
  busyMs: number
  digests: number
}

/** Work that was given away; `end` says when it came back. */
export interface Owed {
  readonly expectedMs: number
  /** @param isDone - Only what was really signed says something of the pace. */
  end(now: number, isDone: boolean): void
}

/** How fast one way to a token signs, and how much it still owes. */
export class Pace {
  readonly #measured = new Map<string, Measured>()
  #owedMs = 0
  #endedAt = 0

  /** @returns Milliseconds until as many digests would be signed, with all that is before them. */
  expectMs(kind: string, digests: number): number {
    return this.#owedMs + digests * this.#msOfOne(kind)
  }

  /** @returns How many of the remaining digests to give away in one message. */
  messageSize(kind: string, { remaining, ways }: { remaining: number; ways: number }): number {
    const ms = this.#msOfOne(kind)
    const share = Math.max(Math.ceil(remaining / ways), Math.ceil(WORTH_SHARING_MS / ms))
    const whole = Math.floor(MESSAGE_MS / ms)
    return Math.max(1, Math.min(MESSAGE_DIGESTS_MAX, whole, share, remaining))
  }

  /** @param now - ms of a clock that only goes forward. */
  begin(kind: string, digests: number, now: number): Owed {
    const ownMs = digests * this.#msOfOne(kind)
    this.#owedMs += ownMs
    return {
      expectedMs: this.#owedMs,
      end: (endedAt, isDone) => {
        this.#owedMs = Math.max(0, this.#owedMs - ownMs)
        if (!isDone) return
        // Several messages are under way at the same time: what counts is what comes out.
        const busyMs = endedAt - Math.max(now, this.#endedAt)
        this.#endedAt = endedAt
        const before = this.#measured.get(kind) ?? { busyMs: 0, digests: 0 }
        this.#measured.set(kind, {
          busyMs: MEMORY * before.busyMs + busyMs,
          digests: MEMORY * before.digests + digests,
        })
      },
    }
  }

  #msOfOne(kind: string): number {
    const measured = this.#measured.get(kind)
    return measured === undefined ? UNKNOWN_MS : Math.max(0.001, measured.busyMs / measured.digests)
  }
}
