import type { Pack } from './pack.ts'

const LANES_MAX = 4096
const HELD_BYTES_MAX = 64 * 1024 * 1024

interface PacksOptions {
  readonly packBytesMax: number
  readonly makePack: (batchId: string, number: number, kind: 'shared' | 'single') => Pack
}

/** Which pack the next document of a batch goes into, and what small documents hold of memory. */
export class Packs {
  readonly #options: PacksOptions
  /** The pack that a batch's small documents go into; the longest unused comes first. */
  readonly #shared = new Map<string, Pack>()
  #made = 0
  #heldBytes = 0

  constructor(options: PacksOptions) {
    this.#options = options
  }

  /** The pack with room for so many octets. Write to it before anything else is awaited. */
  shared(batchId: string, bytes: number): Pack {
    const known = this.#shared.get(batchId)
    const isUsable =
      known !== undefined && !known.isSpoilt && known.length + bytes <= this.#options.packBytesMax
    const pack = isUsable ? known : this.#make(batchId, 'shared')
    this.#shared.delete(batchId)
    this.#shared.set(batchId, pack)
    const [longestUnused] = this.#shared.keys()
    // A batch that comes back gets another pack: nothing is lost but a file more.
    if (this.#shared.size > LANES_MAX && longestUnused !== undefined) {
      this.#shared.delete(longestUnused)
    }
    return pack
  }

  /** A pack for one document alone. */
  single(batchId: string): Pack {
    return this.#make(batchId, 'single')
  }

  /** Whether memory takes `bytes` more. If so, they count until they are released. */
  hold(bytes: number): boolean {
    if (this.#heldBytes + bytes > HELD_BYTES_MAX) return false
    this.#heldBytes += bytes
    return true
  }

  release(bytes: number): void {
    this.#heldBytes -= bytes
  }

  forget(batchId: string): void {
    this.#shared.delete(batchId)
  }

  #make(batchId: string, kind: 'shared' | 'single'): Pack {
    this.#made += 1
    return this.#options.makePack(batchId, this.#made, kind)
  }
}
