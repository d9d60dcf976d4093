import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PieceSizes } from '../../hsm/piece-sizes.ts'

describe('a piece', () => {
  test('has one digest as long as nothing is known of its kind', () => {
    const sizes = new PieceSizes()
    sizes.measured('rsa', { digests: 1, ms: 1 })
    expect(sizes.next('ec', { remaining: 100, lanes: 2 })).toBe(1)
  })

  test.each([
    { name: 'as many as fit into its time', msOfOne: 2, remaining: 1_000, lanes: 2, size: 8 },
    { name: 'one of a slow token', msOfOne: 900, remaining: 1_000, lanes: 2, size: 1 },
    { name: 'at most 32', msOfOne: 0.05, remaining: 1_000, lanes: 2, size: 32 },
    { name: 'its share of a small request', msOfOne: 0.5, remaining: 9, lanes: 4, size: 3 },
    { name: 'more than its share of very little', msOfOne: 0.05, remaining: 9, lanes: 4, size: 9 },
    { name: 'what is left', msOfOne: 0.05, remaining: 1, lanes: 4, size: 1 },
  ])('has $name', ({ msOfOne, remaining, lanes, size }) => {
    const sizes = new PieceSizes()
    sizes.measured('kind', { digests: 10, ms: 10 * msOfOne })
    expect(sizes.next('kind', { remaining, lanes })).toBe(size)
  })

  test('is never empty and never more than is left', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.integer({ min: 1, max: 64 }),
        (ms, remaining, lanes) => {
          const sizes = new PieceSizes()
          sizes.measured('kind', { digests: 3, ms })
          const size = sizes.next('kind', { remaining, lanes })
          expect(size).toBeGreaterThanOrEqual(1)
          expect(size).toBeLessThanOrEqual(remaining)
        },
      ),
    )
  })
})
