import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError } from '../../errors.ts'

/** Files of sealed images, by random names that say nothing. */
export interface ImageStore {
  /** @returns Its name, once it would survive a power cut. @throws AppError `storage-full`. */
  put(sealed: Uint8Array): Promise<string>
  get(id: string): Promise<Uint8Array>
  /** Harmless when it is not there. */
  remove(id: string): Promise<void>
  /** Remove what no row names, unless it is younger than an hour: a row may yet come. */
  removeUnnamed(named: readonly string[], now: number): Promise<number>
}

const IMAGE_NAME = /^[0-9a-f]{32}(?:\.partial)?$/
const YOUNG_MS = 3_600_000

export function makeImageStore(dir: string): ImageStore {
  const pathOf = (id: string) => {
    if (!IMAGE_NAME.test(id)) throw new RangeError('this is not the name of an image')
    return join(dir, id)
  }
  return {
    async put(sealed) {
      const id = randomBytes(16).toString('hex')
      try {
        await mkdir(dir, { recursive: true, mode: 0o700 })
        await writeWhole(pathOf(id), sealed)
        await syncFolder(dir)
      } catch (error) {
        await rm(`${pathOf(id)}.partial`, { force: true })
        throw storageError(error)
      }
      return id
    },
    get: (id) => readFile(pathOf(id)),
    remove: (id) => rm(pathOf(id), { force: true }),
    async removeUnnamed(named, now) {
      const names = new Set(named)
      let removed = 0
      for (const file of await readdir(dir).catch(() => [])) {
        if (!IMAGE_NAME.test(file) || names.has(file)) continue
        const found = await stat(pathOf(file)).catch(() => undefined)
        if (found === undefined || now - found.mtimeMs < YOUNG_MS) continue
        await rm(pathOf(file), { force: true })
        removed += 1
      }
      return removed
    },
  }
}

/** Under another name, synced, then renamed: whole or not there at all. */
async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const partial = `${path}.partial`
  const file = await open(partial, 'wx', 0o600)
  await file
    .writeFile(bytes)
    .then(() => file.sync())
    .finally(() => file.close())
  await rename(partial, path)
}

async function syncFolder(dir: string): Promise<void> {
  const folder = await open(dir)
  await folder.sync().finally(() => folder.close())
}

function storageError(error: unknown): unknown {
  const isFull = error instanceof Error && 'code' in error && error.code === 'ENOSPC'
  return isFull
    ? new AppError('storage-full', 'The server has no room left.', { cause: error })
    : error
}
