import { createHash } from 'node:crypto'

const LOOSE_MAX = 256

/** Octets that came in pieces, hashed as they come. Many small pieces cost no more than a few. */
export class Gathered {
  readonly #hash = createHash('sha256')
  #whole: Uint8Array[] = []
  #loose: Uint8Array[] = []
  /** Of all that was added, also of what was taken. */
  total = 0
  /** Of what is here. */
  length = 0

  add(chunk: Uint8Array): void {
    this.#hash.update(chunk)
    this.total += chunk.length
    this.length += chunk.length
    this.#loose.push(chunk)
    if (this.#loose.length === LOOSE_MAX) {
      this.#whole.push(Buffer.concat(this.#loose))
      this.#loose = []
    }
  }

  take(): Uint8Array[] {
    const taken = [...this.#whole, ...this.#loose]
    this.#whole = []
    this.#loose = []
    this.length = 0
    return taken
  }

  /** Hex, of everything that was added. Ends the gathering. */
  digest(): string {
    return this.#hash.digest('hex')
  }
}
