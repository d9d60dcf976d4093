import { Stats, statSync } from 'node:fs'
import { expect, test } from 'vitest'
import { Completeness } from '../../src/hotfolder/completeness.ts'

/** A file as it looks at a moment. */
function statsOf(look: { size: number; mtimeMs?: number; ino?: number }): Stats {
  return Object.assign(Object.create(Stats.prototype), statSync('.'), { mtimeMs: 1, ino: 1 }, look)
}

/** What is said at each look. */
function looks(given: readonly (readonly [at: number, size: number, mtimeMs?: number])[]) {
  const completeness = new Completeness(2_000)
  return given.map(([at, size, mtimeMs = 1]) => {
    const isComplete = completeness.look('a', statsOf({ size, mtimeMs }), at)
    completeness.endRound()
    return isComplete
  })
}

test.each([
  {
    what: 'that rests',
    given: [
      [0, 5],
      [1000, 5],
      [2000, 5],
    ],
    says: [false, false, true],
  },
  {
    what: 'that is looked at too rarely',
    given: [
      [0, 5],
      [9000, 5],
    ],
    says: [false, false],
  },
  {
    what: 'that is looked at too often',
    given: [
      [0, 5],
      [10, 5],
      [20, 5],
      [1999, 5],
      [2000, 5],
    ],
    says: [false, false, false, false, true],
  },
  {
    what: 'that grows',
    given: [
      [0, 5],
      [1000, 6],
      [2000, 7],
      [3000, 7],
      [4000, 7],
    ],
    says: [false, false, false, false, true],
  },
  {
    what: 'that is written again with the same length',
    given: [
      [0, 5, 1],
      [1000, 5, 1],
      [2000, 5, 2],
      [3000, 5, 2],
      [4000, 5, 2],
    ],
    says: [false, false, false, false, true],
  },
] as const)('a file $what', ({ given, says }) => {
  expect(looks(given)).toEqual(says)
})

test('another file of the same name begins anew', () => {
  const completeness = new Completeness(2_000)
  completeness.look('a', statsOf({ size: 5, ino: 1 }), 0)
  completeness.look('a', statsOf({ size: 5, ino: 1 }), 1000)

  expect(completeness.look('a', statsOf({ size: 5, ino: 2 }), 2000)).toBe(false)
})

test('a file that was gone at a look begins anew, and nothing is remembered of it', () => {
  const completeness = new Completeness(0)
  completeness.look('a', statsOf({ size: 5 }), 0)
  completeness.endRound()
  completeness.look('b', statsOf({ size: 5 }), 1000)
  completeness.endRound()

  expect(completeness.look('a', statsOf({ size: 5 }), 2000)).toBe(false)
  expect(completeness.size).toBe(2)
})
