import { uint16 } from './octets.ts'

/**
 * Whether a segment holds whole quantisation tables of 8 or 16 bits and nothing else
 * (ITU-T T.81 §B.2.4.1).
 */
export function isQuantisationTable(body: Uint8Array): boolean {
  let at = 0
  while (at < body.length) {
    const precision = (body[at] ?? 0) >> 4
    const destination = (body[at] ?? 0) & 0xf
    if (precision > 1 || destination > 3) return false
    const end = at + 1 + 64 * (precision + 1)
    for (let element = at + 1; element < end && end <= body.length; element += precision + 1) {
      const value = precision === 1 ? uint16(body, element) : body[element]
      if (value === 0) return false
    }
    at = end
  }
  return at === body.length && at > 0
}

/**
 * Whether a segment holds whole Huffman tables and nothing else: codes that exist, symbols that
 * differ (ITU-T T.81 §B.2.4.2, §C).
 */
export function isHuffmanTable(body: Uint8Array): boolean {
  let at = 0
  while (at < body.length) {
    const tableClass = (body[at] ?? 0) >> 4
    const destination = (body[at] ?? 0) & 0xf
    if (tableClass > 1 || destination > 3) return false
    const counts = body.subarray(at + 1, at + 17)
    const symbols = counts.reduce((sum, count) => sum + count, 0)
    const end = at + 17 + symbols
    if (!areCodes(counts) || end > body.length) return false
    if (new Set(body.subarray(at + 17, end)).size !== symbols) return false
    at = end
  }
  return at === body.length && at > 0
}

/** Of each length there are no more codes than shorter ones have left over (Kraft). */
function areCodes(counts: Uint8Array): boolean {
  let room = 1
  for (const count of counts) {
    room = 2 * room - count
    if (room < 0) return false
  }
  return true
}
