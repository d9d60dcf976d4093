/**
 * How long to wait before the next attempt: exponential, with full jitter in the upper half so
 * that several guards do not knock on one HSM in step.
 *
 * @param attempt - 0 for the first wait.
 * @param random - In [0, 1).
 * @returns Milliseconds, between half of the step and the step.
 */
export function backoffMs(
  attempt: number,
  { firstMs, maxMs }: { firstMs: number; maxMs: number },
  random: number,
): number {
  const step = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30))
  return Math.round(step / 2 + (step / 2) * random)
}
