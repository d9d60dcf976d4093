import type { ArchiveEntry } from '../archives/archive-entry.ts'
import type { ApiClient } from '../clients/model.ts'
import type { DocumentPlace, FailedOutcome, Outcome } from '../engine/job.ts'
import type { SealOptions } from '../engine/seal-options.ts'
import { AppError } from '../errors.ts'
import type { Delegation } from '../rights/can.ts'
import type { Seal } from './model.ts'

/** Documents that one client sends to have them sealed alike, as many as it likes. */
export interface StreamRequest {
  readonly client: ApiClient
  readonly sealId: string
  readonly options: SealOptions
  readonly requestId: string
  readonly entries: AsyncIterable<ArchiveEntry>
  /** Aborted when nobody takes the results any more. */
  readonly signal: AbortSignal
}

/** A document that has come whole. */
export interface StreamDocument {
  readonly name: string
  readonly place: DocumentPlace
  readonly bytes: number
}

/** Documents that are sealed together. `release` frees what holds them. */
export interface StreamJob {
  readonly documents: readonly StreamDocument[]
  release(): void
}

/** The right by which the documents of a job were sealed, and the time their seals say. */
export interface StreamRight {
  readonly seal: Seal
  readonly delegation: Delegation
  /** Unix ms. */
  readonly at: number
}

/** A job and what became of each of its documents. Without a right none was sealed. */
export interface FinishedJob {
  readonly job: StreamJob
  readonly outcomes: readonly Outcome[]
  readonly right: StreamRight | undefined
}

/** Of the last file that is given back: no document may have it. */
export const REPORT_NAME = 'report.json'

/** What is given back. */
export type Delivery = SealedDelivery | FailedDelivery | BrokenDelivery

export interface SealedDelivery {
  readonly kind: 'sealed'
  readonly name: string
  readonly operationId: string
  /** The sealed file is the original … */
  readonly original: DocumentPlace
  readonly originalBytes: number
  /** … followed by this. */
  readonly appended: Uint8Array
  readonly sealedSha256: string
  readonly warnings: readonly string[]
}

interface FailedDelivery {
  readonly kind: 'failed'
  readonly name: string
  readonly error: AppError
}

/** The documents cannot be read further. Those before were worked on as if it had ended. */
interface BrokenDelivery {
  readonly kind: 'broken'
  readonly error: AppError
}

export function failedWith({ code, message, hints }: AppError): FailedOutcome {
  return { ok: false, code, message, hints }
}

export function errorOf({ code, message, hints }: FailedOutcome): AppError {
  return new AppError(code, message, { hints })
}

/** What may be told of a failure that nobody wrote for a client. */
export const INTERNAL = new AppError(
  'internal',
  'The server failed on this document; its log says why.',
)
