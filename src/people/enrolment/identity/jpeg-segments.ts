import { uint16 } from './octets.ts'
import { damagedFile } from './refusal.ts'

/** One marker segment of a JPEG (ITU-T T.81 §B.1.1.4); that of a scan with the data behind it. */
export interface JpegSegment {
  /** The second octet of its marker. */
  readonly marker: number
  /** Its parameters, without marker, length and data. */
  readonly body: Uint8Array
  /** All of it, with one octet FF before the marker. */
  readonly raw: Uint8Array
}

const EOI = 0xd9
const SOS = 0xda
const RST0 = 0xd0
const RST7 = 0xd7
const TEM = 0x01
/** A photograph has about thirty. */
const SEGMENTS_MAX = 2_000

/**
 * The segments between the first SOI and its EOI. What lies behind is not looked at.
 *
 * @throws AppError `invalid-request` if they do not lie one behind the other, or EOI is missing.
 */
export function segmentsOf(bytes: Uint8Array): { segments: JpegSegment[]; end: number } {
  const segments: JpegSegment[] = []
  for (let at = 2; ; ) {
    if (bytes[at] !== 0xff) throw at < bytes.length ? stray() : cut()
    // Any number of FF may fill the space before a marker.
    while (bytes[at + 1] === 0xff) at += 1
    const marker = bytes[at + 1]
    if (marker === undefined) throw cut()
    if (marker === EOI) return { segments, end: at + 2 }
    if (marker === 0 || marker === TEM || (marker >= RST0 && marker < EOI)) throw stray()
    const bodyEnd = at + 2 + uint16(bytes, at + 2)
    if (bodyEnd < at + 4) throw stray()
    if (bodyEnd > bytes.length) throw cut()
    const end = marker === SOS ? endOfScan(bytes, bodyEnd) : bodyEnd
    const body = bytes.subarray(at + 4, bodyEnd)
    segments.push({ marker, body, raw: bytes.subarray(at, end) })
    if (segments.length > SEGMENTS_MAX) throw damagedFile('it is cut into too many parts')
    at = end
  }
}

/** Entropy-coded data ends at a marker that is neither a stuffed zero nor a restart (§B.1.1.5). */
function endOfScan(bytes: Uint8Array, start: number): number {
  for (let at = bytes.indexOf(0xff, start); at !== -1; at = bytes.indexOf(0xff, at)) {
    const next = bytes[at + 1]
    if (next === undefined) break
    if (next === 0xff) at += 1
    else if (next === 0 || (next >= RST0 && next <= RST7)) at += 2
    else return at
  }
  throw cut()
}

function cut() {
  return damagedFile('it ends before the picture does')
}

function stray() {
  return damagedFile('there is something between its parts that does not belong there')
}
