import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
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
  | 'C_GenerateKey'
  | 'C_DestroyObject'
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
  await mkdir(dir)
  const modulePath = await compile()
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

/** Once for each version of the source. */
async function compile(): Promise<string> {
  const version = createHash('sha256')
    .update(await readFile(SOURCE))
    .digest('hex')
    .slice(0, 16)
  const path = resolve(`node_modules/.cache/sceau/faulty-pkcs11-${version}.so`)
  if (existsSync(path)) return path
  await mkdir(dirname(path), { recursive: true })
  const flags = ['-shared', '-fPIC', '-O1', '-I', HEADERS]
  // Under another name first: two test files may come to this at the same time.
  const draft = `${path}.${process.pid}`
  await run('cc', [...flags, '-o', draft, SOURCE, '-ldl'])
  await rename(draft, path)
  return path
}
