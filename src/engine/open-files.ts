import { closeSync, openSync, readSync } from 'node:fs'

/** More than the jobs under way in a thread use at once. */
const FILES_MAX = 64

/** Files that a thread reads from, kept open while they are in use. */
export class OpenFiles {
  readonly #open = new Map<string, number>()

  /** @throws the system's error when the file is gone. */
  fd(path: string): number {
    const known = this.#open.get(path)
    if (known !== undefined) {
      this.#open.delete(path)
      this.#open.set(path, known)
      return known
    }
    const fd = openSync(path, 'r')
    this.#open.set(path, fd)
    if (this.#open.size > FILES_MAX) this.#closeOldest()
    return fd
  }

  /** Hold this file no longer: while it is held, its room on the disk is not given back. */
  close(path: string): void {
    const fd = this.#open.get(path)
    if (fd === undefined) return
    this.#open.delete(path)
    closeSync(fd)
  }

  /** Fill a buffer. @throws RangeError when the file ends before. */
  read(path: string, offset: number, bytes: Buffer): void {
    const { length } = bytes
    const fd = this.fd(path)
    for (let filled = 0; filled < length; ) {
      const got = readSync(fd, bytes, filled, length - filled, offset + filled)
      if (got === 0) throw new RangeError(`${path} ends at ${offset + filled}`)
      filled += got
    }
  }

  #closeOldest(): void {
    for (const [path, fd] of this.#open) {
      this.#open.delete(path)
      closeSync(fd)
      return
    }
  }
}
