import { AppError } from '../errors.ts'
import type { Spool } from './spool.ts'
import type { Delivery, FinishedJob, StreamRequest } from './stream-model.ts'
import { makeStreamRecorder, type StreamRecorderDeps } from './stream-record.ts'
import { makeStreamSealer, StreamRefused, type StreamSealerDeps } from './stream-sealer.ts'
import { StreamWork } from './stream-work.ts'

export interface SealStreamDeps extends StreamSealerDeps, StreamRecorderDeps {
  readonly spool: Spool
}

/**
 * Seal documents as they come and give them back as soon as they are written down, in the order in
 * which that happens. Nothing is read that there is no room for: who does not take the results
 * holds up the reading. What a group of deliveries refers to lives until the next is asked for.
 *
 * @throws AppError before the first delivery, when none will come: the seal, the right, the HSM, too
 *   many streams. After that, whatever goes wrong is a delivery.
 */
export type SealStream = (request: StreamRequest) => AsyncGenerator<readonly Delivery[], void>

/** Each holds memory. */
const STREAMS_MAX = 8
const JOBS_PER_THREAD = 2

export function makeSealStream(deps: SealStreamDeps): SealStream {
  let streams = 0
  return async function* sealStream(request) {
    if (streams >= STREAMS_MAX) throw tooMany()
    streams += 1
    try {
      await deps.access.forUse(request.sealId, request.client)
      yield* run(deps, request)
    } finally {
      streams -= 1
    }
  }
}

async function* run(deps: SealStreamDeps, request: StreamRequest) {
  let hasAnswered = false
  const left = new AbortController()
  const signal = AbortSignal.any([request.signal, left.signal])
  const wanted = { ...request, signal }
  const seal = makeStreamSealer(deps, wanted, () => hasAnswered)
  const record = makeStreamRecorder(deps, wanted)
  const jobsMax = JOBS_PER_THREAD * deps.engine.threads
  const work = new StreamWork({ spool: deps.spool, jobsMax, seal, log: deps.log }, wanted)
  void work.read()
  let held: readonly FinishedJob[] = []
  try {
    for (;;) {
      const finished = await nextOf(work)
      if (finished === undefined) break
      held = finished
      const deliveries = await record(finished)
      hasAnswered = true
      if (!signal.aborted) yield deliveries
      work.release(held)
      held = []
    }
    if (work.broken !== undefined && !signal.aborted) {
      yield [{ kind: 'broken', error: work.broken } as const]
    }
  } finally {
    left.abort()
    work.release(held)
    // What the HSM has signed is written down, though nobody takes it.
    for await (const finished of rest(work)) {
      await record(finished)
      work.release(finished)
    }
  }
}

async function nextOf(work: StreamWork): Promise<readonly FinishedJob[] | undefined> {
  try {
    return await work.next()
  } catch (error) {
    throw error instanceof StreamRefused ? error.cause : error
  }
}

async function* rest(work: StreamWork): AsyncGenerator<readonly FinishedJob[]> {
  try {
    for (let next = await work.next(); next !== undefined; next = await work.next()) yield next
  } catch {
    // It was thrown before, or nobody is there to be told.
  }
}

function tooMany(): AppError {
  return new AppError(
    'too-many-requests',
    `This server works on ${STREAMS_MAX} streams at once. Send this one when another has ended.`,
    { hints: { retryAfterSeconds: 5 } },
  )
}
