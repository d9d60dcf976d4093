import type { Locale } from '../../views/locales/locale.ts'
import { nextAttemptAt, PATIENCE_MS } from '../retry-delay.ts'

export type Channel = 'mail' | 'sms'
export type NoticeState = 'waiting' | 'sent' | 'given-up' | 'expired'

/** A notice whose time has come, held for one attempt. */
export interface DueNotice {
  readonly id: string
  readonly kind: string
  readonly channel: Channel
  readonly locale: Locale
  readonly recipient: string
  readonly data: unknown
  /** 1, 2, 3 … */
  readonly attempt: number
  readonly createdAt: number
  readonly expiresAt: number
}

/** What came of an attempt. Words are the other side's own: for the administrator, never for logs. */
export type Outcome =
  | { readonly state: 'accepted' }
  | {
      /** `refused`: this notice will never be taken. `delayed`: it may be, later. */
      readonly state: 'refused' | 'delayed'
      /** A status or the name of an error: names nobody. */
      readonly code: string
      readonly words: string
    }

/** Brings one notice to its recipient; does not throw for what the other side does. */
export type Send = (notice: DueNotice, at: number) => Promise<Outcome>

/** What a notice is after an attempt. */
export interface Next {
  readonly state: NoticeState
  /** Of the next attempt, Unix ms; means nothing unless it waits. */
  readonly nextAt: number
}

/**
 * What follows from an attempt: the pauses are those of webhooks, and no attempt is made after the
 * end of what the notice brings.
 *
 * @param random - Evenly from [0, 1).
 */
export function whatNext(
  { attempt, createdAt, expiresAt }: DueNotice,
  outcome: Outcome,
  { now, random }: { readonly now: number; readonly random: number },
): Next {
  if (outcome.state === 'accepted') return { state: 'sent', nextAt: now }
  if (outcome.state === 'refused') return { state: 'given-up', nextAt: now }
  // A notice that an administrator has sent again begins its patience anew.
  const begunAt = Math.max(createdAt, expiresAt - PATIENCE_MS)
  const nextAt = nextAttemptAt({ attempts: attempt, createdAt: begunAt, now, random })
  if (nextAt === undefined || nextAt >= expiresAt) return { state: 'given-up', nextAt: now }
  return { state: 'waiting', nextAt }
}
