import { join } from 'node:path'
import type { Logger } from 'pino'
import { createApp } from './app.ts'
import { type Appliance, makeAppliance, openStore } from './appliance.ts'
import { type BatchWork, startBatchWork } from './batch-work.ts'
import { makeAuthenticate } from './clients/service.ts'
import { type Config, listVariables } from './config.ts'
import type { Db } from './db/database.ts'
import { AppError } from './errors.ts'
import { isFirstRunOpen } from './first-run/opening.ts'
import { openFirstRunWork } from './first-run-work.ts'
import { type GuardAccess, openGuard } from './guard-access.ts'
import { startHotFolderWork } from './hotfolder-work.ts'
import { makeReceiveDocument } from './http/body.ts'
import { makeIdMaker } from './ids.ts'
import { type Listener, listen, type Surface } from './listener.ts'
import { type Metrics, makeMetrics } from './metrics.ts'
import { getOrganisation } from './people/service.ts'
import { type PeopleWork, startPeopleWork } from './people-work.ts'
import { makeCheckReadiness } from './readiness.ts'
import { makeSealDigests } from './sealing/digests.ts'
import { type FileStore, makeFileStore } from './sealing/file-store.ts'
import { forgetOldRepetitions } from './sealing/repetitions.ts'
import { makeSealAccess, type SealAccess } from './sealing/seal-access.ts'
import { makeSealing, type Sealing } from './sealing/service.ts'
import { openSpool } from './sealing/spool.ts'
import { makeSealStream } from './sealing/stream.ts'
import { makeListSettings } from './settings.ts'
import { tlsIdentity } from './tls-work.ts'
import { composeVerify } from './verify-work.ts'

export interface RunningServer {
  readonly port: number
  /** Close the port, finish what is on its way, then close guard and database. */
  stop(): Promise<void>
}

const GRACE_MS = 30_000
const MAINTENANCE_MS = 3_600_000
const DAY_MS = 86_400_000

/**
 * Start the whole appliance: database, guard, port. On an empty data folder the port leads to the
 * first run, and to the appliance as soon as that is over.
 *
 * @throws AppError when the configuration is wrong.
 */
export async function startServer(config: Config, log: Logger): Promise<RunningServer> {
  const db = await openStore(config)
  return orClose({ close: () => db.destroy() }, async () =>
    (await isFirstRunOpen(db)) ? startFirstRun(config, db, log) : startFounded(config, db, log),
  )
}

async function startFounded(config: Config, db: Db, log: Logger): Promise<RunningServer> {
  const guard = await openGuard(config, log)
  return orClose(guard, async () => {
    const appliance = makeAppliance(config, { db, guard })
    await getOrganisation(db)
    const tls = await tlsIdentity(config, appliance)
    const works = await openWorks(config, appliance, log)
    return orClose(works, async () => {
      const listener = await listen(works.app, config.listen, tls)
      tellListening(config, listener, log)
      return serve(config, appliance, { works, listener, log })
    })
  })
}

async function startFirstRun(config: Config, db: Db, log: Logger): Promise<RunningServer> {
  let surface: Surface | undefined
  let founded: Promise<RunningServer> | undefined
  const door: Surface = { fetch: (...request) => (surface ?? firstRun.app).fetch(...request) }
  const found = async (guard: GuardAccess) => {
    const appliance = makeAppliance(config, { db, guard })
    const works = await openWorks(config, appliance, log)
    const running = await orClose(works, async () =>
      serve(config, appliance, { works, listener, log }),
    )
    surface = works.app
    firstRun.release()
    return running
  }
  const firstRun = await openFirstRunWork(config, {
    ...{ db, log },
    renewTls: (tls) => listener.renewTls(tls),
    async handOver(guard) {
      founded ??= found(guard)
      await founded.catch((error) => {
        // The next request tries again.
        founded = undefined
        log.error({ err: error }, 'the appliance does not start')
      })
      if (surface === undefined) throw new AppError('internal', 'The appliance did not start.')
      return surface
    },
  })
  const listener = await orClose(firstRun, () => listen(door, config.listen, firstRun.tls))
  tellListening(config, listener, log)
  firstRun.announce(listener.port)
  return {
    port: listener.port,
    async stop() {
      const running = await founded?.catch(() => undefined)
      if (running !== undefined) return running.stop()
      await listener.close(GRACE_MS)
      await firstRun.close()
      await db.destroy()
    },
  }
}

function tellListening({ listen: { host }, publicUrl }: Config, { port }: Listener, log: Logger) {
  log.info({ host, port, url: publicUrl }, 'listening')
}

/** What works behind the port once there is an organisation. */
interface Works {
  readonly app: Surface
  readonly batches: BatchWork
  readonly sealing: Sealing
  close(): Promise<void>
}

async function openWorks(config: Config, appliance: Appliance, log: Logger): Promise<Works> {
  const access = makeSealAccess(appliance)
  const work = await startBatchWork(config, appliance, { access, log })
  return orClose(work, async () => {
    const metrics = makeMetrics()
    const sealing = composeSealing(config, appliance, { access, work, metrics })
    const people = await startPeopleWork(config, appliance, log)
    return orClose(people, async () => {
      const parts = { access, work, people, sealing, metrics, log }
      const app = await composeApp(config, appliance, parts)
      const close = async () => {
        await people.close()
        await work.close()
      }
      return { app, batches: work, sealing, close }
    })
  })
}

/** What comes in beside the port, and how all of it ends. */
function serve(
  config: Config,
  appliance: Appliance,
  { works, listener, log }: { works: Works; listener: Listener; log: Logger },
): RunningServer {
  const { batches, sealing } = works
  const files = answersOf(config)
  const hotFolders = startHotFolderWork(config, appliance, { sealing, files, log })
  const maintenance = keepUp(config, appliance, listener, log)
  return {
    port: listener.port,
    async stop() {
      clearInterval(maintenance)
      // Who watches would hold the port open until the end of the grace.
      batches.batchEvents.close()
      await Promise.all([listener.close(GRACE_MS), hotFolders.stop()])
      await works.close()
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
  readonly people: PeopleWork
  readonly sealing: Sealing
  readonly metrics: Metrics
  readonly log: Logger
}

async function composeApp(
  config: Config,
  appliance: Appliance,
  { access, work, people, sealing, metrics, log }: Parts,
) {
  const { db, guard, authority, now } = appliance
  metrics.watchGuard(() => guard.status())
  const spool = await openSpool(join(config.dataDir, 'spool'))
  const dirs = [config.dataDir, config.filesDir]
  const checkReadiness = makeCheckReadiness({ guard, db, dirs, log })
  const variables = listVariables(process.env)
  return createApp({
    web: {
      ...people.web,
      ...{ checkReadiness, guardStatus: () => guard.status() },
      listSettings: makeListSettings({ variables, checkReadiness }),
    },
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
    verify: composeVerify(config, appliance),
    checkReadiness,
  })
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
