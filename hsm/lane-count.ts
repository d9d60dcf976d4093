import { availableParallelism } from 'node:os'
import type { OpenedToken } from './token-work.ts'

/** More would each cost a thread; HSMs are at their best below. */
const LANES_MAX = 64
/** What a device in the machine or on the network takes at least, and a library here never. */
const ELSEWHERE_MS = 0.1
/** Hides the way to an HSM, and leaves sessions for others on a small one. */
const LANES_ELSEWHERE = 16

/**
 * How many sessions are used at the same time.
 *
 * A token that computes on this machine gains nothing beyond its cores, and answers later. One that
 * is elsewhere is mostly waited for. One session is left for the making of keys.
 *
 * @param configured - What the operator wants, whatever was measured.
 */
export function lanesFor(
  {
    token,
    roundTripMs,
  }: Pick<OpenedToken, 'roundTripMs'> & {
    readonly token: Pick<OpenedToken['token'], 'sessionsMax'>
  },
  configured: number | undefined,
): number {
  const isElsewhere = roundTripMs !== undefined && roundTripMs >= ELSEWHERE_MS
  const wanted = configured ?? (isElsewhere ? LANES_ELSEWHERE : availableParallelism())
  return Math.max(1, Math.min(wanted, LANES_MAX, (token.sessionsMax ?? Infinity) - 1))
}
