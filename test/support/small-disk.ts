import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/**
 * A file system of its own with room for so many bytes, at a new folder.
 *
 * @returns undefined where this user may not mount one.
 */
export function mountSmallDisk(bytes: number): { dir: string; unmount(): void } | undefined {
  const dir = mkdtempSync(join(tmpdir(), 'sceau-disk-'))
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'none', dir], { stdio: 'ignore' })
  } catch {
    rmdirSync(dir)
    return undefined
  }
  const unmount = () => {
    execFileSync('umount', [dir])
    rmdirSync(dir)
  }
  return { dir, unmount }
}
