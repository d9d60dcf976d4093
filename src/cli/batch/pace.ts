const WINDOW_MS = 10_000
const SAMPLE_MS = 250

/** How fast something goes: the mean over the last ten seconds. */
export class Pace {
  readonly #samples: { readonly at: number; readonly done: number }[] = []
  #last: { readonly at: number; readonly done: number } | undefined

  /** @param now - Monotonic, ms. */
  note(done: number, now: number): void {
    this.#last = { at: now, done }
    const newest = this.#samples.at(-1)
    if (newest !== undefined && now - newest.at < SAMPLE_MS) return
    this.#samples.push(this.#last)
    while (this.#samples.length > 2 && now - (this.#samples[0]?.at ?? now) > WINDOW_MS) {
      this.#samples.shift()
    }
  }

  /** 0 while it is not known. */
  get perSecond(): number {
    const [first] = this.#samples
    if (first === undefined || this.#last === undefined) return 0
    const seconds = (this.#last.at - first.at) / 1000
    return seconds < SAMPLE_MS / 1000 ? 0 : (this.#last.done - first.done) / seconds
  }
}
