const NONE = new Uint8Array()

/** A stream read by amounts. What has arrived is handed on without a copy wherever it lies whole. */
export class Intake {
  readonly #source: AsyncIterator<Uint8Array>
  #chunk: Uint8Array = NONE
  #at = 0

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#source = chunks[Symbol.asyncIterator]()
  }

  /** The next octets, one at least and `max` at most; undefined at the end. */
  async some(max: number): Promise<Uint8Array | undefined> {
    while (this.#at === this.#chunk.length) {
      const { done, value } = await this.#source.next()
      if (done === true) return undefined
      this.#chunk = value
      this.#at = 0
    }
    const end = Math.min(this.#at + max, this.#chunk.length)
    const piece =
      this.#at === 0 && end === this.#chunk.length
        ? this.#chunk
        : this.#chunk.subarray(this.#at, end)
    this.#at = end
    return piece
  }

  /** The next `length` octets, or as many as there are before the end. */
  async upTo(length: number): Promise<Uint8Array> {
    const first = await this.some(length)
    if (first === undefined || first.length === length) return first ?? NONE
    const whole = new Uint8Array(length)
    whole.set(first)
    let filled = first.length
    while (filled < length) {
      const piece = await this.some(length - filled)
      if (piece === undefined) return whole.subarray(0, filled)
      whole.set(piece, filled)
      filled += piece.length
    }
    return whole
  }

  /** The next octets, as many as go into `target`. @returns Whether there were as many. */
  async fill(target: Uint8Array): Promise<boolean> {
    // `Buffer.fill` copies as fast as the machine does; `set` into shared memory word by word.
    const buffer = Buffer.from(target.buffer, target.byteOffset, target.length)
    for (let filled = 0; filled < buffer.length; ) {
      const piece = await this.some(buffer.length - filled)
      if (piece === undefined) return false
      buffer.fill(piece, filled, filled + piece.length)
      filled += piece.length
    }
    return true
  }

  /** @returns Whether there were as many. */
  async skip(length: number): Promise<boolean> {
    let left = length
    while (left > 0) {
      const piece = await this.some(left)
      if (piece === undefined) return false
      left -= piece.length
    }
    return true
  }

  /** Tell the source that no more will be read. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }
}
