import { appendFileSync, mkdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { DEFAULT_SIGNATURE_ALGORITHM, type KeyAlgorithm } from '../../hsm/algorithms.ts'
import { type Engine, type EngineOptions, startEngine } from '../../src/engine/engine.ts'
import type { DocumentPlace, Outcome } from '../../src/engine/job.ts'
import { OpenFiles } from '../../src/engine/open-files.ts'
import { type SealJobDeps, sealJob } from '../../src/engine/seal-job.ts'
import { makeSealTools, type SealKit } from '../../src/engine/seal-kit.ts'
import { Slabs } from '../../src/engine/slabs.ts'
import { drawSeal } from '../../src/pdf/drawing/draw-seal.ts'
import { startTestGuard, type TestGuard } from './guard.ts'
import { makeSoftHsm } from './softhsm.ts'
import { makeSoftwareAuthority } from './software-authority.ts'
import { makePdf } from './test-pdf.ts'

export const AT = Date.UTC(2026, 10, 24, 12)
export const BATCH = '01a20d90-72e6-7000-a119-0682c936e88d'

/** A guard on a SoftHSM token, a seal of a key in it, and a folder of documents. */
export interface EngineBench {
  readonly guard: TestGuard
  readonly dir: string
  startEngine(wish?: Partial<EngineOptions>): Engine
  makeKit(algorithm: KeyAlgorithm): Promise<SealKit>
  /** Documents one behind the other in a file. */
  place(file: string, documents: readonly Uint8Array[]): DocumentPlace[]
  /** What seals in this thread. */
  deps(wish?: Partial<SealJobDeps>): SealJobDeps
  /** Seal in this thread. */
  sealHere(kit: SealKit, places: readonly DocumentPlace[]): Promise<Outcome[]>
  remove(): Promise<void>
}

export async function makeEngineBench(): Promise<EngineBench> {
  const hsm = await makeSoftHsm()
  const guard = await startTestGuard(hsm)
  const authority = await makeSoftwareAuthority()
  const dir = await mkdtemp(join(tmpdir(), 'sceau-engine-'))
  mkdirSync(join(dir, BATCH))
  const bench: EngineBench = {
    guard,
    dir,
    startEngine: (wish) =>
      startEngine({
        guardSocket: guard.guard.socketPath,
        batchesDir: dir,
        node: 'n1',
        threads: 2,
        log: pino({ level: 'silent' }),
        rethrow: (error) => {
          throw error
        },
        ...wish,
      }),
    async makeKit(algorithm) {
      const key = await guard.client.generateKey({ algorithm, label: algorithm })
      const subject = { country: 'FR', organisation: 'Essais', commonName: 'Cachet' }
      const { keyId, publicKey } = key
      const certificate = await authority.issue({ profile: 'seal', subject, publicKey })
      return {
        organisation: 'Conseil d’essai',
        ...{ keyId, certificate, logo: undefined },
        algorithm: DEFAULT_SIGNATURE_ALGORITHM[algorithm],
        chain: [authority.issuing],
      }
    },
    place(file, documents) {
      const path = join(dir, file)
      let offset = 0
      return documents.map((bytes) => {
        appendFileSync(path, bytes)
        offset += bytes.length
        return { path, offset: offset - bytes.length, length: bytes.length }
      })
    },
    deps: (wish) => ({
      signerFor: () => guard.client,
      drawSeal,
      files: new OpenFiles(),
      slabs: new Slabs(),
      appendToLog: () => {
        throw new RangeError('sections come back')
      },
      ...wish,
    }),
    sealHere: (kit, places) => sealJob(bench.deps(), makeSealTools(kit), jobOf(places)),
    async remove() {
      await guard.stop()
      await hsm.remove()
      await rm(dir, { recursive: true, force: true })
    },
  }
  return bench
}

export function jobOf(documents: readonly DocumentPlace[]) {
  return { options: { level: 'B-B' }, at: AT, documents, priority: 'batch' } as const
}

/** Documents that all differ. */
export function distinctPdfs(count: number, from = 0): Buffer[] {
  const pdf = makePdf()
  return Array.from({ length: count }, (_, i) =>
    Buffer.concat([pdf, Buffer.from(`% ${from + i}\n`)]),
  )
}
