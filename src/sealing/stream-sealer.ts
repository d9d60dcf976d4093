import type { Logger } from 'pino'
import type { Engine } from '../engine/engine.ts'
import { AppError } from '../errors.ts'
import type { SealAccess } from './seal-access.ts'
import {
  type FinishedJob,
  failedWith,
  INTERNAL,
  type StreamJob,
  type StreamRequest,
} from './stream-model.ts'

export interface StreamSealerDeps {
  readonly access: SealAccess
  readonly engine: Pick<Engine, 'seal' | 'threads'>
  readonly now: () => number
  readonly log: Logger
  /** How long an HSM that went away is waited for. */
  readonly patienceMs?: number
}

const PATIENCE_MS = 60_000
const PAUSE = { firstMs: 250, maxMs: 5_000 } as const

/** A stream that has not answered yet is refused as a whole. */
export class StreamRefused extends Error {
  override readonly name = 'StreamRefused'
  override readonly cause: AppError

  constructor(cause: AppError) {
    super(cause.message)
    this.cause = cause
  }
}

/**
 * Seals jobs of a stream, the right checked anew for each. An HSM that goes away is asked again until
 * patience ends; then what is left fails with `hsm-unavailable`, and may be sent again.
 *
 * @param hasAnswered - Whether something was given back already.
 * @returns A function that throws StreamRefused when the HSM is away and nothing was given back yet.
 */
export function makeStreamSealer(
  deps: StreamSealerDeps,
  { client, sealId, options, signal }: StreamRequest,
  hasAnswered: () => boolean,
): (job: StreamJob) => Promise<FinishedJob> {
  const { access, engine, now, log, patienceMs = PATIENCE_MS } = deps
  let awaySince: number | undefined
  let givenUp: AppError | undefined

  return async (job) => {
    for (let pauseMs: number = PAUSE.firstMs; ; pauseMs = Math.min(2 * pauseMs, PAUSE.maxMs)) {
      if (givenUp !== undefined) return failed(job, givenUp)
      try {
        return await attempt(job)
      } catch (error) {
        const known = error instanceof AppError ? error : INTERNAL
        if (known === INTERNAL) log.error({ err: error }, 'stream: a job met a fault of ours')
        if (known.code !== 'hsm-unavailable') return failed(job, known)
        if (!hasAnswered()) throw new StreamRefused(known)
        awaySince ??= performance.now()
        const isOver = performance.now() - awaySince >= patienceMs || signal.aborted
        if (isOver) givenUp = known
        else await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    }
  }

  async function attempt(job: StreamJob): Promise<FinishedJob> {
    const { seal, delegation } = await access.forUse(sealId, client)
    const at = now()
    const documents = job.documents.map(({ place }) => place)
    const sealing = { options, at, documents, priority: 'batch' } as const
    const outcomes = await engine.seal(seal.tools.kit, sealing)
    awaySince = undefined
    for (const outcome of outcomes) {
      if (outcome.ok || outcome.stack === undefined) continue
      log.error({ stack: outcome.stack }, 'stream: a document met a fault of ours')
    }
    return { job, outcomes, right: { seal, delegation, at } }
  }
}

function failed(job: StreamJob, error: AppError): FinishedJob {
  return { job, outcomes: job.documents.map(() => failedWith(error)), right: undefined }
}
