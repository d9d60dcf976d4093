import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type BatchEvent,
  type BatchState,
  currentRate,
  etaSeconds,
  isFinished,
  nextRate,
  transition,
} from '../../src/batches/model.ts'
import { runs } from '../support/laws.ts'

const STATES: readonly BatchState[] = [
  'open',
  'queued',
  'running',
  'completed',
  'completed_with_failures',
  'cancelled',
]

describe('the states of a batch', () => {
  test.each<[BatchEvent, Partial<Record<BatchState, BatchState>>]>([
    ['start', { open: 'queued' }],
    ['work', { queued: 'running' }],
    ['complete', { queued: 'completed', running: 'completed' }],
    ['fail', { queued: 'completed_with_failures', running: 'completed_with_failures' }],
    ['cancel', { open: 'cancelled', queued: 'cancelled', running: 'cancelled' }],
    ['retry', { completed_with_failures: 'queued' }],
  ])('%s leads where it should, and from nowhere else', (event, wanted) => {
    const { from, to } = transition(event)
    const got = Object.fromEntries(STATES.filter((s) => from.includes(s)).map((s) => [s, to]))
    expect(got).toEqual(wanted)
  })

  test('three are ends', () => {
    expect(STATES.filter(isFinished)).toEqual(['completed', 'completed_with_failures', 'cancelled'])
  })
})

describe('the rate', () => {
  test('of a steady batch is what it is, from its first group on', () => {
    const perSecond = fc.integer({ min: 1, max: 10_000 })
    const everyMs = fc.integer({ min: 10, max: 1_000 })
    fc.assert(
      fc.property(perSecond, everyMs, fc.integer({ min: 1, max: 200 }), (wanted, ms, groups) => {
        let rate = { perSecond: 0, at: 0 }
        for (let i = 1; i <= groups; i += 1) {
          rate = nextRate(rate, { documents: (wanted * ms) / 1000, now: i * ms, startedAt: 0 })
        }
        // What is done is told at the end of its time, so the mean is a little high, never low.
        expect(rate.perSecond).toBeGreaterThanOrEqual(wanted * 0.999)
        expect(rate.perSecond).toBeLessThanOrEqual(wanted * (1 + ms / 5_000))
      }),
      runs(100),
    )
  })

  test('falls while nothing is done, and a clock that is set back does not make it more', () => {
    const rate = { perSecond: 100, at: 10_000 }
    expect(currentRate(rate, 10_000)).toBe(100)
    expect(currentRate(rate, 15_000)).toBeCloseTo(36.8, 1)
    expect(currentRate(rate, 5_000)).toBe(100)
    expect(nextRate(rate, { documents: 0, now: 5_000, startedAt: 0 }).at).toBe(10_000)
  })

  test.each([
    { pending: 0, perSecond: 0, seconds: 0 },
    { pending: 10, perSecond: 0, seconds: undefined },
    { pending: 10, perSecond: 4, seconds: 3 },
  ])(
    'says that $pending at $perSecond a second take $seconds s',
    ({ pending, perSecond, seconds }) => {
      expect(etaSeconds(pending, perSecond)).toBe(seconds)
    },
  )
})
