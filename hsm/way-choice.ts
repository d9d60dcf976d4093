/** How strongly what will be done first is preferred. */
const PREFERENCE = 3
/** A slow way is given something now and then too, or it would not be seen to recover. */
const LEAST_WEIGHT = 1 / 20
/** A way that owes nothing is not infinitely better than one that owes little. */
const LEAST_MS = 0.01

/**
 * One of several ways, the likelier the sooner it would be done: of two equal ones each gets half,
 * one that takes twice as long gets a ninth.
 *
 * @param random - In [0, 1).
 * @throws RangeError if there is none.
 */
export function chooseWay<Way>(
  ways: readonly Way[],
  expectMs: (way: Way) => number,
  random: number,
): Way {
  const expected = ways.map((way) => Math.max(LEAST_MS, expectMs(way)))
  const best = Math.min(...expected)
  const weights = expected.map((ms) => Math.max(LEAST_WEIGHT, (best / ms) ** PREFERENCE))
  let left = random * weights.reduce((sum, weight) => sum + weight, 0)
  for (const [i, way] of ways.entries()) {
    left -= weights[i] ?? 0
    if (left < 0) return way
  }
  const last = ways.at(-1)
  if (last === undefined) throw new RangeError('There is no way to choose')
  return last
}
