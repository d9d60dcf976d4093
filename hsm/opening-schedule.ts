import { backoffMs } from './backoff.ts'

const WAIT = { firstMs: 250, maxMs: 30_000 } as const
/** A token that worked for this long is opened at once when it is lost. */
const STABLE_MS = 30_000

/**
 * When to open the token: at once the first time, then ever more rarely, until it has been good for
 * a while. C_Initialize against a half-dead HSM can cost others their sessions.
 */
export class OpeningSchedule {
  #attempts = 0
  #openedAt: number | undefined

  /** @returns Milliseconds to wait before the next attempt, which is counted by asking. */
  nextMs(now: number, random: number): number {
    if (this.#openedAt !== undefined && now - this.#openedAt >= STABLE_MS) this.#attempts = 0
    this.#openedAt = undefined
    const attempt = this.#attempts++
    return attempt === 0 ? 0 : backoffMs(attempt - 1, WAIT, random)
  }

  opened(now: number): void {
    this.#openedAt = now
  }

  /** The cause was removed by an operator: no reason to wait any longer. */
  reset(): void {
    this.#attempts = 0
  }
}
