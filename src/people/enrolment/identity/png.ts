import { chunksOf, encodeChunk, PNG_SIGNATURE, type PngChunk } from './png-chunks.ts'
import { type PngHeader, pictureOf, readHeader } from './png-picture.ts'
import { damagedFile } from './refusal.ts'

/** What a reader must understand (ISO/IEC 15948 §5.4); anything else of that kind is not a picture. */
const CRITICAL: ReadonlySet<string> = new Set(['IHDR', 'PLTE', 'IDAT', 'IEND'])
const GREY = 0
const TRUE_COLOUR = 2
const PALETTE = 3

/**
 * The picture and nothing else: header, palette, data, and how colours, transparency and points are
 * meant. Texts, times, profiles, animations and whatever others added are gone.
 *
 * @throws AppError `invalid-request`.
 */
export function cleanPng(bytes: Uint8Array): Uint8Array {
  const chunks = chunksOf(bytes)
  requireOrder(chunks)
  const header = readHeader(chunks[0]?.data ?? new Uint8Array())
  const dataOf = (type: string) => chunks.find((chunk) => chunk.type === type)?.data
  const palette = paletteOf(header, dataOf('PLTE'))
  const compressed = chunks.flatMap(({ type, data }) => (type === 'IDAT' ? [data] : []))
  const ancillary = (type: string, isRight: (data: Uint8Array) => boolean): PngChunk[] => {
    const data = dataOf(type)
    return data !== undefined && isRight(data) ? [{ type, data }] : []
  }
  const kept: PngChunk[] = [
    { type: 'IHDR', data: chunks[0]?.data ?? new Uint8Array() },
    ...ancillary('sRGB', (data) => data.length === 1 && (data[0] ?? 4) < 4),
    ...ancillary('gAMA', (data) => data.length === 4),
    ...ancillary('pHYs', (data) => data.length === 9 && (data[8] ?? 2) < 2),
    ...(palette === undefined ? [] : [{ type: 'PLTE', data: palette }]),
    ...ancillary('tRNS', (data) => isTransparency(header, data, palette)),
    { type: 'IDAT', data: pictureOf(header, Buffer.concat(compressed)) },
    { type: 'IEND', data: new Uint8Array() },
  ]
  return Uint8Array.from(Buffer.concat([PNG_SIGNATURE, ...kept.map(encodeChunk)]))
}

/** The header first, one palette, the data in one run (§5.6). */
function requireOrder(chunks: readonly PngChunk[]): void {
  const types = chunks.map(({ type }) => type)
  const isOnce = (type: string) => types.filter((other) => other === type).length === 1
  const unknown = types.find((type) => /^[A-Z]/.test(type) && !CRITICAL.has(type))
  if (unknown !== undefined) throw damagedFile(`it has a part of an unknown kind (${unknown})`)
  const [first, last] = [types.indexOf('IDAT'), types.lastIndexOf('IDAT')]
  const isOneRun = first > 0 && types.slice(first, last).every((type) => type === 'IDAT')
  const palette = types.indexOf('PLTE')
  const isPaletteRight = palette === -1 || (palette < first && isOnce('PLTE'))
  const isEmptyEnd = chunks.at(-1)?.data.length === 0
  if (types[0] !== 'IHDR' || !isOnce('IHDR') || !isOneRun || !isPaletteRight || !isEmptyEnd) {
    throw damagedFile('its parts are not in their order')
  }
}

/** Only where points are numbers of it; for true colours it is no more than a hint (§11.2.3). */
function paletteOf(header: PngHeader, data: Uint8Array | undefined): Uint8Array | undefined {
  const { colourType, bitDepth } = header
  if (colourType !== PALETTE) return undefined
  const entries = (data?.length ?? 0) / 3
  if (!Number.isInteger(entries) || entries < 1 || entries > 2 ** bitDepth) {
    throw damagedFile('its palette cannot be read')
  }
  return data
}

function isTransparency(
  { colourType }: PngHeader,
  data: Uint8Array,
  palette: Uint8Array | undefined,
): boolean {
  if (colourType === GREY) return data.length === 2
  if (colourType === TRUE_COLOUR) return data.length === 6
  return palette !== undefined && data.length > 0 && data.length <= palette.length / 3
}
