import { mkdir, open } from 'node:fs/promises'
import { join } from 'node:path'

/** Where the files of one hot folder lie. */
export interface Folders {
  readonly in: string
  readonly out: string
  readonly failed: string
  /** For the server alone. */
  readonly work: string
}

/** A seal's id is made of letters, digits and hyphens (`createSeal`), so it names a folder safely. */
export function foldersOf(dataDir: string, sealId: string): Folders {
  const of = (name: string) => join(dataDir, 'hotfolder', sealId, name)
  return { in: of('in'), out: of('out'), failed: of('failed'), work: of('work') }
}

/** Make what is missing. Who may put in and take out is the operator's to say, by modes. */
export async function makeFolders(folders: Folders): Promise<void> {
  for (const path of [folders.in, folders.out, folders.failed]) {
    await mkdir(path, { recursive: true })
  }
  await mkdir(folders.work, { recursive: true, mode: 0o700 })
}

/** Makes the names of a folder survive a power cut; calls of one moment share one sync. */
export class FolderSync {
  readonly #path: string
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(path: string) {
    this.#path = path
  }

  sync(): Promise<void> {
    if (this.#running === undefined) return this.#start()
    // The one under way may have begun before the last change.
    const start = () => this.#start()
    this.#next ??= this.#running.then(start, start)
    return this.#next
  }

  #start(): Promise<void> {
    this.#next = undefined
    this.#running = syncFolder(this.#path).finally(() => {
      this.#running = undefined
    })
    return this.#running
  }
}

export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  await folder.sync().finally(() => folder.close())
}
