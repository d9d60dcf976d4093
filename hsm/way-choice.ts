/** How strongly what will be done first is preferred; the slow ones are used too. */
const PREFERENCE = 3
/** A way that owes nothing is not infinitely better than one that owes little. */
const LEAST_MS = 0.01

/**
 * One of several ways, the likelier the sooner it would be done: of two equal ones each gets half,
 * and one that takes three times as long about one in thirty, by which it is seen to recover.
 *
 * @param random - In [0, 1).
 * @throws RangeError if there is none.
 */
export function chooseWay<Way>(
  ways: readonly Way[],
  expectMs: (way: Way) => number,
  random: number,
): Way {
  const weights = ways.map((way) => Math.max(LEAST_MS, expectMs(way)) ** -PREFERENCE)
  let left = random * weights.reduce((sum, weight) => sum + weight, 0)
  for (const [i, way] of ways.entries()) {
    left -= weights[i] ?? 0
    if (left < 0) return way
  }
  const last = ways.at(-1)
  if (last === undefined) throw new RangeError('There is no way to choose')
  return last
}
