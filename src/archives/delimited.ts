const NONE: Uint8Array = new Uint8Array()

/** A stream read by what stands between its octets. */
export class Delimited {
  readonly #source: AsyncIterator<Uint8Array>
  #rest: Uint8Array = NONE

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#source = chunks[Symbol.asyncIterator]()
  }

  /** Put octets before those still to come. */
  unread(octets: Uint8Array): void {
    this.#rest = joined(octets, this.#rest)
  }

  /** The next octets before a delimiter, or the delimiter, which is passed over, or the end. */
  async before(delimiter: Buffer): Promise<Uint8Array | 'delimiter' | 'end'> {
    for (;;) {
      const at = bufferOf(this.#rest).indexOf(delimiter)
      if (at === 0) {
        this.#rest = this.#rest.subarray(delimiter.length)
        return 'delimiter'
      }
      const length = at === -1 ? this.#lengthBefore(delimiter) : at
      if (length > 0) {
        const piece = this.#rest.subarray(0, length)
        this.#rest = this.#rest.subarray(length)
        return piece
      }
      if (!(await this.#more())) return 'end'
    }
  }

  /** The next octets, as many as asked for; fewer only at the end. */
  async take(length: number): Promise<Uint8Array> {
    while (this.#rest.length < length && (await this.#more()));
    const taken = this.#rest.subarray(0, length)
    this.#rest = this.#rest.subarray(length)
    return taken
  }

  /** Pass over all that is left. */
  async drain(): Promise<void> {
    this.#rest = NONE
    while (await this.#more()) this.#rest = NONE
  }

  /** Tell the source that no more will be read. */
  async close(): Promise<void> {
    await this.#source.return?.()
  }

  /** How much of what is here cannot be the beginning of a delimiter. */
  #lengthBefore(delimiter: Buffer): number {
    const from = Math.max(0, this.#rest.length - delimiter.length + 1)
    const begun = this.#rest.subarray(from).indexOf(delimiter.readUInt8())
    return begun === -1 ? this.#rest.length : from + begun
  }

  async #more(): Promise<boolean> {
    const { done, value } = await this.#source.next()
    if (done === true) return false
    this.#rest = joined(this.#rest, value)
    return true
  }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second
  return second.length === 0 ? first : Buffer.concat([first, second])
}

function bufferOf(octets: Uint8Array): Buffer {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length)
}
