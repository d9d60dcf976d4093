import { parseArgs } from 'node:util'

export interface BenchOptions {
  /** Names of rows; all of them when there is none. */
  readonly only: readonly string[]
  readonly rounds: number
  readonly seconds: number
  readonly warm: number
  /** Whether rows that are not measured keep the results they have. */
  readonly keep: boolean
  /** Whether nothing is measured, only the plot drawn from the results. */
  readonly plot: boolean
}

/** @throws Error that says which option is unknown or no number. */
export function readOptions(args: readonly string[], rows: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: 'string', default: '' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '5' },
      warm: { type: 'string', default: '20' },
      keep: { type: 'boolean', default: false },
      plot: { type: 'boolean', default: false },
    },
  })
  const only = values.only.split(',').filter((name) => name !== '')
  const unknown = only.find((name) => !rows.includes(name))
  if (unknown !== undefined) throw new Error(`no row is called ${unknown}: ${rows.join(', ')}`)
  return {
    only,
    rounds: atLeast(1, values.rounds, 'rounds'),
    seconds: atLeast(1, values.seconds, 'seconds'),
    warm: atLeast(0, values.warm, 'warm'),
    keep: values.keep,
    plot: values.plot,
  }
}

function atLeast(least: number, text: string, name: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value >= least) return value
  throw new Error(`--${name} takes a whole number from ${least}`)
}
