/** A glyph's number in a font file; 0 is the one for what the font lacks. */
type Glyph = number

/** What drawing needs of a TrueType font (ISO/IEC 14496-22). Lengths are in units of the em. */
export interface TrueType {
  readonly unitsPerEm: number
  readonly ascent: number
  readonly descent: number
  readonly capHeight: number
  /** Left, bottom, right, top: encloses every glyph. */
  readonly box: readonly [number, number, number, number]
  readonly glyphOf: (codePoint: number) => Glyph
  readonly advanceOf: (glyph: Glyph) => number
  /** A font file of some glyphs only, numbered from 1 in the order given, the parts they use after them. */
  readonly subset: (glyphs: readonly Glyph[]) => { file: Uint8Array; glyphCount: number }
}

const HEADER_BYTES = 12
const RECORD_BYTES = 16

/** Read our own font: trusted, outlines in `glyf`, characters in a `cmap` of format 12. */
export function readTrueType(bytes: Uint8Array): TrueType {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const table = (tag: string) => findTable(file, tag) ?? Buffer.alloc(0)
  const [head, hhea, hmtx] = [table('head'), table('hhea'), table('hmtx')]
  const advances = hhea.readUInt16BE(34)
  const groups = readGroups(table('cmap'))
  return {
    unitsPerEm: head.readUInt16BE(18),
    ascent: hhea.readInt16BE(4),
    descent: hhea.readInt16BE(6),
    capHeight: table('OS/2').readInt16BE(88),
    box: [head.readInt16BE(36), head.readInt16BE(38), head.readInt16BE(40), head.readInt16BE(42)],
    glyphOf: (codePoint) => {
      const group = groups.find(({ first, last }) => codePoint >= first && codePoint <= last)
      return group === undefined ? 0 : group.glyph + codePoint - group.first
    },
    // The glyphs after the last advance share it.
    advanceOf: (glyph) => hmtx.readUInt16BE(Math.min(glyph, advances - 1) * 4),
    subset: (glyphs) => makeSubset(file, glyphs),
  }
}

function findTable(file: Buffer, tag: string): Buffer | undefined {
  for (let i = 0; i < file.readUInt16BE(4); i += 1) {
    const record = HEADER_BYTES + i * RECORD_BYTES
    if (file.toString('latin1', record, record + 4) !== tag) continue
    const offset = file.readUInt32BE(record + 8)
    return file.subarray(offset, offset + file.readUInt32BE(record + 12))
  }
  return undefined
}

interface Group {
  readonly first: number
  readonly last: number
  readonly glyph: Glyph
}

/** §5.2.1.3.7: runs of code points whose glyphs follow one another. */
function readGroups(cmap: Buffer): Group[] {
  for (let i = 0; i < cmap.readUInt16BE(2); i += 1) {
    const subtable = cmap.subarray(cmap.readUInt32BE(4 + i * 8 + 4))
    if (subtable.readUInt16BE(0) !== 12) continue
    return Array.from({ length: subtable.readUInt32BE(12) }, (_, group) => {
      const at = 16 + group * 12
      const [first, last] = [subtable.readUInt32BE(at), subtable.readUInt32BE(at + 4)]
      return { first, last, glyph: subtable.readUInt32BE(at + 8) }
    })
  }
  throw new RangeError('the font has no cmap of format 12')
}

function makeSubset(file: Buffer, glyphs: readonly Glyph[]) {
  const table = (tag: string) => Buffer.from(findTable(file, tag) ?? [])
  const [head, hhea, maxp] = [table('head'), table('hhea'), table('maxp')]
  const outlines = collectOutlines(file, [0, ...glyphs])
  const glyphCount = outlines.length
  const loca = Buffer.alloc((glyphCount + 1) * 4)
  const hmtx = Buffer.alloc(glyphCount * 4)
  let length = 0
  for (const [i, { glyph, outline }] of outlines.entries()) {
    metricsOf(file, glyph).copy(hmtx, i * 4)
    length += outline.length
    loca.writeUInt32BE(length, (i + 1) * 4)
  }
  head.writeUInt32BE(0, 8)
  head.writeInt16BE(LONG_OFFSETS, 50)
  hhea.writeUInt16BE(glyphCount, 34)
  maxp.writeUInt16BE(glyphCount, 4)
  const glyf = Buffer.concat(outlines.map(({ outline }) => outline))
  const hinting = ['cvt ', 'fpgm', 'prep'].map((tag) => [tag, table(tag)] as const)
  const kept = hinting.filter(([, body]) => body.length > 0)
  const own = Object.entries({ glyf, head, hhea, hmtx, loca, maxp })
  return { file: writeTables([...own, ...kept]), glyphCount }
}

const LONG_OFFSETS = 1

