import type { Stats } from 'node:fs'

interface Seen {
  readonly size: number
  readonly mtimeMs: number
  readonly ino: number
  /** Since when it has looked so, monotonic ms. */
  readonly since: number
  readonly unchangedLooks: number
  readonly round: number
}

const LOOKS_MIN = 2

/**
 * Tells which files are complete: nobody says so, but a file that has not changed for two looks and
 * some time is no longer being written.
 */
export class Completeness {
  readonly #quietMs: number
  readonly #seen = new Map<string, Seen>()
  #round = 0

  /** @param quietMs - How long a file must not have changed. */
  constructor(quietMs: number) {
    this.#quietMs = quietMs
  }

  get size(): number {
    return this.#seen.size
  }

  /** @param now - Monotonic ms: the clock of the day may be set. */
  look(key: string, { size, mtimeMs, ino }: Stats, now: number): boolean {
    const before = this.#seen.get(key)
    const isSame = before?.size === size && before.mtimeMs === mtimeMs && before.ino === ino
    const since = isSame ? before.since : now
    const unchangedLooks = isSame ? before.unchangedLooks + 1 : 0
    this.#seen.set(key, { size, mtimeMs, ino, since, unchangedLooks, round: this.#round })
    return unchangedLooks >= LOOKS_MIN && now - since >= this.#quietMs
  }

  forget(key: string): void {
    this.#seen.delete(key)
  }

  /** All files have been looked at: those that were not are gone. */
  endRound(): void {
    for (const [key, { round }] of this.#seen) if (round !== this.#round) this.#seen.delete(key)
    this.#round += 1
  }
}
