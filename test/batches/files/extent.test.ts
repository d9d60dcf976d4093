import fc from 'fast-check'
import { expect, test } from 'vitest'
import { sliceExtents } from '../../../src/batches/files/extent.ts'

const CONTENT = { one: 'abcdef', two: 'ghijklmnop' }
const join = (parts: readonly { file: string; offset: number; length: number }[]) =>
  parts
    .map(({ file, offset, length }) =>
      (file === 'one' ? CONTENT.one : CONTENT.two).slice(offset, offset + length),
    )
    .join('')

test('a slice of the parts is the slice of what they hold', () => {
  const part = fc.record({
    file: fc.constantFrom('one', 'two'),
    offset: fc.nat(3),
    length: fc.nat(3),
  })
  fc.assert(
    fc.property(fc.array(part), fc.nat(20), fc.nat(20), (parts, a, b) => {
      const whole = join(parts)
      const from = Math.min(a, b, whole.length)
      const to = Math.min(Math.max(a, b), whole.length)
      expect(join(sliceExtents(parts, from, to))).toBe(whole.slice(from, to))
    }),
  )
})

test.each([
  { from: -1, to: 1 },
  { from: 0, to: 7 },
  { from: 4, to: 3 },
  { from: Number.NaN, to: 3 },
  { from: 0.5, to: 3 },
])('octets $from to $to of six are refused', ({ from, to }) => {
  const parts = [{ file: 'one', offset: 0, length: 6 }]
  expect(() => sliceExtents(parts, from, to)).toThrow(RangeError)
})
