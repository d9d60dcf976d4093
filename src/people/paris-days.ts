const PARIS = new Intl.DateTimeFormat('en-CA', {
  ...{ timeZone: 'Europe/Paris', hourCycle: 'h23' },
  ...{ year: 'numeric', month: '2-digit', day: '2-digit' },
  ...{ hour: '2-digit', minute: '2-digit', second: '2-digit' },
})
const DAY = /^(\d{4})-(\d{2})-(\d{2})$/
const DAY_MS = 86_400_000

/**
 * Midnight in Paris with which a day begins, Unix ms. Terms begin and end there.
 *
 * @param day - `2026-11-24`.
 * @throws RangeError if there is no such day.
 */
export function startOfParisDay(day: string): number {
  const utc = utcOf(day)
  // Clocks in Paris are ahead by what they show at that moment; they never change at midnight.
  const shown = partsOf(utc)
  const ahead = Date.UTC(
    ...([Number(shown.year), Number(shown.month) - 1, Number(shown.day)] as const),
    ...([Number(shown.hour), Number(shown.minute), Number(shown.second)] as const),
  )
  return utc - (ahead - utc)
}

/** Midnight in Paris with which a day is over, Unix ms. @throws RangeError if there is no such day. */
export function endOfParisDay(day: string): number {
  return startOfParisDay(new Date(utcOf(day) + DAY_MS).toISOString().slice(0, 10))
}

/** Whether the text is a day of the calendar, within four digits of the year. */
export function isDay(text: string): boolean {
  const [, year, month, date] = DAY.exec(text) ?? []
  if (year === undefined || Number(year) < 1900) return false
  const utc = new Date(Date.UTC(Number(year), Number(month) - 1, Number(date)))
  return utc.toISOString().startsWith(text)
}

function utcOf(day: string): number {
  if (!isDay(day)) throw new RangeError(`${day} is no day`)
  return Date.parse(`${day}T00:00:00Z`)
}

function partsOf(at: number): Readonly<Record<Intl.DateTimeFormatPartTypes, string>> {
  const parts = PARIS.formatToParts(at).map(({ type, value }) => [type, value])
  return Object.fromEntries(parts)
}
