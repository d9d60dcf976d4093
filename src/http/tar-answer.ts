import type { ServerResponse } from 'node:http'
import { encodeTarHead, TAR_END, tarPadding } from '../archives/write-tar.ts'

/** What is written in one go: few large pieces cost less than many small ones. */
const BATCH_BYTES = 1 << 18

type Octets = Iterable<Uint8Array> | AsyncIterable<Uint8Array>

/**
 * A tar archive as the answer to a request, written as it comes: nothing is joined or held here.
 * Octets that are given may change once `flush` has ended.
 */
export class TarAnswer {
  readonly #outgoing: ServerResponse
  #pieces: Uint8Array[] = []
  #bytes = 0

  constructor(outgoing: ServerResponse) {
    this.#outgoing = outgoing
  }

  /**
   * @param entry.parts - Together exactly `bytes` octets.
   * @throws Error when the connection has ended.
   */
  async add(entry: {
    readonly name: string
    readonly bytes: number
    /** Unix ms. */
    readonly modifiedAt: number
    readonly parts: Octets
  }): Promise<void> {
    this.#put(encodeTarHead(entry))
    for await (const part of entry.parts) {
      this.#put(part)
      if (this.#bytes >= BATCH_BYTES) await this.flush()
    }
    this.#put(tarPadding(entry.bytes))
    if (this.#bytes >= BATCH_BYTES) await this.flush()
  }

  /** Until everything has left for the network. @throws Error when the connection has ended. */
  async flush(): Promise<void> {
    const pieces = this.#pieces
    const last = pieces.pop()
    if (last === undefined) return
    this.#pieces = []
    this.#bytes = 0
    const outgoing = this.#outgoing
    await new Promise<void>((resolve, reject) => {
      const closed = () => reject(new Error('the connection has ended'))
      outgoing.once('close', closed)
      outgoing.cork()
      for (const piece of pieces) outgoing.write(piece)
      outgoing.write(last, (error) => {
        outgoing.off('close', closed)
        if (error) reject(error)
        else resolve()
      })
      outgoing.uncork()
    })
  }

  /** The end of the archive and of the answer. */
  async end(): Promise<void> {
    await this.flush()
    this.#outgoing.end(TAR_END)
  }

  #put(piece: Uint8Array): void {
    if (piece.length === 0) return
    this.#pieces.push(piece)
    this.#bytes += piece.length
  }
}
