/** A piece should keep a lane busy for about this long: long beside the way to it, short to wait for. */
const PIECE_MS = 16
const PIECE_DIGESTS_MAX = 32
/** To wake another lane for less than this costs more than it saves. */
const WORTH_SHARING_MS = 0.5
/** Weight of the newest measurement in the running mean; a busy machine only makes them longer. */
const NEWEST = { shorter: 0.5, longer: 0.1 } as const

/** How many digests one lane gets at a time, from what signatures took so far. */
export class PieceSizes {
  readonly #msOfOne = new Map<string, number>()
  #latestMs: number | undefined

  /** Of one signature, of the kind that was measured last. */
  get latestMs(): number | undefined {
    return this.#latestMs
  }

  /**
   * @param kind - Signatures of one kind take about the same time.
   * @param remaining - Digests still to be signed, to be spread over all lanes.
   * @returns 1 to `remaining`; 1 as long as nothing is known of this kind.
   */
  next(kind: string, { remaining, lanes }: { remaining: number; lanes: number }): number {
    const ms = this.#msOfOne.get(kind)
    if (ms === undefined) return 1
    const share = Math.max(Math.ceil(remaining / lanes), Math.floor(WORTH_SHARING_MS / ms))
    return Math.max(1, Math.min(PIECE_DIGESTS_MAX, Math.floor(PIECE_MS / ms), share, remaining))
  }

  measured(kind: string, { digests, ms }: { digests: number; ms: number }): void {
    const newest = Math.max(ms / digests, 0.001)
    const mean = this.#msOfOne.get(kind) ?? newest
    const weight = newest < mean ? NEWEST.shorter : NEWEST.longer
    this.#latestMs = mean + weight * (newest - mean)
    this.#msOfOne.set(kind, this.#latestMs)
  }
}
