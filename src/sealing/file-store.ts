import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '../errors.ts'

/** Files named by the SHA-256 of their content. */
export interface FileStore {
  /** @returns Hex SHA-256, once the file would survive a power cut. @throws AppError `storage-full`. */
  put(bytes: Uint8Array): Promise<string>
  /** @throws RangeError when the file is not what was put. */
  get(sha256: string): Promise<Uint8Array<ArrayBuffer>>
  /** Harmless when it is not there. */
  remove(sha256: string): Promise<void>
}

export function makeFileStore(dir: string): FileStore {
  const pathOf = (sha256: string) => join(dir, sha256.slice(0, 2), sha256.slice(2, 4), sha256)
  return {
    async put(bytes) {
      const sha256 = digestOf(bytes)
      try {
        await writeDurably(pathOf(sha256), bytes)
      } catch (error) {
        throw storageError(error)
      }
      return sha256
    },
    async get(sha256) {
      const bytes = await readFile(pathOf(sha256))
      if (digestOf(bytes) !== sha256) throw new RangeError(`the file ${sha256} has changed`)
      return bytes
    },
    remove: (sha256) => rm(pathOf(sha256), { force: true }),
  }
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** Under another name, synced, then renamed, then the folder synced: whole or not there at all. */
async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const folder = dirname(path)
  const firstMade = await mkdir(folder, { recursive: true, mode: 0o700 })
  const partial = `${path}.${randomUUID()}`
  try {
    const file = await open(partial, 'wx', 0o600)
    await file
      .writeFile(bytes)
      .then(() => file.sync())
      .finally(() => file.close())
    await rename(partial, path)
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  }
  await syncFolder(folder)
  // A new folder is an entry of the one above it, and as perishable.
  if (firstMade === undefined) return
  for (let made = folder; made.length >= firstMade.length; made = dirname(made)) {
    await syncFolder(dirname(made))
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  await folder.sync().finally(() => folder.close())
}

function storageError(error: unknown): unknown {
  const isFull = error instanceof Error && 'code' in error && error.code === 'ENOSPC'
  return isFull
    ? new AppError('storage-full', 'The server has no room left.', { cause: error })
    : error
}
