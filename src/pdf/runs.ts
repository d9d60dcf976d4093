import { damaged } from './cursor.ts'

/** Consecutive object numbers that one part of a cross-reference speaks of. */
export interface Run {
  readonly first: number
  readonly count: number
}

/** Numbers of runs out of order are put in a map; an honest file with so many has them in order. */
const DISORDERED_NUMBERS_MAX = 200_000

/**
 * Finds the run a number lies in: by halving where the runs stand in order, as they nearly always
 * do. Where runs overlap, the first has it.
 *
 * @throws AppError `pdf-damaged` when too many numbers stand in disorder.
 */
export function makeRunFinder<T extends Run>(
  runs: readonly T[],
): (number: number) => T | undefined {
  const isOrdered = runs.every(({ first }, i) => {
    const before = runs[i - 1]
    return before === undefined || first >= before.first + before.count
  })
  if (!isOrdered) return findInDisorder(runs)
  return (number) => {
    let low = 0
    let high = runs.length
    while (low < high) {
      const middle = (low + high) >> 1
      const run = runs[middle]
      if (run !== undefined && run.first <= number) low = middle + 1
      else high = middle
    }
    const run = runs[low - 1]
    return run !== undefined && number < run.first + run.count ? run : undefined
  }
}

function findInDisorder<T extends Run>(runs: readonly T[]): (number: number) => T | undefined {
  const total = runs.reduce((sum, { count }) => sum + count, 0)
  if (total > DISORDERED_NUMBERS_MAX) throw damaged('its cross-reference is in disorder')
  const found = new Map<number, T>()
  for (const run of runs) {
    for (let number = run.first; number < run.first + run.count; number += 1) {
      if (!found.has(number)) found.set(number, run)
    }
  }
  return (number) => found.get(number)
}
