import { randomBytes } from 'node:crypto'
import { rm } from 'node:fs/promises'
import { batchFilePath, batchFolder, isSingle, requireNodeName } from './batch-paths.ts'
import { makeFolder, syncNames } from './durable-folder.ts'
import type { Extent, StoredDocument } from './extent.ts'
import { OpenFiles } from './open-files.ts'
import { Pack } from './pack.ts'
import { type Limits, PackWriter } from './pack-writer.ts'
import { Packs } from './packs.ts'
import { readExtents } from './read-extents.ts'
import { storageError } from './storage-error.ts'

/** The files of batches: `<batch id>/` with packs of originals and logs of appended sections. */
export interface BatchFiles {
  /**
   * Store one document. It would survive a power cut; calls at the same time share one sync.
   *
   * @throws AppError `invalid-request` when the stream breaks off, `document-too-large`,
   *   `storage-full`. A large document then leaves nothing behind.
   */
  put(
    batchId: string,
    chunks: AsyncIterable<Uint8Array> | Uint8Array,
    limits: Limits,
  ): Promise<StoredDocument>
  /** For many documents with few syncs. */
  open(batchId: string): PackWriter
  /**
   * Give back the room of a document that is not wanted after all. That of a small one, which lies
   * among others, stays until the batch is removed.
   */
  discard(batchId: string, extent: Extent): Promise<void>
  /**
   * Make what others wrote into these files (the logs of the workers) survive a power cut.
   *
   * @throws AppError `storage-full`.
   */
  sync(batchId: string, files: readonly string[]): Promise<void>
  /**
   * The octets of the parts one behind the other, read as they are asked for.
   *
   * @throws RangeError when a file is shorter than its part says.
   */
  read(batchId: string, parts: readonly Extent[]): AsyncIterable<Uint8Array>
  /** For threads that read by themselves. @throws RangeError unless the names are of our forms. */
  pathOf(batchId: string, file: string): string
  /** Remove all of a batch. Harmless when called again. */
  remove(batchId: string): Promise<void>
  close(): Promise<void>
}

interface BatchFilesOptions {
  /** Begins the name of every file written here; no other node or start may have the same. */
  readonly node?: string
  /** Descriptors held at once, for writing and reading together. */
  readonly openFilesMax?: number
  /** A pack is closed for good when it has grown to this. */
  readonly packBytesMax?: number
}

/** The batches of a folder, which several nodes may share. */
export async function openBatchFiles(
  dir: string,
  {
    node = randomBytes(8).toString('hex'),
    openFilesMax = 128,
    packBytesMax = 256 * 1024 * 1024,
  }: BatchFilesOptions = {},
): Promise<BatchFiles> {
  requireNodeName(node)
  await makeFolder(dir)
  const files = new OpenFiles(openFilesMax)
  const packs = new Packs({
    packBytesMax,
    makePack: (batchId, number, kind) => {
      const file = `${node}-${kind === 'single' ? 's' : ''}${number}.pack`
      return new Pack(files, batchFilePath(dir, batchId, file), file)
    },
  })
  const pathOf = (batchId: string, file: string) => batchFilePath(dir, batchId, file)
  const open = (batchId: string) => {
    batchFolder(dir, batchId)
    return new PackWriter(packs, batchId)
  }
  const namesSynced = new RecentNames()
  return {
    open,
    async put(batchId, chunks, limits) {
      const writer = open(batchId)
      const stored = await writer.append(chunks, limits)
      await writer.sync()
      return stored
    },
    async discard(batchId, { file }) {
      const path = pathOf(batchId, file)
      if (!isSingle(file)) return
      await files.forget(path)
      await rm(path, { force: true })
    },
    async sync(batchId, names) {
      const paths = names.map((file) => pathOf(batchId, file))
      try {
        await Promise.all(
          paths.map(async (path) => {
            await files.use({ path, flags: 'r' }, (handle) => handle.datasync())
            if (namesSynced.has(path)) return
            await syncNames(path)
            namesSynced.add(path)
          }),
        )
      } catch (error) {
        throw storageError(error)
      }
    },
    read: (batchId, parts) => readExtents(files, (file) => pathOf(batchId, file), parts),
    pathOf,
    async remove(batchId) {
      const folder = batchFolder(dir, batchId)
      packs.forget(batchId)
      await files.forget(folder)
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    },
    close: () => files.close(),
  }
}

/** The names whose entry in their folder is known to be durable; to forget some costs one sync. */
class RecentNames {
  readonly #names = new Set<string>()

  has(name: string): boolean {
    return this.#names.has(name)
  }

  add(name: string): void {
    if (this.#names.size === 10_000) this.#names.clear()
    this.#names.add(name)
  }
}
