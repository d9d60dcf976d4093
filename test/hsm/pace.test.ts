import { expect, test } from 'vitest'
import { Pace } from '../../hsm/pace.ts'

/** One message after the other, each digest taking so long. */
function paceOf(msOfOne: number): Pace {
  const pace = new Pace()
  for (let i = 0; i < 10; i++) {
    pace.begin('k', 8, i * 8 * msOfOne).end((i + 1) * 8 * msOfOne, true)
  }
  return pace
}

test('what was measured is expected again', () => {
  expect(paceOf(3).expectMs('k', 10)).toBeCloseTo(30)
})

test('messages that are signed at the same time count by what comes out', () => {
  const pace = new Pace()
  let owed = [pace.begin('k', 10, 0), pace.begin('k', 10, 0)]
  for (let i = 1; i <= 10; i++) {
    const [first, second] = owed
    first?.end(i * 20, true)
    second?.end(i * 20 + 1, true)
    owed = [pace.begin('k', 10, i * 20), pace.begin('k', 10, i * 20 + 1)]
  }
  for (const each of owed) each.end(0, false)
  expect(pace.expectMs('k', 20)).toBeGreaterThan(10)
  expect(pace.expectMs('k', 20)).toBeLessThan(30)
})

test('who owes much is expected later', () => {
  const pace = paceOf(1)
  const before = pace.expectMs('k', 1)
  const owed = pace.begin('k', 100, 1_000)
  expect(owed.expectedMs).toBeCloseTo(100)
  expect(pace.expectMs('k', 1)).toBeCloseTo(before + 100)
  owed.end(2_000, false)
  expect(pace.expectMs('k', 1)).toBeCloseTo(before)
})

test.each([
  ['one that takes long gets one at a time', 50, 1_000, 1],
  ['one that is quick gets many', 0.2, 10_000, 160],
  ['the quickest gets no more than fit', 0.001, 10_000, 512],
  ['the rest is shared', 1, 20, 10],
  ['what is soon done is not shared', 0.5, 4, 4],
])('%s', (_name, msOfOne, remaining, size) => {
  expect(paceOf(msOfOne).messageSize('k', { remaining, ways: 2 })).toBe(size)
})
