import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { KeyAlgorithm } from '../hsm/algorithms.ts'
import type { BenchFounding } from './founding.ts'
import { buildNative } from './native.ts'

const run = promisify(execFile)

/** Signatures a second of one key and nothing else, by a thread and a session each. */
export type MeasureCeiling = (asked: {
  readonly algorithm: KeyAlgorithm
  readonly threads: number
  readonly seconds: number
  /** Another module in front of the token's, and what it needs in its environment. */
  readonly through?: { readonly module: string; readonly env: Readonly<Record<string, string>> }
}) => Promise<number>

export function makeMeasureCeiling(
  { token, keys }: Pick<BenchFounding, 'token' | 'keys'>,
  dir: string,
): MeasureCeiling {
  const program = buildNative('ceiling', dir)
  return async ({ algorithm, threads, seconds, through }) => {
    const kind = algorithm.startsWith('rsa') ? 'rsa' : 'ec'
    const key = [keys.get(algorithm)?.id ?? '', kind, String(threads), String(seconds)]
    const module = through?.module ?? token.module
    const { stdout } = await run(program, [module, token.label, token.pin, ...key], {
      env: { ...process.env, ...through?.env },
    })
    return Number(stdout)
  }
}
