import { BadImage, requireSize } from './bad-image.ts'

/** A JPEG that PDF's `DCTDecode` takes, freed of what is no picture. */
export interface Jpeg {
  readonly width: number
  readonly height: number
  readonly components: 1 | 3 | 4
  /** Adobe's programs write inks inverted. */
  readonly isInverted: boolean
  readonly bytes: Uint8Array
}

const SOI = 0xd8
const EOI = 0xd9
const SOS = 0xda
const COMMENT = 0xfe
const ADOBE = 0xee
const APP0 = 0xe0
const APP15 = 0xef
/** Baseline, extended and progressive, each with Huffman coding. */
const FRAMES: ReadonlySet<number> = new Set([0xc0, 0xc1, 0xc2])
/** Lossless, hierarchical and arithmetic frames, which PDF readers do not decode. */
const OTHER_FRAMES: ReadonlySet<number> = new Set([
  0xc3, 0xc5, 0xc6, 0xc7, 0xc9, 0xca, 0xcb, 0xcd, 0xce, 0xcf,
])

interface Frame {
  readonly width: number
  readonly height: number
  readonly components: 1 | 3 | 4
}

/**
 * Read a JPEG's markers (ITU-T T.81 Annex B). The picture's octets stay; comments and application
 * segments (camera, place, previews, profiles) go, but for Adobe's, which says how colours are meant.
 *
 * @throws BadImage.
 */
export function readJpeg(bytes: Uint8Array): Jpeg {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  if (view[0] !== 0xff || view[1] !== SOI) throw new BadImage('is not a JPEG file')
  const kept: Buffer[] = [view.subarray(0, 2)]
  let frame: Frame | undefined
  let isAdobe = false
  for (let at = 2; ; ) {
    if (at + 4 > view.length) throw new BadImage('is cut short')
    const marker = view[at + 1] ?? 0
    if (view[at] !== 0xff) throw new BadImage('is damaged: a marker is missing')
    if (marker === 0xff) {
      at += 1
      continue
    }
    const end = at + 2 + view.readUInt16BE(at + 2)
    if (end > view.length) throw new BadImage('is cut short')
    const segment = view.subarray(at, end)
    if (OTHER_FRAMES.has(marker)) throw new BadImage('is a JPEG of a kind PDF does not know')
    if (FRAMES.has(marker)) frame = readFrame(segment)
    if (marker === SOS) {
      if (frame === undefined) throw new BadImage('has no frame')
      kept.push(view.subarray(at, endOfImage(view, end)))
      return { ...frame, isInverted: isAdobe && frame.components === 4, bytes: Buffer.concat(kept) }
    }
    isAdobe ||= marker === ADOBE && segment.toString('latin1', 4, 9) === 'Adobe'
    const isAside = marker === COMMENT || (marker >= APP0 && marker <= APP15)
    if (!isAside || marker === ADOBE) kept.push(segment)
    at = end
  }
}

function readFrame(segment: Buffer): Frame {
  if (segment.length < 10) throw new BadImage('is damaged: its frame is too short')
  const [precision, components] = [segment[4], segment[9]]
  const [height, width] = [segment.readUInt16BE(5), segment.readUInt16BE(7)]
  if (precision !== 8) throw new BadImage('has more than eight bits a colour')
  requireSize(width, height)
  if (components !== 1 && components !== 3 && components !== 4) {
    throw new BadImage('has an unknown number of colours')
  }
  return { width, height, components }
}

/** After the last end marker; what follows it is no picture. */
function endOfImage(view: Buffer, from: number): number {
  const at = view.lastIndexOf(Buffer.from([0xff, EOI]))
  if (at < from) throw new BadImage('is cut short')
  return at + 2
}
