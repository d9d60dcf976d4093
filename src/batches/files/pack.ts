import type { FileHandle } from 'node:fs/promises'
import { mkdir, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isSingle } from './batch-paths.ts'
import { dropFirst } from './drop-first.ts'
import { syncNames } from './durable-folder.ts'
import type { OpenFiles } from './open-files.ts'

/**
 * A file that only grows, written by this process alone.
 *
 * Every write has a range of its own from the start. One that fails leaves its range behind as a
 * gap that nothing refers to, and disturbs no other.
 */
export class Pack {
  readonly file: string
  readonly #path: string
  readonly #files: OpenFiles
  #isMade = false
  #isListed = false
  #length = 0
  /** Writes ended, and how many of them a sync has covered. */
  #written = 0
  #durable = 0
  #syncing: Promise<void> | undefined
  #next: Promise<void> | undefined
  /** After a failed sync nobody knows what the disk holds: nothing more goes into this pack. */
  #failure: unknown

  constructor(files: OpenFiles, path: string, file: string) {
    this.#files = files
    this.#path = path
    this.file = file
  }

  /** Whether it holds one document and nothing else ever. */
  get isSingle(): boolean {
    return isSingle(this.file)
  }

  get length(): number {
    return this.#length
  }

  get isSpoilt(): boolean {
    return this.#failure !== undefined
  }

  /** @returns The offset. Not yet durable. */
  async write(buffers: readonly Uint8Array[]): Promise<number> {
    const offset = this.#length
    this.#length += buffers.reduce((sum, { length }) => sum + length, 0)
    await this.#use((handle) => writeAll(handle, buffers, offset))
    this.#written += 1
    return offset
  }

  /** Resolves once every write that has ended would survive a power cut; calls share one sync. */
  sync(): Promise<void> {
    if (this.#syncing === undefined) return this.#startSync()
    // The one under way may have begun before the last write ended.
    const start = () => this.#startSync()
    this.#next ??= this.#syncing.then(start, start)
    return this.#next
  }

  async remove(): Promise<void> {
    await this.#files.forget(this.#path)
    await rm(this.#path, { force: true })
  }

  #startSync(): Promise<void> {
    this.#next = undefined
    this.#syncing = this.#sync().finally(() => {
      this.#syncing = undefined
    })
    return this.#syncing
  }

  async #sync(): Promise<void> {
    if (this.#durable < this.#written) {
      await this.#use((handle) => this.#flush(handle))
    }
    if (this.#failure !== undefined) throw this.#failure
    if (this.#isListed) return
    await syncNames(this.#path)
    this.#isListed = true
  }

  async #flush(handle: FileHandle): Promise<void> {
    const written = this.#written
    try {
      await handle.datasync()
      this.#durable = written
    } catch (error) {
      this.#failure ??= error
    }
  }

  async #use<T>(work: (handle: FileHandle) => Promise<T>): Promise<T> {
    if (!this.#isMade) await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 })
    const flags = this.#isMade ? 'r+' : 'wx+'
    const settle = async (handle: FileHandle) => {
      if (this.#durable < this.#written) await this.#flush(handle)
    }
    return await this.#files.use({ path: this.#path, flags, settle }, (handle) => {
      this.#isMade = true
      return work(handle)
    })
  }
}

/** @throws What the system says. A write may stop in the middle, when the disk is full, say. */
async function writeAll(
  handle: FileHandle,
  buffers: readonly Uint8Array[],
  offset: number,
): Promise<void> {
  let left = dropFirst(buffers, 0)
  let position = offset
  while (left.length > 0) {
    const { bytesWritten } = await handle.writev(left, position)
    if (bytesWritten === 0) throw new RangeError('a write ended without having written anything')
    position += bytesWritten
    left = dropFirst(left, bytesWritten)
  }
}
