import { fileURLToPath } from 'node:url'

/** Path of a compiled file; who runs the sources, as a test does, gets the same. */
export function compiled(path: string): string {
  const root = import.meta.url.endsWith('.ts') ? '../../dist/' : '../../'
  return fileURLToPath(new URL(root + path, import.meta.url))
}
