/** Room for what is read at once; two such slices are under way in each of a thread's jobs. */
const SLAB_BYTES = 8 << 20
const FREE_MAX = 8

/**
 * Buffers that are used again and again. To allocate megabytes for each slice of documents makes the
 * garbage collector run after a few of them, which costs more than to read them.
 */
export class Slabs {
  readonly #free: Buffer[] = []

  /** @param length - At most 16 MiB, the most a document has that is read as a whole. */
  take(length: number): Buffer {
    if (length > SLAB_BYTES) return Buffer.allocUnsafeSlow(length)
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES)
  }

  /** Nobody looks into it any more. */
  giveBack(slab: Buffer): void {
    if (slab.length === SLAB_BYTES && this.#free.length < FREE_MAX) this.#free.push(slab)
  }
}
