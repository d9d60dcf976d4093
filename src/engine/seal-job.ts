import {
  type Draw,
  type FinishedSignature,
  type PreparedSignature,
  prepareAtOnce,
  prepareSignature,
} from '../ades/pades.ts'
import type { Extent } from '../batches/files/extent.ts'
import { AppError } from '../errors.ts'
import type { PdfSource } from '../pdf/source.ts'
import type { DocumentPlace, FailedOutcome, Outcome, SealedOutcome, SealJob } from './job.ts'
import { openDocuments } from './open-documents.ts'
import type { OpenFiles } from './open-files.ts'
import { type DrawSeal, sealContent } from './seal-content.ts'
import type { SealTools } from './seal-kit.ts'
import { warningsOf } from './seal-options.ts'
import { type Signer, signDocuments } from './sign-documents.ts'
import type { Slabs } from './slabs.ts'

/** Documents that are worked on without a pause, and whose digests travel together … */
const SLICE_DOCUMENTS = 32
/** … unless they are large: then fewer. */
const SLICE_BYTES = 8 << 20

/** A batch works for so long before others have their turn, ms. */
const TURN_MS = 4

export interface SealJobDeps {
  readonly signerFor: (priority: SealJob['priority']) => Signer
  readonly drawSeal: DrawSeal
  readonly files: OpenFiles
  readonly slabs: Slabs
  /** Appends sections to the log of a batch. @returns Their extents, in order. */
  readonly appendToLog: (
    batchId: string,
    sections: readonly Uint8Array[],
    epoch: number | undefined,
  ) => readonly Extent[]
}

type Attempt = PreparedSignature | FailedOutcome

/**
 * Seal the documents of a job: read, plan, hash, have the digests signed, check, embed. While the
 * guard signs one slice, the next is prepared.
 *
 * @returns One outcome a document, in order; what is wrong with a document is its outcome.
 * @throws AppError or GuardError for what is not a document's fault: HSM, disk. Then nothing of
 *   the job counts, and it may be asked again.
 */
export async function sealJob(
  deps: SealJobDeps,
  tools: SealTools,
  job: SealJob,
): Promise<Outcome[]> {
  try {
    return await sealSlices(deps, tools, job)
  } finally {
    // What belongs to no batch lies in a file of its own, which is removed as soon as it is sealed.
    if (job.logOf === undefined) {
      for (const place of job.documents) if ('path' in place) deps.files.close(place.path)
    }
  }
}

async function sealSlices(deps: SealJobDeps, tools: SealTools, job: SealJob): Promise<Outcome[]> {
  const slices: Promise<Outcome[]>[] = []
  const attempt = makeAttempt(deps, tools, job)
  let turnAt = performance.now()
  for (const places of slicesOf(job.documents)) {
    const { sources, release } = openDocuments(deps, places)
    const attempts: Attempt[] = []
    for (const source of sources) {
      const made = 'ok' in source ? source : attempt(source)
      attempts.push(made instanceof Promise ? await made : made)
      // What somebody waits for is taken in between.
      if (performance.now() - turnAt > TURN_MS) {
        await new Promise(setImmediate)
        turnAt = performance.now()
      }
    }
    const slice = finishSlice(deps, { tools, job, attempts }).finally(release)
    // It is awaited below; until then its failure is no surprise to anybody.
    slice.catch(() => {})
    slices.push(slice)
    await new Promise(setImmediate)
    turnAt = performance.now()
  }
  return (await Promise.all(slices)).flat()
}

function slicesOf(documents: readonly DocumentPlace[]): DocumentPlace[][] {
  const slices: DocumentPlace[][] = []
  let slice: DocumentPlace[] = []
  let bytes = 0
  for (const document of documents) {
    const length = 'bytes' in document ? document.bytes.length : document.length
    if (slice.length === SLICE_DOCUMENTS || (slice.length > 0 && bytes + length > SLICE_BYTES)) {
      slices.push(slice)
      slice = []
      bytes = 0
    }
    slice.push(document)
    bytes += length
  }
  if (slice.length > 0) slices.push(slice)
  return slices
}

/** Larger documents give way to others while they are hashed. */
const AT_ONCE_BYTES_MAX = 16 << 20

/** Does for each document what comes before the HSM; what is the same for all is made once. */
function makeAttempt(
  { drawSeal }: SealJobDeps,
  { kit, encoder }: SealTools,
  { options, at }: SealJob,
): (source: PdfSource) => Attempt | Promise<Attempt> {
  const request = { ...options, signedAt: at, signerName: kit.organisation }
  const content = sealContent(kit, options, at)
  const draw: Draw = (box) => drawSeal(content, box)
  // A field that exists may be visible, and only the document tells.
  const isInvisible = options.rect === undefined && options.field === undefined
  return (source) => {
    if (!isInvisible || source.length > AT_ONCE_BYTES_MAX) {
      return prepareSignature(source, encoder, request, draw).catch(failed)
    }
    try {
      return prepareAtOnce(source, encoder, request)
    } catch (error) {
      return failed(error)
    }
  }
}

async function finishSlice(
  deps: SealJobDeps,
  slice: { tools: SealTools; job: SealJob; attempts: readonly Attempt[] },
): Promise<Outcome[]> {
  const { tools, job, attempts } = slice
  const prepared = attempts.filter(isPrepared)
  if (prepared.length === 0) return attempts.flatMap((one) => (isPrepared(one) ? [] : [one]))
  const finished = await signDocuments(deps.signerFor(job.priority), tools, prepared)
  const sections = finished.map(({ appendix }) => appendix)
  const extents =
    job.logOf === undefined ? sections : deps.appendToLog(job.logOf, sections, job.logEpoch)
  let next = 0
  return attempts.map((one) => {
    if (!isPrepared(one)) return one
    const appended = extents[next]
    const signature = finished[next]
    next += 1
    if (appended === undefined || signature === undefined) {
      throw new RangeError('fewer sections than signatures')
    }
    return sealed(one, signature, appended)
  })
}

function sealed(
  prepared: PreparedSignature,
  signature: FinishedSignature,
  appended: Uint8Array | Extent,
): SealedOutcome {
  return {
    ok: true,
    fieldName: prepared.plan.fieldName,
    warnings: warningsOf(prepared.plan),
    originalBytes: prepared.originalBytes,
    originalSha256: hex(prepared.originalSha256),
    sealedSha256: hex(signature.sha256),
    signedDigest: hex(prepared.digest),
    appended,
  }
}

function isPrepared(attempt: Attempt): attempt is PreparedSignature {
  return 'digest' in attempt
}

/** A bug of ours is the document's outcome too: it must not stop those beside it. */
function failed(error: unknown): FailedOutcome {
  if (error instanceof AppError) {
    return { ok: false, code: error.code, message: error.message, hints: error.hints }
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  return { ok: false, code: 'internal', message: INTERNAL, hints: {}, stack }
}

const INTERNAL = 'The server failed on this document; its log says why.'

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
}
