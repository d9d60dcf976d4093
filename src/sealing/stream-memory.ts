/** Most documents are small and share a buffer; one that is larger has one for itself. */
const BUFFER_BYTES = [4 << 20, 16 << 20] as const

/** The longest document that is worked on in memory. */
export const MEMORY_DOCUMENT_BYTES_MAX = BUFFER_BYTES[1]

/** What the documents of one stream may take together. */
const HELD_BYTES_MAX = 64 << 20

/**
 * Shared memory for documents, so much and no more. Engine threads read it where it lies, and it is
 * used again: fresh memory costs as much as filling it.
 */
export class StreamMemory {
  readonly #free: SharedArrayBuffer[] = []
  #heldBytes = 0

  /** @returns Undefined while others must be given back first. */
  take(bytes: number): SharedArrayBuffer | undefined {
    const size = BUFFER_BYTES.find((one) => one >= bytes)
    if (size === undefined) throw new RangeError(`${bytes} octets do not go into memory`)
    // The one used last is the likeliest to lie in a cache still.
    const known = this.#free.findLastIndex(({ byteLength }) => byteLength === size)
    if (known >= 0) return this.#free.splice(known, 1)[0]
    while (this.#heldBytes + size > HELD_BYTES_MAX) {
      const unneeded = this.#free.pop()
      if (unneeded === undefined) return undefined
      this.#heldBytes -= unneeded.byteLength
    }
    this.#heldBytes += size
    return new SharedArrayBuffer(size)
  }

  give(buffer: SharedArrayBuffer): void {
    this.#free.push(buffer)
  }
}
