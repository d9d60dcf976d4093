import { crc32 } from 'node:zlib'
import { contentOf, type OutgoingFile } from './outgoing-file.ts'
import {
  encodeDescriptor,
  encodeDirectoryEntry,
  encodeEnd,
  encodeLocalHeader,
} from './zip-records.ts'

const BLOCK_BYTES = 64 * 1024

/**
 * A zip archive (APPNOTE 6.3.10), made as it is asked for. Files are stored as they are: PDFs are
 * compressed already. In the widest form (zip64) only where the old one has no room. What is kept
 * of a file until the end is its entry in the directory: some 60 bytes and its name.
 *
 * @throws RangeError when a file has other than the octets it was said to have.
 */
export async function* writeZip(files: AsyncIterable<OutgoingFile>): AsyncGenerator<Uint8Array> {
  const directory = new Directory()
  let offset = 0
  for await (const file of files) {
    const header = encodeLocalHeader(file)
    yield header
    let crc = 0
    for await (const chunk of contentOf(file)) {
      crc = crc32(chunk, crc)
      yield chunk
    }
    const descriptor = encodeDescriptor(file, crc)
    yield descriptor
    directory.add(encodeDirectoryEntry(file, { crc, offset }))
    offset += header.length + file.bytes + descriptor.length
  }
  yield* directory.blocks()
  yield encodeEnd({ entries: directory.entries, bytes: directory.bytes, offset })
}

/** Entries laid together in large blocks: a buffer for each would hold three times the memory. */
class Directory {
  readonly #blocks: Uint8Array[] = []
  #loose: Uint8Array[] = []
  #looseBytes = 0
  entries = 0
  bytes = 0

  add(entry: Uint8Array): void {
    this.entries += 1
    this.bytes += entry.length
    this.#loose.push(entry)
    this.#looseBytes += entry.length
    if (this.#looseBytes >= BLOCK_BYTES) this.#close()
  }

  blocks(): readonly Uint8Array[] {
    this.#close()
    return this.#blocks
  }

  #close(): void {
    this.#blocks.push(Buffer.concat(this.#loose))
    this.#loose = []
    this.#looseBytes = 0
  }
}
