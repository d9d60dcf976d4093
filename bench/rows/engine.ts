import { mkdtemp } from 'node:fs/promises'
import { join } from 'node:path'
import { openStore } from '../../src/appliance.ts'
import { readConfig } from '../../src/config.ts'
import { startEngine } from '../../src/engine/engine.ts'
import { ownSocket, rethrowGuardError } from '../../src/guard-access.ts'
import { makeLog } from '../../src/log.ts'
import { findSeal } from '../../src/sealing/store.ts'
import type { BenchRow } from '../row.ts'

const JOB_DOCUMENTS = 64
const JOBS_PER_THREAD = 2

/** Engine and guard: documents in memory, every signature checked, nothing written down. */
export const engineRow: BenchRow = {
  name: 'engine',
  title: 'engine and guard, in memory',
  kind: 'ours',
  warmSeconds: 20,
  cases: [
    { name: 'rsa-2048', algorithm: 'rsa-2048', targets: [{ of: 'ratio', atLeast: 0.82 }] },
    { name: 'rsa-3072', algorithm: 'rsa-3072', targets: [{ of: 'ratio', atLeast: 0.92 }] },
    { name: 'p-256', algorithm: 'p-256', targets: [{ of: 'ratio', atLeast: 0.36 }] },
  ],
  async open(bench) {
    const { dir, env } = await bench.appliance()
    const db = await openStore(readConfig(env))
    const engine = startEngine({
      guardSocket: ownSocket(dir),
      batchesDir: await mkdtemp(join(bench.dir, 'engine-')),
      node: 'bench',
      threads: bench.cores,
      log: makeLog('error'),
      rethrow: rethrowGuardError,
    })
    const shared = Buffer.from(new SharedArrayBuffer(bench.document.length))
    shared.set(bench.document)
    const documents = Array.from({ length: JOB_DOCUMENTS }, () => ({ bytes: shared }))
    return {
      async measure({ case: { name }, seconds }) {
        const seal = await findSeal(db, name)
        if (seal === undefined) throw new Error(`there is no seal ${name}`)
        const job = { options: { level: 'B-B' }, documents, priority: 'batch' } as const
        const startedAt = performance.now()
        const end = startedAt + seconds * 1000
        let sealed = 0
        const work = async () => {
          while (performance.now() < end) {
            const outcomes = await engine.seal(seal.tools.kit, { ...job, at: Date.now() })
            sealed += outcomes.filter(({ ok }) => ok).length
          }
        }
        await Promise.all(Array.from({ length: JOBS_PER_THREAD * engine.threads }, work))
        return { perSecond: sealed / ((performance.now() - startedAt) / 1000) }
      },
      async close() {
        await engine.close()
        await db.destroy()
      },
    }
  },
}
