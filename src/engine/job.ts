import type { Extent } from '../batches/files/extent.ts'
import type { ErrorCode, ErrorHints } from '../errors.ts'
import type { SealOptions, Warning } from './seal-options.ts'

/** A document in memory (best in a `SharedArrayBuffer`: else it is copied), or a range of a file. */
export type DocumentPlace =
  | { readonly bytes: Uint8Array }
  | { readonly path: string; readonly offset: number; readonly length: number }

/** Documents to be sealed alike, as plain data: it goes to a thread. */
export interface SealJob {
  readonly options: SealOptions
  /** Unix ms, the time the seals say. */
  readonly at: number
  readonly documents: readonly DocumentPlace[]
  /** The batch whose log takes the appended sections; without it they come back. */
  readonly logOf?: string
  /** Raised when the log so far may have lost something: sections then go to another one. */
  readonly logEpoch?: number
  /** A single seal that somebody waits for goes before batches. */
  readonly priority: 'interactive' | 'batch'
}

/** What became of one document. Digests are lower-case hex. */
export type Outcome = SealedOutcome | FailedOutcome

export interface SealedOutcome {
  readonly ok: true
  readonly fieldName: string
  readonly warnings: readonly Warning[]
  readonly originalBytes: number
  readonly originalSha256: string
  readonly sealedSha256: string
  readonly signedDigest: string
  readonly appended: Uint8Array | Extent
}

/** The document's own fault: sealing it again would end the same way. */
export interface FailedOutcome {
  readonly ok: false
  readonly code: ErrorCode
  readonly message: string
  readonly hints: ErrorHints
  /** For the log, when the fault is ours. */
  readonly stack?: string
}
