import fc from 'fast-check'
import { expect, test } from 'vitest'
import { spreadOf } from '../../bench/statistics.ts'

test.each([
  { values: [3, 1, 2], median: 2 },
  { values: [4, 1, 2, 3], median: 2.5 },
  { values: [7], median: 7 },
  { values: [1234.56, 1234.56], median: 1235 },
])('the median of $values is $median', ({ values, median }) => {
  expect(spreadOf(values).median).toBe(median)
})

test('the order of the values does not matter, and the median lies between least and most', () => {
  const some = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1 })
  fc.assert(
    fc.property(some, (values) => {
      const { median, min, max } = spreadOf(values)
      expect(spreadOf([...values].reverse())).toEqual({ median, min, max })
      expect(min).toBeLessThanOrEqual(median)
      expect(median).toBeLessThanOrEqual(max)
    }),
  )
})
