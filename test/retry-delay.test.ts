import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nextAttemptAt } from '../src/retry-delay.ts'
import { runs } from './support/laws.ts'

const HOUR_MS = 3_600_000
const DAYS_MS = 72 * HOUR_MS

test('pauses grow from five seconds to three hours, and there they stay', () => {
  const pauses = [1, 2, 3, 4, 5, 6, 7, 20].map((attempts) =>
    nextAttemptAt({ attempts, createdAt: 0, now: 0, random: 0.5 }),
  )

  expect(pauses).toEqual([5e3, 30e3, 120e3, 600e3, HOUR_MS, 3 * HOUR_MS, 3 * HOUR_MS, 3 * HOUR_MS])
})

test('a message that fails again and again is given up after three days, not before', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1 }),
      (jitter) => {
        let now = 0
        for (let attempts = 1; ; attempts += 1) {
          const random = jitter[attempts % jitter.length] ?? 0
          const next = nextAttemptAt({ attempts, createdAt: 0, now, random })
          if (next === undefined) break
          expect(next).toBeGreaterThan(now)
          now = next
        }
        expect(now).toBeLessThanOrEqual(DAYS_MS)
        expect(now).toBeGreaterThan(DAYS_MS - 4 * HOUR_MS)
      },
    ),
    runs(100),
  )
})
