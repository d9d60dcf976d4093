/**
 * The body of an engine thread: takes jobs, does everything that costs CPU, and asks the guard over
 * a connection of its own, so that nothing a document needs passes the main thread.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { connectGuard } from '../../hsm/client.ts'
import { GuardError } from '../../hsm/errors.ts'
import { SectionLogs } from '../batches/files/log.ts'
import { AppError } from '../errors.ts'
import { drawSeal } from '../pdf/drawing/draw-seal.ts'
import { signDigestJob } from './digest-job.ts'
import type { Outcome } from './job.ts'
import { OpenFiles } from './open-files.ts'
import { sealJob } from './seal-job.ts'
import { makeSealTools, type SealTools } from './seal-kit.ts'
import type { SignDigests } from './sign-documents.ts'
import { Slabs } from './slabs.ts'
import type { FromThread, JobFailure, ThreadData, ToThread } from './thread-messages.ts'

const ALIVE_EVERY_MS = 1_000

if (parentPort === null) throw new TypeError('engine-thread.ts is the body of a worker thread')
const port = parentPort
const { guardSocket, batchesDir, node, number }: ThreadData = workerData
const guard = connectGuard({ socketPath: guardSocket })
const logs = new SectionLogs({ dir: batchesDir, node, worker: number })
const kits = new Map<number, SealTools>()
const deps = {
  signerFor: (priority: 'interactive' | 'batch') => ({
    signDigests: async ({ digests, ...key }: Parameters<SignDigests>[0]) => {
      tell({ type: 'asked' })
      try {
        if (priority === 'batch') return await guard.signDigests({ ...key, digests, priority })
        // Those of several requests of a moment travel together.
        return await Promise.all(digests.map((digest) => guard.signDigest({ ...key, digest })))
      } finally {
        tell({ type: 'answered' })
      }
    },
    reportFault: guard.reportFault,
  }),
  drawSeal,
  files: new OpenFiles(),
  slabs: new Slabs(),
  appendToLog: (batchId: string, sections: readonly Uint8Array[], epoch?: number) =>
    logs.append(
      batchId,
      sections.map((section) => [section]),
      epoch,
    ),
}

port.on('message', (message: ToThread) => {
  if (message.type === 'kit') kits.set(message.number, makeSealTools(message.kit))
  else if (message.type === 'forget-kit') kits.delete(message.number)
  else void answer(message)
})
setInterval(() => tell({ type: 'alive' }), ALIVE_EVERY_MS).unref()
tell({ type: 'ready' })

async function answer(asked: ToThread & { type: 'job' | 'digests' }): Promise<void> {
  const { id, kit } = asked
  tell({ type: 'begun' })
  try {
    const tools = kits.get(kit)
    if (tools === undefined) throw new RangeError(`no kit ${kit} was sent`)
    if (asked.type === 'job') {
      const outcomes = await sealJob(deps, tools, asked.job)
      tell({ type: 'done', id, outcomes }, outcomes.flatMap(sectionBuffers))
    } else {
      const signed = await signDigestJob(deps.signerFor('batch'), tools, asked.job)
      tell({ type: 'signed', id, signed }, [signed.json.buffer])
    }
  } catch (error) {
    tell({ type: 'failed', id, failure: describe(error) })
  }
}

/** Sections that are handed over are not copied. */
function sectionBuffers(outcome: Outcome): ArrayBuffer[] {
  if (!outcome.ok || !(outcome.appended instanceof Uint8Array)) return []
  const { buffer, byteLength } = outcome.appended
  // Of a buffer that is shared with others, nothing may be given away.
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : []
}

function describe(error: unknown): JobFailure {
  if (error instanceof AppError) {
    return { kind: 'app', code: error.code, message: error.message, hints: error.hints }
  }
  if (error instanceof GuardError) {
    const { code, message, retryAfterSeconds } = error
    return {
      kind: 'guard',
      code,
      message,
      ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    }
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { kind: 'bug', message }
}

function tell(message: FromThread, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer)
}
