import { availableParallelism } from 'node:os'
import type { Logger } from 'pino'
import type { DigestJob, SignedDigests } from './digest-job.ts'
import { EngineWorker, WorkerLost } from './engine-worker.ts'
import type { FailedOutcome, Outcome, SealJob } from './job.ts'
import type { SealKit } from './seal-kit.ts'

/** Seals documents in threads, so that the main thread stays free for requests. */
export interface Engine {
  /** How many threads there are: so many jobs, and some more, keep it busy. */
  readonly threads: number
  /**
   * @returns One outcome a document, in order.
   * @throws AppError when it is not the documents' fault (`hsm-unavailable`, `storage-full`).
   */
  seal(kit: SealKit, job: SealJob): Promise<Outcome[]>
  /** @throws AppError `hsm-unavailable`. */
  sign(kit: SealKit, job: DigestJob): Promise<SignedDigests>
  /** End one thread at once, as a crash would. Its jobs are done again. */
  crashOne(): Promise<void>
  close(): Promise<void>
}

export interface EngineOptions {
  readonly guardSocket: string
  /** The folder of all batches. */
  readonly batchesDir: string
  /** This start of the server, unique among all that write into that folder. */
  readonly node: string
  readonly threads?: number
  readonly log: Logger
  /** Turns what the guard refuses into what a client may be told; it throws. */
  readonly rethrow: (error: unknown) => never
  /** A thread that says nothing for so long is ended. */
  readonly silentMs?: number
}

/** Digests end no thread; but what else is under way in one may, again and again. */
const ATTEMPTS_MAX = 5

/** Alone in a thread, a document that ends it so often while it is worked on is set aside … */
const LONELY_DEATHS_MAX = 2
/** … and when its thread ends so often whatever it does, something else is wrong. */
const LONELY_LOSSES_MAX = 10

/** Start the threads. */
export function startEngine(options: EngineOptions): Engine {
  const { guardSocket, batchesDir, node, silentMs, log, rethrow } = options
  const { threads = availableParallelism() } = options
  let number = 0
  let isClosing = false
  const workers = Array.from({ length: threads }, start)

  function start(): EngineWorker {
    number += 1
    return new EngineWorker({ guardSocket, batchesDir, node, number }, silentMs)
  }

  /** The thread with the least to do; those that are gone are replaced first. */
  function leastLoaded(): EngineWorker {
    for (const [i, worker] of workers.entries())
      if (worker.isGone && !isClosing) workers[i] = start()
    return workers.reduce((least, worker) => (worker.load < least.load ? worker : least))
  }

  async function seal(kit: SealKit, job: SealJob): Promise<Outcome[]> {
    try {
      return await leastLoaded().run(kit, job)
    } catch (error) {
      if (!(error instanceof WorkerLost) || isClosing) return rethrow(error)
      log.error({ reason: error.message, documents: job.documents.length }, 'engine: a thread died')
      return sealOneByOne(kit, job)
    }
  }

  /**
   * Any of them may have ended the thread: each is tried alone, in a thread of its own, because
   * another job that is under way elsewhere could be the one that ends it.
   */
  async function sealOneByOne(kit: SealKit, job: SealJob): Promise<Outcome[]> {
    const outcomes: Outcome[] = []
    let worker = start()
    try {
      for (const document of job.documents) {
        const alone = { ...job, documents: [document] }
        let deaths = 0
        let losses = 0
        let outcome: Outcome | undefined
        while (outcome === undefined) {
          try {
            ;[outcome] = await worker.run(kit, alone)
          } catch (error) {
            if (!(error instanceof WorkerLost) || isClosing) return rethrow(error)
            losses += 1
            if (error.wasAtWork) deaths += 1
            log.error(
              { reason: error.message, deaths, losses },
              'engine: a document ended a thread',
            )
            if (losses === LONELY_LOSSES_MAX) return rethrow(error)
            if (deaths === LONELY_DEATHS_MAX) outcome = SET_ASIDE
            worker = start()
          }
        }
        outcomes.push(outcome)
      }
      return outcomes
    } finally {
      void worker.terminate('it was for one job')
    }
  }

  async function sign(kit: SealKit, job: DigestJob): Promise<SignedDigests> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await leastLoaded().sign(kit, job)
      } catch (error) {
        const isOver = !(error instanceof WorkerLost) || isClosing || attempt === ATTEMPTS_MAX
        if (isOver) return rethrow(error)
        log.error({ reason: error.message, attempt }, 'engine: a thread died with digests')
      }
    }
  }

  return {
    threads,
    seal,
    sign,
    async crashOne() {
      await leastLoaded().terminate('it was told to crash')
    },
    async close() {
      isClosing = true
      await Promise.all(workers.map((worker) => worker.terminate('the engine closes')))
    },
  }
}

/** Said of a document that ends whatever works on it. */
export const SET_ASIDE: FailedOutcome = {
  ok: false,
  code: 'pdf-damaged',
  message:
    'This document ended the process that worked on it twice, and was set aside. Repair it with another program, or show it to an administrator.',
  hints: {},
}
