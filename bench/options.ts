import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

/** A real one: how many objects and pages a document has is what most libraries spend their time on. */
const DOCUMENT = fileURLToPath(new URL('../../samples/proces-verbal-session.pdf', import.meta.url))

export interface BenchOptions {
  /** Path of the PDF that is signed. */
  readonly document: string
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
      document: { type: 'string', default: DOCUMENT },
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
    document: values.document,
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
