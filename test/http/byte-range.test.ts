import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseByteRange } from '../../src/http/byte-range.ts'

test.each([
  { header: undefined, range: undefined },
  { header: '', range: undefined },
  { header: 'bytes=-', range: undefined },
  { header: 'bytes=0-0', range: { from: 0, to: 1 } },
  { header: 'bytes= 5-', range: { from: 5, to: 10 } },
  { header: 'bytes=-3', range: { from: 7, to: 10 } },
  { header: 'bytes=-30', range: { from: 0, to: 10 } },
  { header: 'bytes=4-100', range: { from: 4, to: 10 } },
  { header: 'bytes=9-3', range: undefined },
  { header: 'bytes=0-1,3-4', range: undefined },
  { header: 'items=0-1', range: undefined },
  { header: 'bytes=0x1-2', range: undefined },
  { header: 'bytes=10-', range: 'unsatisfiable' },
  { header: 'bytes=-0', range: 'unsatisfiable' },
] as const)('of ten octets, $header is $range', ({ header, range }) => {
  expect(parseByteRange(header, 10)).toEqual(range)
})

test('whatever is asked, a range is not empty and lies within', () => {
  const number = fc.option(fc.nat(200), { nil: '' })
  fc.assert(
    fc.property(number, number, fc.nat(100), (first, last, length) => {
      const range = parseByteRange(`bytes=${first}-${last}`, length)
      if (range === undefined || range === 'unsatisfiable') return
      expect(range.from).toBeGreaterThanOrEqual(0)
      expect(range.from).toBeLessThan(range.to)
      expect(range.to).toBeLessThanOrEqual(length)
    }),
  )
})
