import { constants, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import type { OutgoingFile } from '../../archives/outgoing-file.ts'
import { writeTar } from '../../archives/write-tar.ts'
import type { FoundPdf } from './find-pdfs.ts'

/** So much goes into one request: a connection that is cut costs no more than that again. */
const DOCUMENTS_MAX = 500
const BYTES_MAX = 256 * 1024 * 1024

/** Documents that are sent in one request. */
export class Portion {
  readonly #documents: FoundPdf[] = []
  /** Name → what kept it from being read. */
  readonly #unreadable = new Map<string, string>()
  #bytes = 0

  add(document: FoundPdf, bytes: number): void {
    this.#documents.push(document)
    this.#bytes += bytes
  }

  get length(): number {
    return this.#documents.length
  }

  get isFull(): boolean {
    return this.length >= DOCUMENTS_MAX || this.#bytes >= BYTES_MAX
  }

  /** Those that could not be sent, with the reason. */
  get unreadable(): ReadonlyMap<string, string> {
    return this.#unreadable
  }

  /**
   * The documents as a tar archive. It breaks off at one that changes while it is read; asked for
   * again, it is without that one.
   *
   * @param onDocument - Called as each is begun, with its place.
   */
  tar(onDocument: (index: number) => void): AsyncGenerator<Uint8Array> {
    return writeTar(this.#files(onDocument))
  }

  async *#files(onDocument: (index: number) => void): AsyncGenerator<OutgoingFile> {
    for (const [index, document] of this.#documents.entries()) {
      onDocument(index)
      if (this.#unreadable.has(document.name)) continue
      yield* this.#file(document)
    }
  }

  async *#file({ name, path }: FoundPdf): AsyncGenerator<OutgoingFile> {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW).catch(
      (error: Error) => {
        this.#unreadable.set(name, error.message)
        return undefined
      },
    )
    if (file === undefined) return
    try {
      const found = await file.stat()
      const chunks = this.#unchanged(name, file, found)
      yield { name, bytes: found.size, modifiedAt: found.mtimeMs, chunks }
    } finally {
      await file.close()
    }
  }

  /** The octets of a file that is as it was found. */
  async *#unchanged(
    name: string,
    file: FileHandle,
    { mtimeMs, size }: Stats,
  ): AsyncGenerator<Uint8Array> {
    try {
      if (size > 0) yield* file.createReadStream({ autoClose: false, start: 0, end: size - 1 })
      const now = await file.stat()
      if (now.size !== size || now.mtimeMs !== mtimeMs) throw new RangeError('it is being written')
    } catch (error) {
      this.#unreadable.set(name, error instanceof Error ? error.message : String(error))
      throw error
    }
  }
}
