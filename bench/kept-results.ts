import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { drawPlot } from './plot.ts'
import type { Results } from './results.ts'

const RESULTS = fileURLToPath(new URL('../../bench/results.json', import.meta.url))
const PLOT = fileURLToPath(new URL('../../docs/images/bench.svg', import.meta.url))

/** What an earlier run wrote. */
export function readResults(): Results {
  const results: Results = JSON.parse(readFileSync(RESULTS, 'utf8'))
  return results
}

/** Write the results, and the plot that is drawn from them. */
export function writeResults(results: Results): void {
  writeFileSync(RESULTS, `${JSON.stringify(results, null, 2)}\n`)
  writeFileSync(PLOT, drawPlot(results))
}

/**
 * New results of some rows, earlier ones of the others.
 *
 * @throws RangeError when they are of different machines or documents.
 */
export function joinResults(
  earlier: Results,
  measured: Results,
  order: readonly string[],
): Results {
  if (conditionsOf(earlier) !== conditionsOf(measured)) {
    throw new RangeError('the earlier results are of another machine or document')
  }
  const rows = [...measured.rows, ...earlier.rows]
  const ceilings = [...measured.ceilings, ...earlier.ceilings]
  return {
    ...measured,
    ceilings: ceilings.filter(
      ({ algorithm }, index) =>
        ceilings.findIndex((other) => other.algorithm === algorithm) === index,
    ),
    rows: order.flatMap((name) => rows.find((row) => row.name === name) ?? []),
  }
}

function conditionsOf({ machine, settings }: Results): string {
  return JSON.stringify([machine.cpu, machine.cores, settings.document])
}
