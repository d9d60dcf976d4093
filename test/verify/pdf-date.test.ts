import { expect, test } from 'vitest'
import { parsePdfDate } from '../../src/verify/pdf-date.ts'

test.each([
  ["D:20261124120000+00'00'", '2026-11-24T12:00:00Z'],
  ["D:20261124120000+01'00'", '2026-11-24T11:00:00Z'],
  ["D:20261124120000-05'30", '2026-11-24T17:30:00Z'],
  ['D:20261124120000Z', '2026-11-24T12:00:00Z'],
  ["D:20261124120000Z00'00'", '2026-11-24T12:00:00Z'],
  ['D:20261124120000', '2026-11-24T12:00:00Z'],
  ['D:202611241200', '2026-11-24T12:00:00Z'],
  ['D:2026', '2026-01-01T00:00:00Z'],
])('%s is %s', (text, expected) => {
  expect(parsePdfDate(text)).toBe(Date.parse(expected))
})

test.each(['', 'D:', '20261124', 'D:20261324', "D:20261124120000+99'00'", 'D:20261124120000 CET'])(
  '“%s” is no date',
  (text) => {
    expect(parsePdfDate(text)).toBeUndefined()
  },
)
