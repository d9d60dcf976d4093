const DATE =
  /^D:(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:Z(?:00'?00'?)?|([+-])(\d\d)'?(?:(\d\d)'?)?)?$/

/**
 * A date (ISO 32000-2 §7.9.4) in Unix ms; UTC where it names no zone. Undefined for anything else.
 */
export function parsePdfDate(text: string): number | undefined {
  const match = DATE.exec(text.trim())
  if (match === null) return undefined
  const [, y, mo = '01', d = '01', h = '00', mi = '00', s = '00', sign, zh = '00', zm = '00'] =
    match
  const ms = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`)
  const offsetMs = (Number(zh) * 60 + Number(zm)) * 60_000
  if (Number.isNaN(ms) || offsetMs > 24 * 3_600_000) return undefined
  return sign === '-' ? ms + offsetMs : sign === '+' ? ms - offsetMs : ms
}
