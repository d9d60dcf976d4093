/** A batch that may have work, and the client it works for. */
export interface Contender {
  readonly id: string
  readonly clientId: string
  readonly weight: number
}

/**
 * Who is served next: each client by its weight, and the batches of a client in turns. A client's
 * clock runs by what it was given, the slower the heavier it weighs; the one whose clock is behind
 * is served. One that comes anew begins at the time of the others, so that nobody saves up.
 */
export class Shares {
  readonly #clocks = new Map<string, number>()
  /** Of each batch, when it was last served. */
  readonly #turns = new Map<string, number>()
  #turn = 0

  /** Forget those that are gone; let newcomers begin where the others stand. */
  admit(contenders: readonly Contender[]): void {
    const clients = new Set(contenders.map(({ clientId }) => clientId))
    for (const clientId of this.#clocks.keys()) {
      if (!clients.has(clientId)) this.#clocks.delete(clientId)
    }
    const start = Math.min(...this.#clocks.values())
    for (const clientId of clients) {
      if (!this.#clocks.has(clientId))
        this.#clocks.set(clientId, Number.isFinite(start) ? start : 0)
    }
    const ids = new Set(contenders.map(({ id }) => id))
    for (const id of this.#turns.keys()) if (!ids.has(id)) this.#turns.delete(id)
  }

  /** @returns The one to be served, counted as served; undefined when there is none. */
  next(contenders: readonly Contender[]): Contender | undefined {
    let best: Contender | undefined
    for (const contender of contenders) {
      if (best === undefined || this.#isBefore(contender, best)) best = contender
    }
    if (best === undefined) return undefined
    this.#turn += 1
    this.#turns.set(best.id, this.#turn)
    this.#clocks.set(best.clientId, this.#clockOf(best) + 1 / best.weight)
    return best
  }

  /** What was counted could not be given after all. */
  giveBack({ clientId, weight }: Contender, times: number): void {
    const clock = this.#clocks.get(clientId)
    if (clock !== undefined) this.#clocks.set(clientId, clock - times / weight)
  }

  #isBefore(a: Contender, b: Contender): boolean {
    const clocks = this.#clockOf(a) - this.#clockOf(b)
    if (clocks !== 0) return clocks < 0
    return (this.#turns.get(a.id) ?? 0) < (this.#turns.get(b.id) ?? 0)
  }

  #clockOf({ clientId }: Contender): number {
    return this.#clocks.get(clientId) ?? 0
  }
}
