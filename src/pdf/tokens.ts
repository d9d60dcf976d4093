const SLOTS = 1_024
const OCTETS_MAX = 24

/** The same few names stand in files thousands of times: one string serves them all. */
const remembered = new Array<string>(SLOTS).fill('')

/** Octets as a string of as many characters. */
export function tokenOf(bytes: Buffer, start: number, end: number): string {
  if (end - start > OCTETS_MAX) return bytes.toString('latin1', start, end)
  let slot = 0
  for (let pos = start; pos < end; pos += 1) slot = (slot * 31 + (bytes[pos] ?? 0)) % SLOTS
  const known = remembered[slot] ?? ''
  if (isToken(known, bytes, start, end)) return known
  const token = bytes.toString('latin1', start, end)
  remembered[slot] = token
  return token
}

function isToken(text: string, bytes: Buffer, start: number, end: number): boolean {
  if (text.length !== end - start) return false
  for (let i = 0; i < text.length; i += 1) {
    if (text.charCodeAt(i) !== bytes[start + i]) return false
  }
  return true
}
