import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import { createApp } from './app.ts'
import { type Appliance, openAppliance } from './appliance.ts'
import { getTlsIdentity, type TlsIdentity } from './authority/tls.ts'
import { type BatchWork, startBatchWork } from './batch-work.ts'
import { makeAuthenticate } from './clients/service.ts'
import type { Config } from './config.ts'
import { AppError } from './errors.ts'
import { startHotFolderWork } from './hotfolder-work.ts'
import { makeReceiveDocument } from './http/body.ts'
import { makeIdMaker } from './ids.ts'
import { type Listener, listen } from './listener.ts'
import { type Metrics, makeMetrics } from './metrics.ts'
import { getOrganisation } from './people/service.ts'
import { makeCheckReadiness } from './readiness.ts'
import { makeSealDigests } from './sealing/digests.ts'
import { type FileStore, makeFileStore } from './sealing/file-store.ts'
import { forgetOldRepetitions } from './sealing/repetitions.ts'
import { makeSealAccess, type SealAccess } from './sealing/seal-access.ts'
import { makeSealing, type Sealing } from './sealing/service.ts'
import { openSpool } from './sealing/spool.ts'
import { makeSealStream } from './sealing/stream.ts'
import { makeVerify } from './verify/service.ts'
import { readTrustFolder } from './verify/trust-folder.ts'

export interface RunningServer {
  readonly port: number
  /** Close the port, finish what is on its way, then close guard and database. */
  stop(): Promise<void>
}

const GRACE_MS = 30_000
const MAINTENANCE_MS = 3_600_000
const DAY_MS = 86_400_000

/**
 * Start the whole appliance: database, guard, port.
 *
 * @throws AppError when the configuration is wrong or the data folder was not initialised.
 */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  const appliance = await openAppliance(config, log)
  return orClose(appliance, async () => {
    await getOrganisation(appliance.db)
    const tls = await tlsIdentity(config, appliance)
    const access = makeSealAccess(appliance)
    const work = await startBatchWork(config, appliance, { access, log })
    return orClose(work, () => serve(config, appliance, { access, work, tls, log }))
  })
}

interface Served {
  readonly access: SealAccess
  readonly work: BatchWork
  readonly tls: TlsIdentity
  readonly log: Logger
}

/** Open the port, and what comes in beside it. */
async function serve(
  config: Config,
  appliance: Appliance,
  { access, work, tls, log }: Served,
): Promise<RunningServer> {
  const metrics = makeMetrics()
  const sealing = composeSealing(config, appliance, { access, work, metrics })
  const app = await composeApp(config, appliance, { access, work, sealing, metrics, log })
  const listener = await listen(app, config.listen, tls)
  const files = answersOf(config)
  const hotFolders = startHotFolderWork(config, appliance, { sealing, files, log })
  const maintenance = keepUp(config, appliance, listener, log)
  log.info({ host: config.listen.host, port: listener.port, url: config.publicUrl }, 'listening')
  return {
    port: listener.port,
    async stop() {
      clearInterval(maintenance)
      // Who watches would hold the port open until the end of the grace.
      work.batchEvents.close()
      await Promise.all([listener.close(GRACE_MS), hotFolders.stop()])
      await work.close()
      await appliance.close()
    },
  }
}

/** What was opened is closed again when what follows fails: nothing keeps the process alive. */
async function orClose<T>(opened: { close(): Promise<void> }, go: () => Promise<T>): Promise<T> {
  try {
    return await go()
  } catch (error) {
    await opened.close()
    throw error
  }
}

/** Documents one by one, for the API and for hot folders. */
function composeSealing(
  config: Config,
  { db, now }: Appliance,
  { access, work, metrics }: { access: SealAccess; work: BatchWork; metrics: Metrics },
): Sealing {
  const sealing = makeSealing({
    db,
    files: answersOf(config),
    access,
    engine: work.engine,
    now,
  })
  return measured(sealing, metrics)
}

/** With the batches: a repetition may come to another node. */
function answersOf({ filesDir }: Config): FileStore {
  return makeFileStore(join(filesDir, 'files'))
}

