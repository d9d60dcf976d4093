import { OpeningSchedule } from './opening-schedule.ts'

/** After so many failures in a row nobody should wait for it any more. */
const HOPE_MAX = 3

/**
 * Whether something that may fail is used (closed) or left in peace (open). What failed is tried
 * at once, then ever more rarely, until it has been good for a while.
 */
export class Circuit {
  readonly #schedule = new OpeningSchedule()
  #retryAt: number | undefined = 0
  #failures = 0

  get isClosed(): boolean {
    return this.#retryAt === undefined
  }

  /** It has not failed for long: it may soon be back. */
  get isHopeful(): boolean {
    return this.#failures < HOPE_MAX
  }

  /** Unix ms; when it may be tried. */
  get retryAt(): number | undefined {
    return this.#retryAt
  }

  isDue(now: number): boolean {
    return this.#retryAt !== undefined && now >= this.#retryAt
  }

  fail(now: number, random: number): void {
    this.#failures++
    this.#retryAt = now + this.#schedule.nextMs(now, random)
  }

  close(now: number): void {
    this.#failures = 0
    this.#retryAt = undefined
    this.#schedule.opened(now)
  }
}
