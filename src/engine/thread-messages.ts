import type { GuardErrorCode } from '../../hsm/errors.ts'
import type { ErrorCode, ErrorHints } from '../errors.ts'
import type { DigestJob, SignedDigests } from './digest-job.ts'
import type { Outcome, SealJob } from './job.ts'
import type { SealKit } from './seal-kit.ts'

/** What a thread is born with. */
export interface ThreadData {
  readonly guardSocket: string
  /** The folder of all batches. */
  readonly batchesDir: string
  /** This start of the server, unique among all that write into that folder. */
  readonly node: string
  /** This thread, unique in this start. */
  readonly number: number
}

/** What a thread is told. A kit is sent once and named by its number. */
export type ToThread =
  | { readonly type: 'kit'; readonly number: number; readonly kit: SealKit }
  | { readonly type: 'forget-kit'; readonly number: number }
  | { readonly type: 'job'; readonly id: number; readonly kit: number; readonly job: SealJob }
  | { readonly type: 'digests'; readonly id: number; readonly kit: number; readonly job: DigestJob }

export type FromThread =
  | { readonly type: 'ready' }
  | { readonly type: 'alive' }
  /** A job is looked at from here on … */
  | { readonly type: 'begun' }
  /** … but for when it waits for signatures, until `answered`. */
  | { readonly type: 'asked' }
  | { readonly type: 'answered' }
  | { readonly type: 'done'; readonly id: number; readonly outcomes: Outcome[] }
  | { readonly type: 'signed'; readonly id: number; readonly signed: SignedDigests }
  | { readonly type: 'failed'; readonly id: number; readonly failure: JobFailure }

/** Errors lose their class on the way between threads; what is needed is told. */
export type JobFailure =
  | { kind: 'app'; code: ErrorCode; message: string; hints: ErrorHints }
  | { kind: 'guard'; code: GuardErrorCode; message: string; retryAfterSeconds?: number }
  | { kind: 'bug'; message: string }