/** The outlines of these glyphs, and of the parts that composed ones use, with their new numbers. */
function collectOutlines(file: Buffer, glyphs: readonly Glyph[]) {
  const order = [...glyphs]
  const numbers = new Map([...order.entries()].reverse().map(([i, glyph]) => [glyph, i]))
  const outlines: { glyph: Glyph; outline: Buffer }[] = []
  // Not `for … of order.entries()` alone: parts are added to the end while it runs.
  for (let i = 0; i < order.length; i += 1) {
    const glyph = order[i] ?? 0
    const outline = copyOutline(file, glyph)
    for (const at of partsOf(outline)) {
      const part = outline.readUInt16BE(at)
      const number = numbers.get(part) ?? order.push(part) - 1
      numbers.set(part, number)
      outline.writeUInt16BE(number, at)
    }
    outlines.push({ glyph, outline })
  }
  return outlines
}

/** A copy, padded so that the next one begins at a multiple of four. */
function copyOutline(file: Buffer, glyph: Glyph): Buffer {
  const isLong = findTable(file, 'head')?.readInt16BE(50) === LONG_OFFSETS
  const loca = findTable(file, 'loca') ?? Buffer.alloc(0)
  const offset = (i: number) => (isLong ? loca.readUInt32BE(i * 4) : loca.readUInt16BE(i * 2) * 2)
  const outline = findTable(file, 'glyf')?.subarray(offset(glyph), offset(glyph + 1)) ?? []
  const copy = Buffer.alloc(Math.ceil(outline.length / 4) * 4)
  copy.set(outline)
  return copy
}

const ARGUMENTS_ARE_WORDS = 0x01
const HAS_SCALE = 0x08
const MORE_PARTS = 0x20
const HAS_TWO_SCALES = 0x40
const HAS_MATRIX = 0x80

/** Where a composed glyph names the glyphs it is made of (§5.3.3.4). */
function* partsOf(outline: Buffer): Generator<number> {
  if (outline.length === 0 || outline.readInt16BE(0) >= 0) return
  for (let at = 10; ; ) {
    const flags = outline.readUInt16BE(at)
    yield at + 2
    if ((flags & MORE_PARTS) === 0) return
    at += 4 + ((flags & ARGUMENTS_ARE_WORDS) === 0 ? 2 : 4)
    if ((flags & HAS_SCALE) !== 0) at += 2
    else if ((flags & HAS_TWO_SCALES) !== 0) at += 4
    else if ((flags & HAS_MATRIX) !== 0) at += 8
  }
}

/** Advance and left bearing. */
function metricsOf(file: Buffer, glyph: Glyph): Buffer {
  const hmtx = findTable(file, 'hmtx') ?? Buffer.alloc(0)
  const advances = findTable(file, 'hhea')?.readUInt16BE(34) ?? 0
  if (glyph < advances) return hmtx.subarray(glyph * 4, glyph * 4 + 4)
  const bearing = advances * 4 + (glyph - advances) * 2
  const last = (advances - 1) * 4
  return Buffer.concat([hmtx.subarray(last, last + 2), hmtx.subarray(bearing, bearing + 2)])
}

const WHOLE_FILE_SUM = 0xb1b0afba

/** §4.3 and §4.4: the directory in order of tags, each table at a multiple of four, with its sum. */
function writeTables(tables: readonly (readonly [string, Buffer])[]): Buffer {
  const sorted = [...tables].sort(([a], [b]) => (a < b ? -1 : 1))
  const log = Math.floor(Math.log2(sorted.length))
  const directory = Buffer.alloc(HEADER_BYTES + sorted.length * RECORD_BYTES)
  directory.writeUInt32BE(0x00010000, 0)
  directory.writeUInt16BE(sorted.length, 4)
  directory.writeUInt16BE(2 ** log * 16, 6)
  directory.writeUInt16BE(log, 8)
  directory.writeUInt16BE((sorted.length - 2 ** log) * 16, 10)
  const parts = [directory]
  let offset = directory.length
  let headAt = 0
  for (const [i, [tag, body]] of sorted.entries()) {
    const padded = Buffer.alloc(Math.ceil(body.length / 4) * 4)
    padded.set(body)
    const record = HEADER_BYTES + i * RECORD_BYTES
    directory.write(tag, record, 'latin1')
    directory.writeUInt32BE(sumOf(padded), record + 4)
    directory.writeUInt32BE(offset, record + 8)
    directory.writeUInt32BE(body.length, record + 12)
    if (tag === 'head') headAt = offset
    parts.push(padded)
    offset += padded.length
  }
  const file = Buffer.concat(parts)
  file.writeUInt32BE((WHOLE_FILE_SUM - sumOf(file)) >>> 0, headAt + 8)
  return file
}

function sumOf(words: Buffer): number {
  let sum = 0
  for (let at = 0; at < words.length; at += 4) sum = (sum + words.readUInt32BE(at)) >>> 0
  return sum
}
