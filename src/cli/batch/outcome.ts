import type { Problem } from './refusal.ts'

/** What became of one document: a line of `--json`. */
export type Outcome =
  | {
      readonly name: string
      readonly state: 'sealed'
      readonly operation: string
      /** Of the original. */
      readonly sha256: string
      readonly sealedSha256: string
      readonly out: string
    }
  | { readonly name: string; readonly state: 'failed'; readonly problem: Problem }
  /** Its sealed file was there before. */
  | { readonly name: string; readonly state: 'skipped'; readonly out: string }

/** How far it is. */
export interface Progress {
  readonly phase: 'sending' | 'sealing'
  /** Documents this phase is done with, of so many. */
  readonly done: number
  readonly total: number
  /** On the server. */
  readonly sealed: number
  readonly failed: number
  /** What it waits for. */
  readonly waiting: string | undefined
}

/** Who is told how a run goes. */
export interface Watcher {
  onOutcome(outcome: Outcome): void
  onProgress(progress: Progress): void
}
