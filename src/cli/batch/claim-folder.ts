import { type FileHandle, open, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { EXIT, ExitError } from '../exit.ts'

const LOCK_NAME = '.sceau-batch.lock'

/**
 * Keep other runs on this machine out of a folder.
 *
 * @returns What lets them in again.
 * @throws ExitError 2 while another is at work.
 */
export async function claimFolder(folder: string): Promise<() => Promise<void>> {
  const path = join(folder, LOCK_NAME)
  const file = (await create(path)) ?? (await takeOver(path))
  try {
    await file.writeFile(String(process.pid))
  } finally {
    await file.close()
  }
  return () => rm(path, { force: true })
}

/** @returns undefined when there is one. */
async function create(path: string): Promise<FileHandle | undefined> {
  return open(path, 'wx').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') return undefined
    throw new ExitError(EXIT.usage, `${path} cannot be written: ${error.message}`)
  })
}

/** One that ended without tidying up has left it. */
async function takeOver(path: string): Promise<FileHandle> {
  const owner = Number(await readFile(path, 'utf8').catch(() => ''))
  if (!isAlive(owner)) await rm(path, { force: true })
  const file = await create(path)
  if (file !== undefined) return file
  throw new ExitError(
    EXIT.usage,
    `Another run (process ${owner}) is at work there. If it is none, remove ${path}.`,
  )
}

/** In a container, the process of the next start may have the number of the one before. */
function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}
