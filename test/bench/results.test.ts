import { expect, test } from 'vitest'
import { joinResults } from '../../bench/kept-results.ts'
import { compareWithPeers, type RowResult, summarise } from '../../bench/results.ts'

const RSA = { name: 'rsa-2048', algorithm: 'rsa-2048' } as const

/** A row that reached these fractions of the ceiling, one a round. */
function row(name: string, kind: RowResult['kind'], fractions: readonly number[]): RowResult {
  const rounds = fractions.map((fraction) => ({
    measured: { perSecond: 1000 * fraction },
    ceilingPerSecond: 1000,
  }))
  const targets = [{ of: 'oursTimes', atLeast: 3 }]
  return { name, title: name, kind, cases: [summarise({ ...RSA, targets }, rounds)] }
}

test('a rate is compared with the ceiling of its own round, not of another', () => {
  const { ratio } = summarise(RSA, [
    { measured: { perSecond: 500 }, ceilingPerSecond: 1000 },
    { measured: { perSecond: 100 }, ceilingPerSecond: 200 },
  ])
  expect(ratio).toEqual({ median: 0.5, min: 0.5, max: 0.5 })
})

test("a row's own yardstick goes before the ceiling", () => {
  const measured = { perSecond: 10, yardstickPerSecond: 20 }
  expect(summarise(RSA, [{ measured, ceilingPerSecond: 1000 }]).ratio?.median).toBe(0.5)
})

test.each([
  { what: 'reached', target: { of: 'ratio', atLeast: 0.5 }, isMet: true },
  { what: 'missed', target: { of: 'ratio', atLeast: 0.51 }, isMet: false },
  { what: 'kept', target: { of: 'p99Ms', atMost: 4 }, isMet: true },
  { what: 'passed', target: { of: 'p99Ms', atMost: 3 }, isMet: false },
  { what: 'not measured', target: { of: 'readyMs', atMost: 3 }, isMet: undefined },
])('a target that is $what is told so', ({ target, isMet }) => {
  const measured = { perSecond: 1, also: { p99Ms: 4 } }
  const { targets } = summarise({ ...RSA, targets: [target] }, [{ measured, ceilingPerSecond: 2 }])
  expect(targets?.[0]?.isMet).toBe(isMet)
})

test('peers are compared round by round, by their fractions of the ceiling', () => {
  const rows = [row('engine', 'ours', [0.8, 0.4]), row('peer', 'peer', [0.2, 0.1])]
  const [ours, peer] = compareWithPeers(rows, 'engine').map(({ cases }) => cases[0])
  expect(peer?.also?.oursTimes).toEqual({ median: 4, min: 4, max: 4 })
  expect(peer?.targets?.[0]?.isMet).toBe(true)
  expect(ours?.also).toBeUndefined()
})

test('rows that were measured anew replace earlier ones, the others stay, in their order', () => {
  const machine = { cores: 2, cpu: 'one', node: 'v20' }
  const settings = { rounds: 1, seconds: 1, document: { name: 'a.pdf', bytes: 1 } }
  const earlier = {
    ...{ machine, settings, ceilings: [] },
    rows: [row('a', 'ours', [0.1]), row('b', 'ours', [0.1])],
  }
  const measured = { ...earlier, rows: [row('b', 'ours', [0.2])] }
  const { rows } = joinResults(earlier, measured, ['a', 'b'])
  expect(rows.map(({ name, cases }) => [name, cases[0]?.ratio?.median])).toEqual([
    ['a', 0.1],
    ['b', 0.2],
  ])
  const elsewhere = { ...earlier, machine: { ...machine, cpu: 'other' } }
  expect(() => joinResults(elsewhere, measured, ['a', 'b'])).toThrow(RangeError)
})
