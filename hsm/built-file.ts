import { fileURLToPath } from 'node:url'

/** Path of a compiled file of this folder; who runs the sources, as a test does, gets the same. */
export function builtFile(name: string): string {
  const folder = import.meta.url.endsWith('.ts') ? '../dist/hsm/' : './'
  return fileURLToPath(new URL(folder + name, import.meta.url))
}
