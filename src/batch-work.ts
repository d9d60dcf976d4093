import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Appliance } from './appliance.ts'
import { makeClaims } from './batches/claims.ts'
import { type BatchEvents, makeBatchEvents } from './batches/events.ts'
import { openBatchFiles } from './batches/files/batch-files.ts'
import { startRetention } from './batches/retention.ts'
import { startRunner } from './batches/runner.ts'
import { type Batches, makeBatches } from './batches/service.ts'
import { announceCompletion } from './batches/webhooks/completion-message.ts'
import { type Delivery, listDeliveries } from './batches/webhooks/delivery-store.ts'
import { makeSendMessage } from './batches/webhooks/send-message.ts'
import { systemTrust } from './batches/webhooks/system-trust.ts'
import { startWebhooks } from './batches/webhooks/webhooks.ts'
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
  readonly batchEvents: BatchEvents
  readonly engine: Engine
  /** The messages that told a batch's client of its end. */
  listDeliveries(batchId: string): Promise<Delivery[]>
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
  const dialect = isSqlite ? 'sqlite' : 'postgres'
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
  const batchEvents = makeBatchEvents({ db, log })
  const runner = startRunner({
    ...{ db, files, engine, access, makeId, retentionMs, now, log },
    claims: makeClaims({ dialect, node }),
    isAlone: isSqlite,
    onFinished: (tx, batch) => announceCompletion(tx, batch, { makeId, now }),
    onProgress: batchEvents.touch,
  })
  const wake = () => runner.wake()
  const batches = makeBatches({ db, files, access, makeId, retentionMs, wake, now })
  const webhooks = startWebhooks({
    ...{ db, dialect, now, log, random: Math.random },
    send: makeSendMessage({ trust: () => systemTrust(process.env.NODE_EXTRA_CA_CERTS) }),
  })
  const retention = startRetention({ db, files, dir, now, log })
  return {
    batches,
    batchEvents,
    engine,
    listDeliveries: (batchId) => listDeliveries(db, batchId),
    async close() {
      await runner.stop()
      await Promise.all([webhooks.stop(), retention.stop()])
      await engine.close()
      await files.close()
    },
  }
}
