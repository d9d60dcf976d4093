import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Make a folder and those above it that are missing; they would survive a power cut. */
export async function makeFolder(path: string): Promise<void> {
  const firstMade = await mkdir(path, { recursive: true, mode: 0o700 })
  if (firstMade === undefined) return
  // A new folder is an entry of the one above it, and as perishable.
  for (let made = path; made.length >= firstMade.length; made = dirname(made)) {
    await syncFolder(dirname(made))
  }
}

/**
 * Make a new file's name survive a power cut, and that of its folder: whoever else made the folder
 * may not have come to it yet.
 */
export async function syncNames(file: string): Promise<void> {
  await syncFolder(dirname(file))
  await syncFolder(dirname(dirname(file)))
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  await folder.sync().finally(() => folder.close())
}
