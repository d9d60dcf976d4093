import { createHash } from 'node:crypto'
import { AppError } from '../../errors.ts'
import type { StoredDocument } from './extent.ts'
import { Gathered } from './gathered.ts'
import type { Pack } from './pack.ts'
import type { Packs } from './packs.ts'
import { arrivalError, storageError } from './storage-error.ts'

/** Documents above this get a pack of their own. */
const SMALL_BYTES_MAX = 1024 * 1024
const WRITE_BYTES = 512 * 1024

export interface Limits {
  readonly maxBytes: number
}

/**
 * Appends documents to a batch. Each is read to its end before `append` resolves; only `sync` makes
 * them durable, all at once.
 */
export class PackWriter {
  readonly #packs: Packs
  readonly #batchId: string
  #unsynced = new Set<Pack>()

  constructor(packs: Packs, batchId: string) {
    this.#packs = packs
    this.#batchId = batchId
  }

  /**
   * @throws AppError `invalid-request` when the stream breaks off, `document-too-large`,
   *   `storage-full`. The writer can go on, and a large document leaves nothing behind.
   */
  async append(
    document: AsyncIterable<Uint8Array> | Uint8Array,
    { maxBytes }: Limits,
  ): Promise<StoredDocument> {
    if (!(document instanceof Uint8Array)) return await this.#appendStream(document, maxBytes)
    if (document.length > maxBytes) throw tooLarge(maxBytes)
    const sha256 = createHash('sha256').update(document).digest('hex')
    const pack =
      document.length > SMALL_BYTES_MAX
        ? this.#packs.single(this.#batchId)
        : this.#packs.shared(this.#batchId, document.length)
    return await this.#write(pack, [document], { length: document.length, sha256 })
  }

  /**
   * Make everything appended so far survive a power cut.
   *
   * @throws AppError `storage-full`. Nothing appended since the last `sync` may then be relied on.
   */
  async sync(): Promise<void> {
    const packs = [...this.#unsynced]
    this.#unsynced = new Set()
    try {
      await Promise.all(packs.map((pack) => pack.sync()))
    } catch (error) {
      await Promise.allSettled(packs.filter((pack) => pack.isSingle).map((pack) => pack.remove()))
      throw storageError(error)
    }
  }

  async #appendStream(chunks: AsyncIterable<Uint8Array>, maxBytes: number) {
    const gathered = new Gathered()
    let single: Pack | undefined
    let heldBytes = 0
    try {
      for await (const chunk of arriving(chunks)) {
        gathered.add(chunk)
        if (gathered.total > maxBytes) throw tooLarge(maxBytes)
        if (single === undefined && gathered.total <= SMALL_BYTES_MAX) {
          if (this.#packs.hold(chunk.length)) {
            heldBytes += chunk.length
            continue
          }
        }
        single ??= this.#packs.single(this.#batchId)
        if (gathered.length >= WRITE_BYTES || heldBytes > 0) await single.write(gathered.take())
        this.#packs.release(heldBytes)
        heldBytes = 0
      }
      const { total: length } = gathered
      const pack = single ?? this.#packs.shared(this.#batchId, length)
      return await this.#write(pack, gathered.take(), { length, sha256: gathered.digest() })
    } catch (error) {
      await single?.remove()
      throw storageError(error)
    } finally {
      this.#packs.release(heldBytes)
    }
  }

  async #write(
    pack: Pack,
    buffers: readonly Uint8Array[],
    { length, sha256 }: { length: number; sha256: string },
  ): Promise<StoredDocument> {
    try {
      const offset = await pack.write(buffers)
      this.#unsynced.add(pack)
      return { extent: { file: pack.file, offset: pack.isSingle ? 0 : offset, length }, sha256 }
    } catch (error) {
      if (pack.isSingle) await pack.remove()
      throw storageError(error)
    }
  }
}

/** What breaks while a document comes is told apart from what breaks while it is written. */
async function* arriving(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks
  } catch (error) {
    throw arrivalError(error)
  }
}

function tooLarge(maxBytes: number): AppError {
  return new AppError('document-too-large', `The document is larger than ${maxBytes} bytes.`, {
    hints: { maxBytes },
  })
}
