import type { PathLike } from 'node:fs'
import { lstat, mkdir, readdir, rename, rm, rmdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { codeOf } from './deliver-file.ts'
import { FolderSync, syncFolder } from './folders.ts'
import type { Item } from './model.ts'

/** Says by its time that the node whose folder it lies in lives. */
const ALIVE = 'alive'
/** Ends the name of a folder whose file is done. */
const DONE = '.done'

/**
 * Files that this node has taken, each in a folder of its own: `<work>/<node>/<id>/<name>`. Names
 * that begin with a dot are drafts. Whoever renames the folder of a file has it, whatever another
 * node is doing: that one's paths lead nowhere from then on.
 */
export class WorkFolder {
  readonly #work: string
  readonly #node: string
  readonly #own: string
  readonly #makeId: () => string
  readonly #ownSync: FolderSync

  constructor(work: string, { node, makeId }: { node: string; makeId: () => string }) {
    this.#work = work
    this.#node = node
    this.#makeId = makeId
    this.#own = join(work, node)
    this.#ownSync = new FolderSync(this.#own)
  }

  async open(): Promise<void> {
    await mkdir(this.#own, { recursive: true, mode: 0o700 })
    await writeFile(join(this.#own, ALIVE), '.')
    await syncFolder(this.#work)
  }

  /** Say that this node lives. Written and not touched, it has the time of the file system. */
  async beat(): Promise<void> {
    await writeFile(join(this.#own, ALIVE), '.').catch((error) => {
      // Given up for dead, it begins anew.
      if (codeOf(error) === 'ENOENT') return this.open()
      throw error
    })
  }

  /**
   * Take a file: only one of all who try gets it. It would not go back in a power cut.
   *
   * @param source - Its path, and the folder's sync.
   * @returns Undefined when somebody else was faster.
   */
  async claim(
    source: { readonly path: PathLike; readonly sync: FolderSync },
    name: string,
  ): Promise<Item | undefined> {
    const item = this.#itemOf(this.#makeId(), name)
    await mkdir(item.dir, { mode: 0o700 })
    try {
      await rename(source.path, item.path)
    } catch (error) {
      await rmdir(item.dir)
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
    await Promise.all([syncFolder(item.dir), this.#ownSync.sync()])
    await source.sync.sync()
    return item
  }

  /**
   * What became of it lies elsewhere: the rest goes, for good from the first moment on.
   *
   * @returns False when another node has taken it over.
   */
  async remove({ dir }: Item): Promise<boolean> {
    const done = dir + DONE
    try {
      await rename(dir, done)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false
      throw error
    }
    await rm(done, { recursive: true, force: true })
    return true
  }

  /** What was removed would not come back in a power cut. */
  sync(): Promise<void> {
    return this.#ownSync.sync()
  }

  /** Whether it is still this node's. */
  async has({ dir }: Item): Promise<boolean> {
    return lstat(dir).then(
      () => true,
      () => false,
    )
  }

  /**
   * Take over what nodes left that do not live any more.
   *
   * @param silentMs - Without a sign for so long, a node is given up for dead; 0 where this is the
   *   only one. By the clock of the file system, which all share.
   */
  async takeOver(silentMs: number): Promise<Item[]> {
    await this.beat()
    const items: Item[] = []
    for (const entry of await readdir(this.#work, { withFileTypes: true })) {
      if (!entry.isDirectory() || entry.name === this.#node) continue
      const other = join(this.#work, entry.name)
      if (silentMs > 0 && (await this.#silenceOf(other)) < silentMs) continue
      items.push(...(await this.#takeFrom(other)))
    }
    return items
  }

  /** At an orderly end: what is left is free for others at once. */
  async close(): Promise<void> {
    await rm(join(this.#own, ALIVE), { force: true })
    // Not empty: whoever comes next finds it.
    await rmdir(this.#own).catch(() => {})
  }

  async #silenceOf(other: string): Promise<number> {
    const theirs = await stat(join(other, ALIVE)).catch(() => undefined)
    const ours = await stat(join(this.#own, ALIVE))
    return theirs === undefined ? Number.POSITIVE_INFINITY : ours.mtimeMs - theirs.mtimeMs
  }

  async #takeFrom(other: string): Promise<Item[]> {
    const items: Item[] = []
    for (const id of await foldersIn(other)) {
      const item = await this.#takeItem(join(other, id), id)
      if (item !== undefined) items.push(item)
    }
    await rm(join(other, ALIVE), { force: true })
    // It may live again, with something in it.
    await rmdir(other).catch(() => {})
    return items
  }

  async #takeItem(from: string, id: string): Promise<Item | undefined> {
    const { dir } = this.#itemOf(id, '')
    try {
      await rename(from, dir)
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined
      throw error
    }
    const entries = id.endsWith(DONE) ? [] : await readdir(dir)
    const name = entries.find((entry) => !entry.startsWith('.'))
    // It is done, or its file was never there.
    if (name === undefined) await rm(dir, { recursive: true, force: true })
    return name === undefined ? undefined : this.#itemOf(id, name)
  }

  #itemOf(id: string, name: string): Item {
    const dir = join(this.#own, id)
    return { id, name, dir, path: join(dir, name) }
  }
}

async function foldersIn(dir: string): Promise<string[]> {
  const entries = await readdir(dir, { withFileTypes: true }).catch((error) => {
    if (codeOf(error) === 'ENOENT') return []
    throw error
  })
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
}
