import { setTimeout as sleep } from 'node:timers/promises'
import { EXIT, ExitError } from '../exit.ts'
import { Refusal } from './refusal.ts'

/** How long a server may be away before the command gives up. */
const PATIENCE_MS = 5 * 60_000
const FIRST_DELAY_MS = 500
const DELAY_MS_MAX = 15_000

/** Do something until it succeeds, as long as what is wrong may pass. */
export type Patiently = <T>(attempt: () => Promise<T>) => Promise<T>

/**
 * Failures of the network and of a server that is busy or starting are waited out. A server that
 * was never reached is not waited for: its URL may be wrong.
 *
 * @param onTrouble - Told what is wrong, and undefined once it has passed.
 */
export function makePatience(
  signal: AbortSignal,
  onTrouble: (words: string | undefined) => void,
): Patiently {
  let wasReached = false

  return async (attempt) => {
    let deadline: number | undefined
    for (let failures = 0; ; failures += 1) {
      try {
        const result = await attempt()
        wasReached = true
        if (failures > 0) onTrouble(undefined)
        return result
      } catch (error) {
        signal.throwIfAborted()
        if (error instanceof Refusal) wasReached = true
        deadline ??= performance.now() + PATIENCE_MS
        if (!isPassing(error) || !wasReached) throw error
        if (performance.now() > deadline) throw gaveUp(error)
        onTrouble(error.message)
        await pause(delayAfter(error, failures), signal)
      }
    }
  }
}

/** @throws What the signal was aborted with. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await sleep(ms, undefined, { signal }).catch(() => {})
  signal.throwIfAborted()
}

function isPassing(error: unknown): error is ExitError | Refusal {
  if (error instanceof Refusal) return error.isPassing
  return error instanceof ExitError && error.exitCode === EXIT.unreachable
}

/** What the server asks for, or twice as long each time, up to half of it by chance. */
function delayAfter(error: ExitError | Refusal, failures: number): number {
  if (error instanceof Refusal && error.retryAfterMs !== undefined) return error.retryAfterMs
  const delay = Math.min(FIRST_DELAY_MS * 2 ** failures, DELAY_MS_MAX)
  return delay * (0.5 + Math.random() / 2)
}

function gaveUp(error: ExitError | Refusal): ExitError {
  return new ExitError(EXIT.unreachable, `Gave up after some minutes: ${error.message}`)
}
