import { rmSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { KeyAlgorithm } from '../hsm/algorithms.ts'
import { type BenchFounding, foundAppliance } from './founding.ts'
import { atEnd } from './leftovers.ts'
import { startServerProcess } from './server-process.ts'

/** A whole appliance in a folder of its own, its server a process of its own. */
export interface BenchAppliance extends BenchFounding {
  readonly url: string
  readonly dir: string
  remove(): Promise<void>
}

export async function startAppliance(algorithms: readonly KeyAlgorithm[]): Promise<BenchAppliance> {
  const dir = await mkdtemp(join(tmpdir(), 'sceau-bench-'))
  atEnd(() => rmSync(dir, { recursive: true, force: true }))
  const removeDir = () => rm(dir, { recursive: true, force: true })
  try {
    const founding = await foundAppliance(dir, algorithms)
    const { url, stop } = await startServerProcess(founding.env)
    return { ...founding, url, dir, remove: () => stop().then(removeDir) }
  } catch (error) {
    await removeDir()
    throw error
  }
}
