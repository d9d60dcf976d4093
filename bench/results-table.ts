import { table } from '../src/cli/output.ts'
import type { CaseResult, Results, RowResult, TargetResult } from './results.ts'
import type { Spread } from './statistics.ts'

/** The results for a terminal: a line for each case, then what was left out and why. */
export function resultsTable({ ceilings, rows }: Results): string {
  const head = ['', 'case', 'a second', 'of ceiling', 'also', 'target']
  const measured = rows.flatMap((row) => row.cases.map((one) => line(row, one)))
  const most = ceilings.map(({ algorithm, threads, perSecond }) => [
    `C, ${threads} threads`,
    algorithm,
    shown(perSecond),
  ])
  const notes = rows.flatMap(({ title, note, leftOut }) => [
    ...(note === undefined ? [] : [`${title}: ${note}`]),
    ...(leftOut === undefined ? [] : [`${title}: LEFT OUT: ${leftOut}`]),
  ])
  return [table([head, ...most, ...measured]), ...notes].join('\n')
}

function line({ title }: RowResult, one: CaseResult): string[] {
  const { name, perSecond, ratio, also = {}, targets = [] } = one
  return [
    title,
    name,
    perSecond ? shown(perSecond) : '',
    ratio ? shown(ratio) : '',
    Object.entries(also)
      .map(([what, spread]) => `${what} ${shown(spread)}`)
      .join(', '),
    targets.map(targetText).join(', '),
  ]
}

function shown({ median, min, max }: Spread): string {
  return min === max ? String(median) : `${median} (${min}–${max})`
}

function targetText({ of, atLeast, atMost, isMet }: TargetResult): string {
  const bounds = [
    ...(atLeast === undefined ? [] : [`≥ ${atLeast}`]),
    ...(atMost === undefined ? [] : [`≤ ${atMost}`]),
  ]
  const verdict = isMet === undefined ? 'not measured' : isMet ? 'met' : 'MISSED'
  return `${of === 'ratio' ? '' : `${of} `}${bounds.join(' ')} ${verdict}`
}
