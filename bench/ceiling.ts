import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { KeyAlgorithm } from '../hsm/algorithms.ts'
import type { BenchAppliance } from './appliance.ts'

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..')

/** Build `ceiling.c`. @returns Measures signatures per second of one key, nothing else running. */
export function makeCeiling(
  { dir, token, keyIds }: BenchAppliance,
  threads: number,
): (algorithm: KeyAlgorithm, seconds: number) => number {
  const program = join(dir, 'ceiling')
  const headers = join(ROOT, 'node_modules/pkcs11js/includes/pkcs11')
  const source = join(ROOT, 'bench/ceiling.c')
  execFileSync('cc', ['-O2', '-pthread', '-I', headers, '-o', program, source, '-ldl'])
  return (algorithm, seconds) => {
    const kind = algorithm.startsWith('rsa') ? 'rsa' : 'ec'
    const key = [keyIds.get(algorithm) ?? '', kind, String(threads), String(seconds)]
    const asked = [token.module, token.label, token.pin, ...key]
    return Number(execFileSync(program, asked, { encoding: 'utf8' }))
  }
}
