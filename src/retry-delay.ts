const SECOND_MS = 1_000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS

/** Pauses after the first, the second … failed attempt; the last one goes on. */
const PAUSES_MS = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  HOUR_MS,
  3 * HOUR_MS,
] as const
/** A message that could not be delivered for so long is given up. */
export const PATIENCE_MS = 3 * 24 * HOUR_MS
/** So that receivers that were away do not get everything at one moment. */
const JITTER = 0.2

/**
 * When a message is tried again.
 *
 * @param random - Evenly from [0, 1).
 * @returns Unix ms, or undefined when it is given up.
 */
export function nextAttemptAt(failed: {
  readonly attempts: number
  readonly createdAt: number
  readonly now: number
  readonly random: number
}): number | undefined {
  const { attempts, createdAt, now, random } = failed
  const pauseMs = PAUSES_MS[Math.min(attempts, PAUSES_MS.length) - 1] ?? PAUSES_MS[0]
  const at = now + Math.round(pauseMs * (1 + JITTER * (2 * random - 1)))
  return at - createdAt > PATIENCE_MS ? undefined : at
}
