import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Appliance } from './appliance.ts'
import { makeClaims } from './batches/claims.ts'
import { openBatchFiles } from './batches/files/batch-files.ts'
import { startRunner } from './batches/runner.ts'
import { type Batches, makeBatches } from './batches/service.ts'
import type { Config } from './config.ts'
import { type Engine, startEngine } from './engine/engine.ts'
import { rethrowGuardError } from './guard-access.ts'
import { makeIdMaker } from './ids.ts'
import type { SealAccess } from './sealing/seal-access.ts'

const DAY_MS = 86_400_000
const NODE_BYTES = 8

/** Everything that works on batches in this process. */
export interface BatchWork {
  readonly batches: Batches
  readonly engine: Engine
  /** Finish the documents under way, give back the rest. */
  close(): Promise<void>
}

/** Open the files of batches, start the engine, go on with what was left. */
export async function startBatchWork(
  config: Config,
  { db, guard, now }: Appliance,
  { access, log }: { access: SealAccess; log: Logger },
): Promise<BatchWork> {
  const isSqlite = config.databaseUrl.startsWith('sqlite:')
  const node = randomBytes(NODE_BYTES).toString('hex')
  const dir = join(config.filesDir, 'batches')
  const retentionMs = config.batchRetentionDays && config.batchRetentionDays * DAY_MS
  const files = await openBatchFiles(dir, { node })
  const engine = startEngine({
    guardSocket: guard.socketPath,
    batchesDir: dir,
    node,
    log,
    rethrow: rethrowGuardError,
    ...(config.threads !== undefined && { threads: config.threads }),
  })
  const makeId = makeIdMaker()
  const runner = startRunner({
    ...{ db, files, engine, access, makeId, retentionMs, now, log },
    claims: makeClaims({ dialect: isSqlite ? 'sqlite' : 'postgres', node }),
    isAlone: isSqlite,
    onFinished: async () => {},
    onProgress: () => {},
  })
  const wake = () => runner.wake()
  const batches = makeBatches({ db, files, access, makeId, retentionMs, wake, now })
  return {
    batches,
    engine,
    async close() {
      await runner.stop()
      await engine.close()
      await files.close()
    },
  }
}
