import { closeSync, existsSync, openSync, readSync } from 'node:fs'
import { dirname } from 'node:path'

/** More than the jobs under way in a thread use at once. */
const FILES_MAX = 64

/** What was stored is not there any more, or not whole: waiting brings nothing back. */
export class FileLost extends Error {
  override readonly name = 'FileLost'
}

interface OpenFile {
  readonly path: string
  readonly fd: number
  /** Who reads from it at their own pace: it stays open for them. */
  holders: number
}

/** Files that a thread reads from, kept open while they are in use. */
export class OpenFiles {
  /** The longest unused comes first. */
  readonly #open = new Map<string, OpenFile>()

  /**
   * A descriptor to read from until `release`.
   *
   * @throws FileLost when the file is gone; the system's error when its folder is, as of a disk that
   *   is not mounted.
   */
  hold(path: string): number {
    const file = this.#get(path)
    file.holders += 1
    return file.fd
  }

  /** One holder less. */
  release(path: string): void {
    const file = this.#open.get(path)
    if (file !== undefined) file.holders -= 1
  }

  /** Keep a file open no longer: until then its room on the disk is not given back. */
  close(path: string): void {
    const file = this.#open.get(path)
    if (file !== undefined && file.holders === 0) this.#close(file)
  }

  /** Fill a buffer. @throws as `hold`, and FileLost when the file ends before. */
  read(path: string, offset: number, bytes: Buffer): void {
    const { length } = bytes
    const { fd } = this.#get(path)
    for (let filled = 0; filled < length; ) {
      const got = readSync(fd, bytes, filled, length - filled, offset + filled)
      if (got === 0) throw new FileLost(`${path} ends at ${offset + filled}`)
      filled += got
    }
  }

  #get(path: string): OpenFile {
    const file = this.#open.get(path) ?? { path, fd: openStored(path), holders: 0 }
    this.#open.delete(path)
    this.#open.set(path, file)
    if (this.#open.size > FILES_MAX) this.#closeOldest(file)
    return file
  }

  /** A number that is closed may be another file's at once: nobody may still read by it. */
  #closeOldest(newest: OpenFile): void {
    for (const file of this.#open.values()) {
      if (file.holders > 0 || file === newest) continue
      this.#close(file)
      return
    }
  }

  #close({ path, fd }: OpenFile): void {
    this.#open.delete(path)
    closeSync(fd)
  }
}

function openStored(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (error) {
    const isGone = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (isGone && existsSync(dirname(path))) throw new FileLost(`${path} is gone`)
    throw error
  }
}
