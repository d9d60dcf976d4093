export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** Median, least and most, to four digits. Not a number for no values at all. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (index: number) => sorted[index] ?? Number.NaN
  const middle = (sorted.length - 1) / 2
  return {
    median: fourDigits((at(Math.floor(middle)) + at(Math.ceil(middle))) / 2),
    min: fourDigits(at(0)),
    max: fourDigits(at(sorted.length - 1)),
  }
}

/** More would be noise. */
export function fourDigits(value: number): number {
  return Number(value.toPrecision(4))
}
