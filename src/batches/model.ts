import type { SealOptions } from '../engine/seal-options.ts'
import type { Problem } from './problem.ts'

export type BatchState =
  | 'open'
  | 'queued'
  | 'running'
  | 'completed'
  | 'completed_with_failures'
  | 'cancelled'

/** What is asked of a batch, or happens to it. */
export type BatchEvent = 'start' | 'work' | 'complete' | 'fail' | 'cancel' | 'retry'

/** The one table of states: from which each event leads where. */
const TRANSITIONS = {
  start: { from: ['open'], to: 'queued' },
  work: { from: ['queued'], to: 'running' },
  complete: { from: ['queued', 'running'], to: 'completed' },
  fail: { from: ['queued', 'running'], to: 'completed_with_failures' },
  cancel: { from: ['open', 'queued', 'running'], to: 'cancelled' },
  retry: { from: ['completed_with_failures'], to: 'queued' },
} as const satisfies Record<BatchEvent, { from: readonly BatchState[]; to: BatchState }>

export function transition(event: BatchEvent): { from: readonly BatchState[]; to: BatchState } {
  return TRANSITIONS[event]
}

/** Nothing more will happen to it by itself. */
export function isFinished(state: BatchState): boolean {
  return state === 'completed' || state === 'completed_with_failures' || state === 'cancelled'
}

export interface Batch {
  readonly id: string
  readonly clientId: string
  readonly sealId: string
  readonly label: string | undefined
  readonly options: SealOptions
  /** Of the request that opened it. */
  readonly requestId: string
  readonly callback: { readonly url: string; readonly secret: string } | undefined
  readonly state: BatchState
  /** What keeps the documents that are left from being sealed at the moment. */
  readonly waiting: Problem | undefined
  readonly counts: BatchCounts
  /** Number of the last document event. */
  readonly eventNo: number
  readonly rate: Rate
  readonly createdAt: number
  readonly startedAt: number | undefined
  readonly finishedAt: number | undefined
  /** When its files are removed. */
  readonly expiresAt: number | undefined
}

interface BatchCounts {
  readonly total: number
  readonly sealed: number
  readonly failed: number
  readonly pending: number
}

/** Documents a second, as a mean in which what is long ago counts little. */
export interface Rate {
  readonly perSecond: number
  /** Unix ms. */
  readonly at: number
}

const RATE_MS = 5_000

/**
 * The rate after some more documents: what happened t ago weighs e^(-t/5 s).
 *
 * @param startedAt - Before it nothing can have happened: a young batch has its plain mean.
 */
export function nextRate(
  { perSecond, at }: Rate,
  done: { readonly documents: number; readonly now: number; readonly startedAt: number },
): Rate {
  const now = Math.max(done.now, at)
  const weightOf = (since: number) => 1 - Math.exp(-Math.max(1, since - done.startedAt) / RATE_MS)
  const kept = perSecond * weightOf(at) * Math.exp(-(now - at) / RATE_MS)
  const fresh = done.documents / (RATE_MS / 1000)
  return { perSecond: (kept + fresh) / weightOf(now), at: now }
}

/** How fast it goes now: the rate falls while nothing is done. */
export function currentRate({ perSecond, at }: Rate, now: number): number {
  return perSecond * Math.exp(-Math.max(0, now - at) / RATE_MS)
}

/** Seconds until all are done, at this rate; undefined while nothing moves. */
export function etaSeconds(pending: number, perSecond: number): number | undefined {
  if (pending === 0) return 0
  return perSecond < 0.01 ? undefined : Math.ceil(pending / perSecond)
}

/** A document of a batch, as its client is told. */
export interface BatchDocument {
  readonly seq: number
  readonly name: string
  readonly state: DocumentState
  readonly bytes: number
  /** Of the original. */
  readonly sha256: string
  readonly sealed:
    | { readonly operationId: string; readonly sha256: string; readonly bytes: number }
    | undefined
  readonly problem: Problem | undefined
}

export const DOCUMENT_STATES = ['pending', 'sealed', 'failed'] as const
export type DocumentState = (typeof DOCUMENT_STATES)[number]
