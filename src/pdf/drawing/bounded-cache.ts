/**
 * Remember what was made for the last `size` keys. What was made is shared, so it must not be
 * changed. What throws is not remembered.
 */
export class BoundedCache<T> {
  readonly #size: number
  readonly #made = new Map<string, T>()

  constructor(size: number) {
    this.#size = size
  }

  get(key: string, make: () => T): T {
    const known = this.#made.get(key) ?? make()
    // Entered anew, so that the first key is always the one not asked for longest.
    this.#made.delete(key)
    this.#made.set(key, known)
    const [oldest] = this.#made.keys()
    if (this.#made.size > this.#size && oldest !== undefined) this.#made.delete(oldest)
    return known
  }
}
