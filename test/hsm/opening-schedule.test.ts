import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { backoffMs } from '../../hsm/backoff.ts'
import { OpeningSchedule } from '../../hsm/opening-schedule.ts'

const random = fc.double({ min: 0, max: 0.999_999, noNaN: true })

test('a wait is between half of its step and the step, which doubles up to its limit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100 }), random, (attempt, chance) => {
      const step = Math.min(30_000, 250 * 2 ** attempt)
      const waitMs = backoffMs(attempt, { firstMs: 250, maxMs: 30_000 }, chance)
      expect(waitMs).toBeGreaterThanOrEqual(Math.floor(step / 2))
      expect(waitMs).toBeLessThanOrEqual(step)
    }),
  )
})

describe('the token is opened', () => {
  test('at once the first time, then ever more rarely', () => {
    const schedule = new OpeningSchedule()
    const waits = Array.from({ length: 12 }, () => schedule.nextMs(0, 0.999))
    expect(waits[0]).toBe(0)
    expect(waits[1]).toBeLessThanOrEqual(250)
    expect(waits).toEqual(waits.toSorted((a, b) => a - b))
    expect(waits.at(-1)).toBeGreaterThan(29_000)
  })

  test.each([
    ['at once when it had been good for half a minute', 30_000, 0],
    ['later when it was lost right after', 1_000, 500],
  ])('%s', (_name, goodForMs, expected) => {
    const schedule = new OpeningSchedule()
    schedule.nextMs(0, 0.999)
    schedule.nextMs(0, 0.999)
    schedule.opened(1_000)
    expect(schedule.nextMs(1_000 + goodForMs, 0.999)).toBe(expected)
  })

  test('at once when an operator removed the cause', () => {
    const schedule = new OpeningSchedule()
    for (let i = 0; i < 9; i++) schedule.nextMs(0, 0)
    schedule.reset()
    expect(schedule.nextMs(0, 0)).toBe(0)
  })
})
