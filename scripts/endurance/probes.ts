import type { IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'

const PROBE_EVERY_MS = 100

export interface Probe {
  readonly name: string
  /** Milliseconds of each answer. */
  readonly times: readonly number[]
}

/**
 * Ask for each of these things again and again, and note how long each took.
 *
 * @returns What ends it.
 */
export function startProbes(
  probes: Readonly<Record<string, () => Promise<IncomingMessage>>>,
): () => Promise<Probe[]> {
  let isOver = false
  const repeated = Object.entries(probes).map(async ([name, ask]) => {
    const times: number[] = []
    while (!isOver) {
      const startedAt = performance.now()
      const answer = await ask()
      await buffer(answer)
      if (answer.statusCode !== 200) throw new Error(`${name} answers ${answer.statusCode}`)
      times.push(performance.now() - startedAt)
      await sleep(PROBE_EVERY_MS)
    }
    return { name, times }
  })
  const all = Promise.all(repeated)
  // It is awaited at the end; until then its failure is no surprise to anybody.
  all.catch(() => {})
  return () => {
    isOver = true
    return all
  }
}

export function p95(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))] ?? Number.NaN
}
