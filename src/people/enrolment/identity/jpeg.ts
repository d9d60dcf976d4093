import { requireSize } from './bounds.ts'
import { buildOrientation, findOrientation } from './exif-orientation.ts'
import { type JpegSegment, segmentsOf } from './jpeg-segments.ts'
import { isHuffmanTable, isQuantisationTable } from './jpeg-tables.ts'
import { ascii, startsWith, uint16 } from './octets.ts'
import { damagedFile, refused } from './refusal.ts'

/** ITU-T T.81 Table B.1. */
const SOI = Uint8Array.of(0xff, 0xd8)
const EOI = Uint8Array.of(0xff, 0xd9)
const DHT = 0xc4
const SOS = 0xda
const DQT = 0xdb
const DRI = 0xdd
const APP0 = 0xe0
const APP1 = 0xe1
const APP14 = 0xee
/** Baseline, extended sequential and progressive, with Huffman coding: what browsers show. */
const FRAMES: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2])
const OTHER_FRAMES: ReadonlySet<number> = new Set([
  0xc3, 0xc5, 0xc6, 0xc7, 0xc8, 0xc9, 0xca, 0xcb, 0xcc, 0xcd, 0xce, 0xcf, 0xdc, 0xde, 0xdf,
])
const JFIF = ascii('JFIF\0')
const ADOBE = ascii('Adobe')
/** A progressive picture has about ten; each costs a pass over all points. */
const SCANS_MAX = 64

/**
 * The picture and nothing else: frame, tables, scans, how its colours are meant (JFIF, Adobe) and
 * which way is up. What applications, comments or other pictures added is gone.
 *
 * @throws AppError `invalid-request`.
 */
export function cleanJpeg(bytes: Uint8Array): Uint8Array {
  const { segments } = segmentsOf(bytes)
  const frame = requireFrame(segments)
  requireScans(segments, frame)
  const kept = segments.flatMap((segment) => (isOfThePicture(segment) ? [segment.raw] : []))
  return Uint8Array.from(Buffer.concat([SOI, ...headersOf(segments), ...kept, EOI]))
}

/** Anew, each at most once, with nothing in them but what they are kept for. */
function headersOf(segments: readonly JpegSegment[]): Uint8Array[] {
  const bodies = (marker: number, start: Uint8Array) =>
    segments.flatMap(({ marker: found, body }) =>
      found === marker && startsWith(body, start) ? [body] : [],
    )
  const [jfif] = bodies(APP0, JFIF)
  const [adobe] = bodies(APP14, ADOBE)
  const orientation = segments
    .flatMap(({ marker, body }) => (marker === APP1 ? [findOrientation(body)] : []))
    .find((found) => found !== undefined)
  const headers: Uint8Array[] = []
  // Version, units and densities; no thumbnail (ITU-T T.871 §10.1).
  if (jfif !== undefined && jfif.length >= 14) {
    headers.push(segment(APP0, Buffer.concat([jfif.subarray(0, 12), Uint8Array.of(0, 0)])))
  }
  if (orientation !== undefined) headers.push(segment(APP1, buildOrientation(orientation)))
  // The last octet is the colour transform; version and flags of the encoder are nobody's business.
  if (adobe !== undefined && adobe.length >= 12) {
    const transform = adobe[11] ?? 0
    headers.push(segment(APP14, Uint8Array.of(...ADOBE, 0, 100, 0, 0, 0, 0, transform)))
  }
  return headers
}

function isOfThePicture({ marker, body }: JpegSegment): boolean {
  if (FRAMES.has(marker) || marker === SOS) return true
  if (marker === DRI) return requireTable(body.length === 2)
  if (marker === DQT) return requireTable(isQuantisationTable(body))
  if (marker === DHT) return requireTable(isHuffmanTable(body))
  const isDropped = marker >= APP0 || (marker >= 0xc0 && OTHER_FRAMES.has(marker))
  if (isDropped) return false
  throw damagedFile(`it has a part of an unknown kind (FF${marker.toString(16)})`)
}

function requireTable(isWhole: boolean): true {
  if (isWhole) return true
  throw damagedFile('a table of the picture does not have the length it should')
}

/** @returns The only frame header (ITU-T T.81 §B.2.2). */
function requireFrame(segments: readonly JpegSegment[]): JpegSegment {
  if (segments.some(({ marker }) => OTHER_FRAMES.has(marker))) {
    throw refused(
      'unusual-jpeg',
      'This kind of JPEG is rare, and browsers do not show it. Save the picture as an ordinary JPEG, or as PNG.',
    )
  }
  const [frame, ...others] = segments.filter(({ marker }) => FRAMES.has(marker))
  if (frame === undefined || others.length > 0) throw damagedFile('it is not one picture')
  const { body } = frame
  const components = body[5] ?? 0
  const isWhole = [1, 3, 4].includes(components) && body.length === 6 + 3 * components
  if (!isWhole || body[0] !== 8) throw damagedFile('its header cannot be read')
  requireSize({ height: uint16(body, 1), width: uint16(body, 3) })
  return frame
}

/** Scan headers of the frame's components, and data behind each (ITU-T T.81 §B.2.3). */
function requireScans(segments: readonly JpegSegment[], frame: JpegSegment): void {
  const scans = segments.filter(({ marker }) => marker === SOS)
  if (scans.length === 0) throw damagedFile('it holds no picture')
  if (scans.length > SCANS_MAX) throw damagedFile('its picture is cut into too many scans')
  const isFirst = segments.findIndex(({ marker }) => marker === SOS) < segments.indexOf(frame)
  const ids = new Set(
    Array.from({ length: frame.body[5] ?? 0 }, (_, i) => frame.body[6 + 3 * i] ?? -1),
  )
  for (const { body, raw } of scans) {
    const count = body[0] ?? 0
    const isWhole = count >= 1 && count <= ids.size && body.length === 4 + 2 * count
    const areKnown = Array.from({ length: count }, (_, i) => body[1 + 2 * i] ?? -1).every((id) =>
      ids.has(id),
    )
    const isEmpty = raw.length <= body.length + 4
    if (isFirst || !isWhole || !areKnown || isEmpty) throw damagedFile('a scan cannot be read')
  }
}

function segment(marker: number, body: Uint8Array): Uint8Array {
  const length = body.length + 2
  return Buffer.concat([Uint8Array.of(0xff, marker, length >> 8, length & 0xff), body])
}
