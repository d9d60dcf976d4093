/**
 * The records of a pax header: `<length> <key>=<value>\n`, each (POSIX.1-2017, pax Extended Header).
 *
 * @throws RangeError if they are not of that form.
 */
export function parsePax(content: Uint8Array): Map<string, Uint8Array> {
  const records = new Map<string, Uint8Array>()
  let at = 0
  while (at < content.length) {
    const space = content.indexOf(0x20, at)
    const digits = Buffer.from(content.subarray(at, space)).toString('latin1')
    const end = at + Number(digits)
    const equals = content.indexOf(0x3d, space)
    const isRecord =
      space > at &&
      /^[1-9][0-9]{0,8}$/.test(digits) &&
      equals > space &&
      equals < end &&
      content[end - 1] === 0x0a
    if (!isRecord) throw new RangeError('a pax header is damaged')
    const key = Buffer.from(content.subarray(space + 1, equals)).toString('latin1')
    records.set(key, content.slice(equals + 1, end - 1))
    at = end
  }
  return records
}

/** One record. Its length counts its own digits. */
export function encodePaxRecord(key: string, value: string): Uint8Array {
  const rest = Buffer.from(` ${key}=${value}\n`)
  let length = rest.length + 1
  while (String(length).length + rest.length !== length)
    length = rest.length + String(length).length
  return Buffer.concat([Buffer.from(String(length)), rest])
}
