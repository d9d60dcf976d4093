/** A piece of a file: text of one character an octet, or octets. Either knows its length in octets. */
export type Piece = string | Uint8Array

/** As many times the digit zero. */
export function zeros(count: number): Uint8Array {
  return count <= ZEROS.length ? ZEROS.subarray(0, count) : Buffer.alloc(count, '0')
}

const ZEROS = Buffer.alloc(32 * 1024, '0')

/** Pieces in a row, put together once at the end. */
export class Pieces {
  readonly #pieces: Piece[] = []
  #length = 0

  /** Octets so far. */
  get length(): number {
    return this.#length
  }

  add(...pieces: readonly Piece[]): void {
    for (const piece of pieces) {
      this.#pieces.push(piece)
      this.#length += piece.length
    }
  }

  toBytes(): Uint8Array {
    const bytes = Buffer.allocUnsafe(this.#length)
    let text = ''
    let at = 0
    for (const piece of this.#pieces) {
      if (typeof piece === 'string') {
        text += piece
        continue
      }
      at += bytes.write(text, at, 'latin1')
      text = ''
      bytes.set(piece, at)
      at += piece.length
    }
    bytes.write(text, at, 'latin1')
    return bytes
  }
}
