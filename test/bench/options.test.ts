import { expect, test } from 'vitest'
import { readOptions } from '../../bench/options.ts'

const ROWS = ['apply', 'cpu']

test('nothing asked means every row, five rounds of five seconds', () => {
  expect(readOptions([], ROWS)).toMatchObject({ only: [], rounds: 5, seconds: 5, warm: 20 })
})

test('a quick look is asked for so', () => {
  const asked = ['--only', 'apply,cpu', '--rounds', '1', '--seconds', '2', '--warm', '0']
  expect(readOptions(asked, ROWS)).toMatchObject({ only: ROWS, rounds: 1, seconds: 2, warm: 0 })
})

test.each([
  { args: ['--only', 'aply'], why: 'no row is called aply: apply, cpu' },
  { args: ['--rounds', '0'], why: '--rounds takes a whole number from 1' },
  { args: ['--seconds', 'x'], why: '--seconds takes a whole number from 1' },
  { args: ['--round', '1'], why: 'Unknown option' },
])('$args is refused', ({ args, why }) => {
  expect(() => readOptions(args, ROWS)).toThrow(why)
})
