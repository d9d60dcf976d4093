/** Properties run with the same cases each time: a red test can be run again. */
export function runs(numRuns: number) {
  return { numRuns, seed: 20_261_124 }
}
