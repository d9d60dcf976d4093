import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { endOfParisDay, isDay, startOfParisDay } from '../../src/people/paris-days.ts'

describe('a day in Paris', () => {
  test.each([
    ['2026-11-24', '2026-11-23T23:00:00.000Z', '2026-11-24T23:00:00.000Z'],
    ['2026-07-14', '2026-07-13T22:00:00.000Z', '2026-07-14T22:00:00.000Z'],
    // Clocks go forward, and back, within these days.
    ['2026-03-29', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
    ['2026-10-25', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
    ['2028-02-29', '2028-02-28T23:00:00.000Z', '2028-02-29T23:00:00.000Z'],
    ['2026-12-31', '2026-12-30T23:00:00.000Z', '2026-12-31T23:00:00.000Z'],
  ])('%s begins at %s and ends at %s', (day, start, end) => {
    expect(new Date(startOfParisDay(day)).toISOString()).toBe(start)
    expect(new Date(endOfParisDay(day)).toISOString()).toBe(end)
  })

  test('begins where the clocks of Paris show midnight of that very day', () => {
    const clock = new Intl.DateTimeFormat('sv-SE', {
      ...{ timeZone: 'Europe/Paris', dateStyle: 'short', timeStyle: 'medium' },
    })
    fc.assert(
      fc.property(
        fc.date({
          min: new Date('1970-01-02'),
          max: new Date('2099-12-30'),
          noInvalidDate: true,
        }),
        (date) => {
          const day = date.toISOString().slice(0, 10)
          expect(clock.format(startOfParisDay(day))).toBe(`${day} 00:00:00`)
        },
      ),
    )
  })

  test.each(['2026-02-30', '2026-13-01', '2026-2-1', '1899-12-31', '', 'tomorrow', '2026-11-24Z'])(
    'is not %j',
    (text) => {
      expect(isDay(text)).toBe(false)
      expect(() => startOfParisDay(text)).toThrow(RangeError)
    },
  )
})
