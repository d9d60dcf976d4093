import { readSync } from 'node:fs'
import { asBuffer } from './bytes.ts'

/** Random access to a file's octets. `read` gives a view or a copy of [start, end), cut at the end. */
export interface PdfSource {
  readonly length: number
  /** How much to read at first where an object ends nobody knows where. */
  readonly windowBytes: number
  read(start: number, end: number): Uint8Array
  /** All octets in order, in pieces. A piece holds only until the next one is asked for. */
  pieces(): Iterable<Uint8Array>
}

/** One object's text, without stream data. A larger one is hostile or useless to us. */
export const WINDOW_BYTES_MAX = 16 * 1024 * 1024

/** A file in memory. `read` gives views. */
export function bytesSource(bytes: Uint8Array): PdfSource {
  const buffer = asBuffer(bytes)
  return {
    length: buffer.length,
    // A large view costs no more than a small one.
    windowBytes: WINDOW_BYTES_MAX,
    // `subarray` counts negative positions from the end.
    read: (start, end) => buffer.subarray(Math.max(0, start), Math.max(0, end)),
    pieces: () => piecesOf(buffer),
  }
}

const MEMORY_PIECE_BYTES = 16 * 1024 * 1024

function* piecesOf(buffer: Buffer): Generator<Buffer> {
  for (let start = 0; start < buffer.length; start += MEMORY_PIECE_BYTES) {
    yield buffer.subarray(start, start + MEMORY_PIECE_BYTES)
  }
}

const PAGE_BYTES = 64 * 1024
const PAGES_KEPT = 32
const FILE_WINDOW_BYTES = 4 * 1024
/** Small enough to be digested before it leaves the processor's cache. */
const FILE_PIECE_BYTES = 256 * 1024

/**
 * A file on disk, or the part of it from `start` on, through a small cache of pages: at most 2 MiB
 * stay in memory.
 */
export function fileSource(fd: number, length: number, start = 0): PdfSource {
  const pages = new Map<number, Buffer>()
  const page = (index: number): Buffer => {
    const kept = pages.get(index)
    if (kept !== undefined) return kept
    const fresh = readFully(
      fd,
      start + index * PAGE_BYTES,
      Math.min(PAGE_BYTES, length - index * PAGE_BYTES),
    )
    if (pages.size >= PAGES_KEPT)
      for (const oldest of pages.keys()) {
        pages.delete(oldest)
        break
      }
    pages.set(index, fresh)
    return fresh
  }
  return {
    length,
    windowBytes: FILE_WINDOW_BYTES,
    read(first, end) {
      const from = Math.max(0, first)
      const to = Math.min(end, length)
      if (to <= from) return new Uint8Array()
      if (to - from > PAGE_BYTES) return readFully(fd, start + from, to - from)
      const firstPage = Math.floor(from / PAGE_BYTES)
      const lastPage = Math.floor((to - 1) / PAGE_BYTES)
      const offset = from - firstPage * PAGE_BYTES
      if (firstPage === lastPage) return page(firstPage).subarray(offset, offset + to - from)
      return Buffer.concat([page(firstPage), page(lastPage)]).subarray(offset, offset + to - from)
    },
    *pieces() {
      const room = Buffer.allocUnsafeSlow(Math.min(FILE_PIECE_BYTES, length))
      for (let from = 0; from < length; from += room.length) {
        const piece = room.subarray(0, length - from)
        fill(piece, fd, start + from)
        yield piece
      }
    },
  }
}

/** The part of a source before `length`: an earlier revision of the file. */
export function truncatedSource(source: PdfSource, length: number): PdfSource {
  return {
    ...source,
    length,
    read: (start, end) => source.read(start, Math.min(end, length)),
    *pieces() {
      let left = length
      for (const piece of source.pieces()) {
        yield piece.subarray(0, left)
        left -= piece.length
        if (left <= 0) return
      }
    },
  }
}

function readFully(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length)
  fill(bytes, fd, position)
  return bytes
}

function fill(bytes: Buffer, fd: number, position: number): void {
  for (let filled = 0; filled < bytes.length; ) {
    const got = readSync(fd, bytes, filled, bytes.length - filled, position + filled)
    if (got === 0) {
      throw new RangeError(`file ends at ${position + filled}, not at ${position + bytes.length}`)
    }
    filled += got
  }
}
