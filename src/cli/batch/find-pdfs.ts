import type { Dir } from 'node:fs'
import { opendir } from 'node:fs/promises'
import { join } from 'node:path'
import { EXIT, ExitError } from '../exit.ts'

export interface FoundPdf {
  /** Its path within the folder, with `/` between the parts. */
  readonly name: string
  readonly path: string
}

export interface Walk {
  readonly isRecursive: boolean
  /** Absolute path of a folder that is passed over. */
  readonly except: string
}

/** Entries of a folder that are read at once. */
const READ_ENTRIES = 1024

/**
 * The PDFs of a folder, by their extension, in no order. Symbolic links are not followed, and what
 * begins with a dot is passed over.
 *
 * @param root - Absolute.
 * @throws ExitError 2 for a folder that cannot be read.
 */
export async function* findPdfs(root: string, walk: Walk): AsyncGenerator<FoundPdf> {
  const folders = ['']
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    for await (const entry of await openFolder(join(root, folder))) {
      if (entry.name.startsWith('.')) continue
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`
      const path = join(root, name)
      if (entry.isDirectory() && walk.isRecursive && path !== walk.except) folders.push(name)
      if (entry.isFile() && /\.pdf$/i.test(entry.name)) yield { name, path }
    }
  }
}

export async function countPdfs(root: string, walk: Walk): Promise<number> {
  let count = 0
  for await (const _ of findPdfs(root, walk)) count += 1
  return count
}

function openFolder(path: string): Promise<Dir> {
  return opendir(path, { bufferSize: READ_ENTRIES }).catch((error: Error) => {
    throw new ExitError(EXIT.usage, `${path} cannot be read: ${error.message}`)
  })
}
