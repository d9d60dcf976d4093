import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const HEADERS = join(ROOT, 'node_modules/pkcs11js/includes/pkcs11')

/** Compile one of `bench/native/`. @returns The path of the program or library. */
export function buildNative(name: string, dir: string): string {
  const built = join(dir, name)
  const source = join(ROOT, 'bench/native', `${name}.c`)
  const kind = name === 'slow-module' ? ['-shared', '-fPIC'] : []
  execFileSync('cc', ['-O2', '-pthread', ...kind, '-I', HEADERS, '-o', built, source, '-ldl'])
  return built
}