interface Parts {
  readonly access: SealAccess
  readonly work: BatchWork
  readonly sealing: Sealing
  readonly metrics: Metrics
  readonly log: Logger
}

async function composeApp(
  config: Config,
  appliance: Appliance,
  { access, work, sealing, metrics, log }: Parts,
) {
  const { db, guard, authority, now } = appliance
  metrics.watchGuard(() => guard.status())
  const spool = await openSpool(join(config.dataDir, 'spool'))
  const trust = readTrustFolder(config.trustDir)
  return createApp({
    log,
    metrics,
    authority,
    authenticateKey: makeAuthenticate({ db, now }),
    sealing,
    ...{ spool, now },
    batches: work.batches,
    batchEvents: work.batchEvents,
    listDeliveries: work.listDeliveries,
    sealDigests: makeSealDigests({
      ...{ db, access, now },
      engine: work.engine,
      files: answersOf(config),
      makeId: makeIdMaker(),
    }),
    sealStream: makeSealStream({
      ...{ db, access, spool, now, log },
      engine: work.engine,
      makeId: makeIdMaker(),
    }),
    receive: makeReceiveDocument(spool),
    verify: makeVerify({
      anchors: async () => [
        ...present(await authority.findCertificate('root')),
        ...(await trust()).anchors,
      ],
      certificates: async () => present(await authority.findCertificate('issuing')),
      crls: async () => [
        ...present(await authority.findCrl('root')),
        ...present(await authority.findCrl('issuing')),
        ...(await trust()).crls,
      ],
      now,
    }),
    checkReadiness: makeCheckReadiness({ guard, db, dirs: [config.dataDir, config.filesDir], log }),
  })
}

function present(der: Uint8Array | undefined): Uint8Array[] {
  return der === undefined ? [] : [der]
}

/** Every sealing as a sample of the metrics, by its outcome. */
function measured(sealing: Sealing, metrics: Metrics): Sealing {
  return {
    ...sealing,
    async apply(request) {
      const startedAt = performance.now()
      const observe = (outcome: string) =>
        metrics.observeSeal({
          // Only a seal that exists may become a label: names from outside are without bound.
          seal: outcome === 'seal-not-found' ? '' : request.sealId,
          outcome,
          seconds: (performance.now() - startedAt) / 1000,
        })
      try {
        const sealed = await sealing.apply(request)
        observe('sealed')
        return sealed
      } catch (error) {
        observe(error instanceof AppError ? error.code : 'internal')
        throw error
      }
    },
  }
}

/** The configured certificate, or one of the internal CA for every name the server is called by. */
async function tlsIdentity(config: Config, { authority, now }: Appliance): Promise<TlsIdentity> {
  if (config.tls !== undefined) {
    const { keyFile, certFile } = config.tls
    return { key: await readFile(keyFile, 'utf8'), cert: await readFile(certFile, 'utf8') }
  }
  const { host } = config.listen
  const isWildcard = host === '0.0.0.0' || host === '::'
  const names = [
    new URL(config.publicUrl).hostname.replace(/^\[|\]$/g, ''),
    ...(isWildcard ? [hostname()] : [host]),
    'localhost',
    '127.0.0.1',
  ]
  return getTlsIdentity(join(config.dataDir, 'tls'), [...new Set(names)], { authority, now })
}

/** Once an hour: revocation lists and the TLS certificate before they end; old answers go. */
function keepUp(config: Config, appliance: Appliance, listener: Listener, log: Logger) {
  const renew = async () => {
    await appliance.authority.publishWhatIsDue()
    listener.renewTls(await tlsIdentity(config, appliance))
  }
  const forget = async () => {
    const { batchRetentionDays: days } = config
    if (days === undefined) return
    const answers = { db: appliance.db, files: answersOf(config) }
    while (await forgetOldRepetitions(answers, appliance.now() - days * DAY_MS));
  }
  const attempt = () => {
    for (const task of [renew, forget]) {
      task().catch((error) => log.error({ err: error }, 'hourly maintenance failed; tried again'))
    }
  }
  attempt()
  return setInterval(attempt, MAINTENANCE_MS)
}
