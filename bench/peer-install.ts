import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { LeftOut } from './row.ts'

const run = promisify(execFile)
const SOURCES = fileURLToPath(new URL('../../bench/peers', import.meta.url))
const INSTALL_WITHIN_MS = 600_000

export interface Installation {
  /** Folders of `bench/peers/` that are put together. */
  readonly folders: readonly string[]
  readonly commands: readonly (readonly [string, ...string[]])[]
}

/**
 * Install a peer outside the tree, once for each state of its files: it is no dependency of the
 * project.
 *
 * @returns Its folder.
 * @throws LeftOut when the package tool is missing, or cannot reach its registry.
 */
export async function installPeer({ folders, commands }: Installation): Promise<string> {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache')
  const dir = join(cache, 'sceau-bench', `${folders[0]}-${stateOf(folders)}`)
  const stamp = join(dir, '.installed')
  if (existsSync(stamp)) return dir
  await rm(dir, { recursive: true, force: true })
  await mkdir(dir, { recursive: true })
  for (const folder of folders) await cp(join(SOURCES, folder), dir, { recursive: true })
  for (const [command, ...args] of commands) {
    try {
      await run(command, args, { cwd: dir, timeout: INSTALL_WITHIN_MS })
    } catch (error) {
      throw new LeftOut(`it cannot be installed here: ${firstLine(error)}`)
    }
  }
  await writeFile(stamp, '')
  return dir
}

function stateOf(folders: readonly string[]): string {
  const hash = createHash('sha256')
  for (const folder of folders) {
    for (const name of readdirSync(join(SOURCES, folder)).sort()) {
      hash.update(`${name}\0`).update(readFileSync(join(SOURCES, folder, name)))
    }
  }
  return hash.digest('hex').slice(0, 12)
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n')[0] ?? ''
}
