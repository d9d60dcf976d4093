import fc from 'fast-check'
import { expect, test } from 'vitest'
import { chooseWay } from '../../hsm/way-choice.ts'

const same = (ms: number) => ms

/** How often each way is chosen when `random` runs through its range. */
function shares(expected: readonly number[]): number[] {
  const draws = Array.from({ length: 1_000 }, (_, i) => chooseWay(expected, same, i / 1_000))
  return expected.map((ms) => draws.filter((drawn) => drawn === ms).length / draws.length)
}

test('two equal ways get half each', () => {
  const draws = Array.from({ length: 1_000 }, (_, i) => chooseWay(['a', 'b'], () => 2, i / 1_000))
  expect(draws.filter((drawn) => drawn === 'a')).toHaveLength(500)
})

test('a way that takes twice as long gets a ninth', () => {
  expect(shares([2, 4])[1]).toBeCloseTo(1 / 9, 2)
})

test('however slow, a way gets something', () => {
  expect(shares([1, 10_000])[1]).toBeGreaterThan(0.04)
})

test('one of the ways is chosen, whatever is expected of them', () => {
  const ways = fc.array(fc.double({ min: 0, max: 1e9, noNaN: true }), { minLength: 1 })
  const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  fc.assert(
    fc.property(ways, random, (each, drawn) => {
      expect(each).toContain(chooseWay(each, same, drawn))
    }),
  )
})

test('without ways there is nothing to choose', () => {
  expect(() => chooseWay([], same, 0)).toThrow(RangeError)
})
