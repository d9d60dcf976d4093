import { execFile } from 'node:child_process'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { SoftHsm } from './softhsm.ts'

const run = promisify(execFile)
const SOURCE = 'test/support/faulty-pkcs11.c'
const HEADERS = 'node_modules/pkcs11js/includes/pkcs11'

/** The calls that can fail; each is counted. */
export type FaultyCall =
  | 'C_Initialize'
  | 'C_Finalize'
  | 'C_GetSlotList'
  | 'C_GetTokenInfo'
  | 'C_OpenSession'
  | 'C_CloseSession'
  | 'C_GetSessionInfo'
  | 'C_Login'
  | 'C_GenerateRandom'
  | 'C_FindObjectsInit'
  | 'C_FindObjects'
  | 'C_GenerateKeyPair'
  | 'C_SignInit'
  | 'C_Sign'

/** A real token behind a library that fails on demand (`faulty-pkcs11.c` says how). */
export interface FaultyModule {
  readonly modulePath: string
  readonly env: Record<string, string>
  /** The next calls of this function meet this fault, each fault one call. */
  fault(call: FaultyCall, action: string, times?: number): Promise<void>
  /** Every call of this function meets this fault, until `clear`. */
  always(call: FaultyCall, action: string): Promise<void>
  /** Nothing fails any more. */
  clear(): Promise<void>
  /** How often the function was called, by every process. */
  calls(call: FaultyCall): Promise<number>
}

export async function makeFaultyModule(hsm: SoftHsm): Promise<FaultyModule> {
  const dir = join(hsm.dir, 'faults')
  const modulePath = join(hsm.dir, 'faulty.so')
  await mkdir(dir)
  const flags = ['-shared', '-fPIC', '-O1', '-I', HEADERS]
  await run('cc', [...flags, '-o', modulePath, SOURCE, '-ldl'])
  let last = 0
  return {
    modulePath,
    env: { ...hsm.env, FAULTY_MODULE: hsm.modulePath, FAULTY_DIR: dir },

    async fault(call, action, times = 1) {
      for (let i = 0; i < times; i++) {
        await writeFile(join(dir, `${call}.${last++ % 64}`), action)
      }
    },

    always: (call, action) => writeFile(join(dir, `${call}.always`), action),

    async clear() {
      for (const name of await readdir(dir)) if (name !== 'log') await rm(join(dir, name))
    },

    async calls(call) {
      const log = await readFile(join(dir, 'log'), 'utf8').catch(() => '')
      return log.split('\n').filter((line) => line === call).length
    },
  }
}
