import type { Stats } from 'node:fs'
import { lstat, opendir } from 'node:fs/promises'
import type { Logger } from 'pino'
import { Completeness } from './completeness.ts'
import { FolderSync } from './folders.ts'
import { isIgnored } from './model.ts'

/** A file of `in` that is complete. */
export interface IncomingFile {
  readonly path: Buffer
  readonly name: string
  readonly looked: Stats
  /** Of the folder it lies in. */
  readonly sync: FolderSync
}

/** Files that are known to be there; a folder may hold any number. */
const TRACKED_MAX = 2_000
/** While so many are complete, nobody looks for more. */
const READY_ENOUGH = 250

/** The folder `in`: which of its files are complete and to be taken next. */
export class Incoming {
  readonly #dir: string
  readonly #log: Pick<Logger, 'warn'>
  readonly #sync: FolderSync
  readonly #complete: Completeness
  readonly #ready = new Map<string, IncomingFile>()
  /** What was said once of a name need not be said each second. */
  readonly #told = new Set<string>()

  constructor(dir: string, { quietMs, log }: { quietMs: number; log: Pick<Logger, 'warn'> }) {
    this.#dir = dir
    this.#log = log
    this.#sync = new FolderSync(dir)
    this.#complete = new Completeness(quietMs)
  }

  async look(signal: AbortSignal): Promise<void> {
    if (this.#ready.size >= READY_ENOUGH) return
    let tracked = 0
    // As octets: a name need not be UTF-8.
    for await (const { name: key } of await opendir(this.#dir, { encoding: 'latin1' })) {
      if (signal.aborted) return
      if (tracked >= TRACKED_MAX) break
      if (!this.#ready.has(key) && (await this.#lookAt(key))) tracked += 1
    }
    this.#complete.endRound()
  }

  /** The next to be taken, which may be gone meanwhile. */
  next(): IncomingFile | undefined {
    for (const [key, file] of this.#ready) {
      this.#ready.delete(key)
      return file
    }
    return undefined
  }

  tellOnce(name: string, details: object, message: string): void {
    if (this.#told.has(name)) return
    if (this.#told.size >= TRACKED_MAX) this.#told.clear()
    this.#told.add(name)
    this.#log.warn({ name, ...details }, message)
  }

  /** @returns Whether it is a file to be sealed, now or later. */
  async #lookAt(key: string): Promise<boolean> {
    const bytes = Buffer.from(key, 'latin1')
    const name = bytes.toString('utf8')
    if (isIgnored(name)) return false
    const path = Buffer.concat([Buffer.from(`${this.#dir}/`), bytes])
    const looked = await lstat(path).catch(() => undefined)
    if (looked === undefined) return false
    if (looked.isDirectory()) {
      this.tellOnce(name, {}, 'hot folder: a folder within is left alone')
      return false
    }
    if (this.#complete.look(key, looked, performance.now())) {
      this.#complete.forget(key)
      this.#ready.set(key, { path, name, looked, sync: this.#sync })
    }
    return true
  }
}
