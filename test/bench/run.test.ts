import { expect, test } from 'vitest'
import type { RowResult } from '../../bench/results.ts'
import { type Bench, type BenchRow, LeftOut } from '../../bench/row.ts'
import { runRows } from '../../bench/run.ts'

const BENCH: Bench = {
  dir: '',
  cores: 2,
  document: Buffer.alloc(0),
  appliance: () => Promise.reject(new Error('no row here needs one')),
}

/** Rows that write down what is done with them. */
function makeRun() {
  const said: string[] = []
  const makeRow = (name: string, further: Partial<BenchRow> = {}): BenchRow => ({
    name,
    title: name,
    kind: 'ours',
    cases: [{ name: 'p-256', algorithm: 'p-256' }],
    async open() {
      return {
        async measure() {
          said.push(name)
          return { perSecond: 1 }
        },
        async close() {
          said.push(`close ${name}`)
        },
      }
    },
    ...further,
  })
  const run = async (rows: readonly BenchRow[], rounds: number) => {
    let results: readonly RowResult[] = []
    const options = {
      ...{ rounds, seconds: 1, warmSecondsMax: 1, say: () => {} },
      async measureCeiling() {
        said.push('ceiling')
        return 2
      },
    }
    await runRows(BENCH, rows, options, (measured) => {
      results = measured
    })
    return results
  }
  return { said, makeRow, run }
}

test('rows take turns, each with the ceiling right before it', async () => {
  const { said, makeRow, run } = makeRun()
  await run([makeRow('a'), makeRow('b')], 2)
  const round = ['ceiling', 'a', 'ceiling', 'b']
  expect(said).toEqual([...round, ...round, 'close a', 'close b'])
})

test('what is warmed is measured before, and that does not count', async () => {
  const { said, makeRow, run } = makeRun()
  const [result] = await run([makeRow('a', { warmSeconds: 20 })], 1)
  expect(said).toEqual(['a', 'ceiling', 'a', 'close a'])
  expect(result?.cases[0]?.ratios).toEqual([0.5])
})

test('a row of few rounds sits out the rest', async () => {
  const { said, makeRow, run } = makeRun()
  await run([makeRow('long', { roundsMax: 1 }), makeRow('a')], 3)
  expect(said.filter((name) => name === 'long')).toHaveLength(1)
  expect(said.filter((name) => name === 'a')).toHaveLength(3)
})

test.each([
  {
    what: 'cannot be opened',
    open: () => Promise.reject(new LeftOut('not installed')),
    why: 'not installed',
  },
  {
    what: 'fails',
    open: async () => ({ measure: () => Promise.reject(new Error('it broke')) }),
    why: 'it broke',
  },
])('a row that $what is left out with the reason, and the others go on', async ({ open, why }) => {
  const { makeRow, run } = makeRun()
  const results = await run([makeRow('bad', { open }), makeRow('good')], 2)
  expect(results).toMatchObject([
    { name: 'bad', leftOut: why, cases: [] },
    { name: 'good', cases: [{ ratios: [0.5, 0.5] }] },
  ])
})
