import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { EXIT, ExitError } from '../exit.ts'
import { isPrefixOf } from './is-prefix-of.ts'
import type { Problem } from './refusal.ts'

const ARRIVING = '.sceau-batch.tmp'
/** What stands in the way of one file, and of no other. */
const IN_THE_WAY = ['EEXIST', 'EISDIR', 'ENAMETOOLONG', 'ENOTDIR', 'ENOTEMPTY']

/** The octets a file must have. */
export interface Expected {
  readonly bytes: number
  readonly sha256: string
}

export type OutFolder = ReturnType<typeof makeOutFolder>

/**
 * Where the sealed files go, each under the name of its document, and beside them
 * `<name>.problem.json` for what failed. What is there under a name is whole.
 *
 * @param path - Absolute.
 */
export function makeOutFolder(path: string) {
  const arriving = join(path, ARRIVING)
  const made = new Set<string>()
  let count = 0

  /** Names come from a server: none may lead out of the folder. */
  function pathOf(name: string): string {
    const file = join(path, name)
    if (file.startsWith(`${path}${sep}`)) return file
    throw new ExitError(EXIT.documentFailed, `The server names a document “${name}”.`)
  }

  async function folderOf(file: string): Promise<void> {
    const folder = dirname(file)
    if (made.has(folder)) return
    await mkdir(folder, { recursive: true })
    made.add(folder)
  }

  return {
    path,
    pathOf,

    /** Whether the file of this name is the original with something behind it, and no problem. */
    async holdsSealed(name: string, original: string): Promise<boolean> {
      const hasFailed = await stat(problemPath(name)).then(
        () => true,
        () => false,
      )
      return !hasFailed && (await isPrefixOf(original, pathOf(name)))
    },

    /** What lies under the name of a document. */
    async find(name: string, expected?: Expected): Promise<'nothing' | 'the same' | 'another'> {
      const found = await stat(pathOf(name)).catch(() => undefined)
      if (found === undefined) return 'nothing'
      if (found.size !== expected?.bytes || !found.isFile()) return 'another'
      const sha256 = await digestFile(pathOf(name))
      return sha256 === expected.sha256 ? 'the same' : 'another'
    },

    /**
     * @returns What stands in its way, if something does.
     * @throws ExitError 3 when other octets come than are expected.
     */
    async put(
      name: string,
      expected: Expected,
      chunks: AsyncIterable<Uint8Array>,
    ): Promise<string | undefined> {
      await mkdir(arriving, { recursive: true })
      count += 1
      const partial = join(arriving, String(count))
      try {
        await writeWhole(partial, expected, chunks)
        return await unlessInTheWay(async () => {
          await folderOf(pathOf(name))
          await rename(partial, pathOf(name))
          await rm(problemPath(name), { force: true })
        })
      } finally {
        await rm(partial, { force: true })
      }
    },

    async putProblem(name: string, problem: Problem): Promise<void> {
      await unlessInTheWay(async () => {
        await folderOf(problemPath(name))
        await writeFile(problemPath(name), `${JSON.stringify(problem, null, 2)}\n`)
      })
    },

    /** Remove what did not arrive whole. */
    async tidy(): Promise<void> {
      await rm(arriving, { recursive: true, force: true })
    },
  }

  function problemPath(name: string): string {
    return pathOf(`${name}.problem.json`)
  }
}

async function writeWhole(
  path: string,
  { bytes, sha256 }: Expected,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const hash = createHash('sha256')
  let written = 0
  const file = await open(path, 'w')
  try {
    for await (const chunk of chunks) {
      hash.update(chunk)
      written += chunk.length
      await file.writeFile(chunk)
    }
    await file.datasync()
  } finally {
    await file.close()
  }
  if (written === bytes && hash.digest('hex') === sha256) return
  throw new ExitError(EXIT.unreachable, 'A sealed file came with other octets than it has.')
}

async function unlessInTheWay(step: () => Promise<void>): Promise<string | undefined> {
  try {
    await step()
    return undefined
  } catch (error) {
    const isInTheWay =
      error instanceof Error && 'code' in error && IN_THE_WAY.includes(String(error.code))
    if (isInTheWay) return error.message
    throw error
  }
}

/** SHA-256 in hex. */
export async function digestFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk)
  return hash.digest('hex')
}
