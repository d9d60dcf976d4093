/** A piece should keep a lane busy for about this long: long beside the way to it, short to wait for. */
const PIECE_MS = 16
const PIECE_DIGESTS_MAX = 32
/** Weight of the newest measurement in the running mean. */
const NEWEST = 0.2

/** How many digests one lane gets at a time, from what signatures took so far. */
export class PieceSizes {
  readonly #msOfOne = new Map<string, number>()

  /**
   * @param kind - Signatures of one kind take about the same time.
   * @param remaining - Digests still to be signed, to be spread over all lanes.
   * @returns 1 to `remaining`; 1 as long as nothing is known of this kind.
   */
  next(kind: string, { remaining, lanes }: { remaining: number; lanes: number }): number {
    const ms = this.#msOfOne.get(kind)
    if (ms === undefined) return 1
    const share = Math.ceil(remaining / lanes)
    return Math.max(1, Math.min(PIECE_DIGESTS_MAX, Math.floor(PIECE_MS / ms), share))
  }

  measured(kind: string, { digests, ms }: { digests: number; ms: number }): void {
    const newest = Math.max(ms / digests, 0.001)
    const mean = this.#msOfOne.get(kind) ?? newest
    this.#msOfOne.set(kind, mean + NEWEST * (newest - mean))
  }
}
