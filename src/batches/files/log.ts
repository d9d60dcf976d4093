import { closeSync, mkdirSync, openSync, writevSync } from 'node:fs'
import { dirname } from 'node:path'
import { batchFilePath, requireNodeName } from './batch-paths.ts'
import { dropFirst } from './drop-first.ts'
import type { Extent } from './extent.ts'
import { storageError } from './storage-error.ts'

const OPEN_MAX = 32
const KNOWN_MAX = 4096

interface SectionLogsOptions {
  /** The folder of all batches. */
  readonly dir: string
  /** As for `openBatchFiles`: no other node or start may have the same. */
  readonly node: string
  /** No other worker of this start may have the same. */
  readonly worker: number
  /** A log is closed for good when it has grown to this. */
  readonly logBytesMax?: number
}

interface Log {
  readonly file: string
  readonly path: string
  isMade: boolean
  length: number
  fd: number | undefined
  readonly epoch: number
}

/** What a worker thread writes: appended sections, one behind the other. It blocks its thread. */
export class SectionLogs {
  readonly #options: Required<SectionLogsOptions>
  /** The log of each batch; the longest unused comes first. */
  readonly #logs = new Map<string, Log>()
  readonly #open = new Set<Log>()
  #made = 0

  constructor({ dir, node, worker, logBytesMax = 256 * 1024 * 1024 }: SectionLogsOptions) {
    this.#options = { dir, node: requireNodeName(node), worker, logBytesMax }
  }

  /**
   * Write sections, each in pieces, by one system call. They are durable once the main thread has
   * called `BatchFiles.sync` with the files of the extents.
   *
   * @param epoch - Another one than before begins another log.
   * @returns The extent of each section, in order.
   * @throws AppError `storage-full`. None of the sections then counts, and what was written of them
   *   is written over by the next.
   */
  append(batchId: string, sections: readonly (readonly Uint8Array[])[], epoch = 0): Extent[] {
    const lengths = sections.map((pieces) => pieces.reduce((sum, { length }) => sum + length, 0))
    const bytes = lengths.reduce((sum, length) => sum + length, 0)
    const log = this.#logFor(batchId, { bytes, epoch })
    try {
      writeAllSync(this.#descriptor(log), sections.flat(), log.length)
    } catch (error) {
      throw storageError(error)
    }
    return lengths.map((length) => {
      const extent = { file: log.file, offset: log.length, length }
      log.length += length
      return extent
    })
  }

  /** Close what is open of a batch that has ended. A later append begins another log. */
  forget(batchId: string): void {
    const log = this.#logs.get(batchId)
    if (log === undefined) return
    this.#logs.delete(batchId)
    this.#close(log)
  }

  close(): void {
    for (const log of [...this.#open]) this.#close(log)
    this.#logs.clear()
  }

  #logFor(batchId: string, { bytes, epoch }: { bytes: number; epoch: number }): Log {
    const known = this.#logs.get(batchId)
    const isOver =
      known !== undefined &&
      (known.epoch !== epoch || known.length + bytes > this.#options.logBytesMax)
    if (isOver) this.#close(known)
    const log = known === undefined || isOver ? this.#make(batchId, epoch) : known
    this.#logs.delete(batchId)
    this.#logs.set(batchId, log)
    const [longestUnused] = this.#logs.keys()
    if (this.#logs.size > KNOWN_MAX && longestUnused !== undefined) this.forget(longestUnused)
    return log
  }

  #make(batchId: string, epoch: number): Log {
    const { dir, node, worker } = this.#options
    this.#made += 1
    const file = `${node}-${worker}-${this.#made}.log`
    const path = batchFilePath(dir, batchId, file)
    return { file, path, isMade: false, length: 0, fd: undefined, epoch }
  }

  #descriptor(log: Log): number {
    if (log.fd !== undefined) {
      this.#open.delete(log)
      this.#open.add(log)
      return log.fd
    }
    const [longestUnused] = this.#open
    if (this.#open.size >= OPEN_MAX && longestUnused !== undefined) this.#close(longestUnused)
    if (!log.isMade) mkdirSync(dirname(log.path), { recursive: true, mode: 0o700 })
    const fd = openSync(log.path, log.isMade ? 'r+' : 'wx', 0o600)
    log.isMade = true
    log.fd = fd
    this.#open.add(log)
    return fd
  }

  #close(log: Log): void {
    if (log.fd === undefined) return
    closeSync(log.fd)
    log.fd = undefined
    this.#open.delete(log)
  }
}

function writeAllSync(fd: number, pieces: readonly Uint8Array[], offset: number): void {
  let left = dropFirst(pieces, 0)
  let position = offset
  while (left.length > 0) {
    const written = writevSync(fd, left, position)
    if (written === 0) throw new RangeError('a write ended without having written anything')
    position += written
    left = dropFirst(left, written)
  }
}
