/**
 * `npm run bench`: the raw ceiling of the token, our own paths and installed peers, alternating in
 * one run. Ratios hold from machine to machine, absolute figures do not. A run of all rows writes
 * `bench/results.json` and the plot.
 */
import { joinResults, readResults, writeResults } from './kept-results.ts'
import { measureRows } from './measure.ts'
import { readOptions } from './options.ts'
import type { Results } from './results.ts'
import { resultsTable } from './results-table.ts'
import { ROWS } from './rows.ts'

const names = ROWS.map(({ name }) => name)
const asked = readOptions(process.argv.slice(2), names)
const { document, only, rounds, seconds, warm, keep, plot } = asked
const say = (line: string) => void process.stdout.write(`${line}\n`)

if (plot) {
  writeResults(readResults())
} else {
  const rows = ROWS.filter(({ name }) => only.length === 0 || only.includes(name))
  const options = { document, rounds, seconds, warmSecondsMax: warm, say }
  const earlier = keep ? readResults() : undefined
  let results: Results | undefined
  await measureRows(rows, options, (measured) => {
    results = earlier ? joinResults(earlier, measured, names) : measured
    if (keep || only.length === 0) writeResults(results)
  })
  if (results !== undefined) say(`\n${resultsTable(results)}`)
}
