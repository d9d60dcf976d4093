import { type FileHandle, open } from 'node:fs/promises'

interface Use {
  readonly path: string
  readonly flags: 'r' | 'r+' | 'wx+'
  /** What has to happen before the file may be closed. Never fails. */
  readonly settle?: (handle: FileHandle) => Promise<void>
}

interface OpenFile {
  readonly path: string
  readonly handle: Promise<FileHandle>
  readonly settle: (handle: FileHandle) => Promise<void>
  users: number
  usedAt: number
  /** Called when the last user is gone, for who wants to close it. */
  atRest?: () => void
}

const IDLE_MS = 10_000

/**
 * Files that stay open between uses, at most so many together.
 *
 * A file is held only while it is read or written, never while a client is waited for: a thousand
 * slow clients need no more descriptors than one. When all are in use, the next waits its turn.
 */
export class OpenFiles {
  readonly #max: number
  /** The least recently used comes first. */
  readonly #files = new Map<string, OpenFile>()
  readonly #waiting: (() => void)[] = []
  /** Those being opened and closed count too. */
  #count = 0
  readonly #sweep: NodeJS.Timeout

  constructor(max: number) {
    this.#max = max
    // An open file keeps the space of a removed one, also of one that another node removed.
    this.#sweep = setInterval(() => this.#closeIdle(), IDLE_MS).unref()
  }

  async use<T>(wanted: Use, work: (handle: FileHandle) => Promise<T>): Promise<T> {
    const file = await this.#hold(wanted)
    try {
      return await work(await file.handle)
    } finally {
      file.users -= 1
      file.usedAt = Date.now()
      if (file.users === 0) file.atRest?.()
      this.#waiting.shift()?.()
    }
  }

  /** Close what is open under a path or below it, each as soon as nobody uses it. */
  async forget(path: string): Promise<void> {
    await this.#closeWhere((file) => file.path === path || file.path.startsWith(`${path}/`))
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep)
    await this.#closeWhere(() => true)
  }

  async #hold({ path, flags, settle = async () => {} }: Use): Promise<OpenFile> {
    const key = `${flags === 'r' ? 'r' : 'w'}:${path}`
    for (;;) {
      const known = this.#files.get(key)
      if (known !== undefined || this.#count < this.#max) {
        const file = known ?? this.#open(key, { path, flags, settle })
        this.#files.delete(key)
        this.#files.set(key, file)
        file.users += 1
        return file
      }
      const idle = this.#findIdle()
      if (idle === undefined) await new Promise<void>((resolve) => this.#waiting.push(resolve))
      else await this.#close(...idle)
    }
  }

  #findIdle(): [string, OpenFile] | undefined {
    for (const entry of this.#files) if (entry[1].users === 0) return entry
    return undefined
  }

  #open(key: string, { path, flags, settle }: Required<Use>): OpenFile {
    this.#count += 1
    const handle = open(path, flags, 0o600)
    handle.catch(() => {
      this.#files.delete(key)
      this.#count -= 1
    })
    return { path, handle, settle, users: 0, usedAt: Date.now() }
  }

  async #close(key: string, file: OpenFile): Promise<void> {
    this.#files.delete(key)
    if (file.users > 0) {
      await new Promise<void>((resolve) => {
        file.atRest = resolve
      })
    }
    const handle = await file.handle
    await file.settle(handle)
    // What was written is settled: a close that fails loses nothing.
    await handle.close().catch(() => {})
    this.#count -= 1
    this.#waiting.shift()?.()
  }

  async #closeWhere(isMeant: (file: OpenFile) => boolean): Promise<void> {
    const meant = [...this.#files].filter(([, file]) => isMeant(file))
    await Promise.all(meant.map(([key, file]) => this.#close(key, file)))
  }

  #closeIdle(): void {
    const before = Date.now() - IDLE_MS
    for (const [key, file] of this.#files) {
      if (file.users === 0 && file.usedAt < before) void this.#close(key, file)
    }
  }
}
