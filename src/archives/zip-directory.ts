import type { FileHandle } from 'node:fs/promises'
import { type Entry, fromRandomAccessReaderPromise, RandomAccessReader } from 'yauzl'

const WINDOW_BYTES = 64 * 1024
const ENTRY_BYTES = 46
const ENTRY_SIGNATURE = 0x02014b50

/**
 * The entries of a zip archive's directory, in its order.
 *
 * @throws Error What is wrong with the archive; if it has a `code`, what is wrong with the disk.
 */
export async function* zipEntries(file: FileHandle): AsyncGenerator<Entry, void, undefined> {
  const { size } = await file.stat()
  const reader = new WindowReader(file)
  const zip = await fromRandomAccessReaderPromise(reader, size, {
    decodeStrings: false,
    validateEntrySizes: false,
    autoClose: false,
  })
  let end = Number(zip.readEntryCursor)
  for await (const entry of zip.eachEntry()) {
    end += ENTRY_BYTES + entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength
    yield entry
  }
  // A count of 16 bits that has run over hides the entries beyond it.
  const next = await reader.fetch(4, end)
  if (next.length === 4 && next.readUInt32LE() === ENTRY_SIGNATURE) {
    throw new RangeError('its directory has more entries than it says')
  }
}

/** Reads the directory in large pieces; entry by entry, each would be two calls to the system. */
class WindowReader extends RandomAccessReader {
  readonly #file: FileHandle
  #window = Buffer.alloc(0)
  #start = 0

  constructor(file: FileHandle) {
    super()
    this.#file = file
  }

  override read(
    into: Buffer,
    at: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.fetch(length, position).then(
      (found) => callback(null, found.copy(into, at)),
      (error: Error) => callback(error),
    )
  }

  /** So many octets, or as many as there are before the end. */
  async fetch(length: number, position: number): Promise<Buffer> {
    const end = position + length
    if (!Number.isSafeInteger(end)) return Buffer.alloc(0)
    if (position < this.#start || end > this.#start + this.#window.length) {
      const window = Buffer.allocUnsafeSlow(Math.max(length, WINDOW_BYTES))
      const { bytesRead } = await this.#file.read(window, 0, window.length, position)
      this.#window = window.subarray(0, bytesRead)
      this.#start = position
    }
    return this.#window.subarray(position - this.#start, end - this.#start)
  }
}
