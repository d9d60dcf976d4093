import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { array, dict, name, type PdfRef, type PdfStream, string } from '../values.ts'
import { BoundedCache } from './bounded-cache.ts'
import { flateStream, type LocalObjects } from './local-objects.ts'
import { readTrueType, type TrueType } from './true-type.ts'

const FILE = new URL('./fonts/SourceSans3-Regular.ttf', import.meta.url)
const POSTSCRIPT_NAME = 'SourceSans3-Regular'
const NOTDEF = 0

/** In every subset, so that nearly all seals share one: Latin-1 and what French typography adds. */
const BASE_CHARACTERS = [
  ...range(0x20, 0x7e),
  ...range(0xa0, 0xac),
  ...range(0xae, 0xff),
  ...codePointsOf('ŒœŸ–—‘’“”„•…‹›€№™'),
]

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

function codePointsOf(text: string): number[] {
  return Array.from(text, (character) => character.codePointAt(0) ?? 0)
}

let read: TrueType | undefined

/** Read when first needed, once. */
function face(): TrueType {
  read ??= readTrueType(readFileSync(FILE))
  return read
}

const widths = new Map<string, number>()

/** The width of a text in ems: no kerning, as the text operators set it. */
export function widthOf(text: string): number {
  let sum = 0
  for (const character of text) {
    let width = widths.get(character)
    if (width === undefined) {
      width = face().advanceOf(glyphOf(character)) / face().unitsPerEm
      widths.set(character, width)
    }
    sum += width
  }
  return sum
}

function glyphOf(character: string): number {
  return face().glyphOf(character.codePointAt(0) ?? 0)
}

/**
 * The text as the font can show it: composed, on one line, without invisible marks, and a question
 * mark for what the font lacks. The font's narrow fixed space is so narrow that readers of the text
 * take it for none: it becomes an ordinary one, as fixed.
 */
export function drawable(text: string): string {
  const onOneLine = text.normalize('NFC').replace(/[ \p{Cc}\u2028\u2029]+/gu, ' ')
  return Array.from(onOneLine.replace(/\u202f/g, '\u00a0'), (character) => {
    if (/\p{Cf}/u.test(character)) return ''
    if (glyphOf(character) !== NOTDEF) return character
    return /\p{M}/u.test(character) ? '' : '?'
  }).join('')
}

interface Subset {
  readonly baseFont: string
  /** Glyphs of the subset by code point. */
  readonly glyphs: ReadonlyMap<number, number>
  /** Advances in thousandths of an em, by glyph of the subset. */
  readonly widths: readonly number[]
  readonly fontFile: PdfStream
  readonly cidSet: PdfStream
  readonly toUnicode: PdfStream
}

const subsets = new BoundedCache<Subset>(32)

export interface EmbeddedFont {
  readonly font: PdfRef
  /** The text as the string operand of `Tj`, in hexadecimal. */
  readonly encode: (text: string) => string
}

/**
 * Add a composite font (ISO 32000-2 §9.7) with all that these texts need. It is complete for every
 * part of PDF/A: embedded, `/CIDSet` (ISO 19005-1 §6.3.5) of all its glyphs, `/ToUnicode`.
 *
 * @param text - What `drawable` gave.
 */
export function embedFont(objects: LocalObjects, text: string): EmbeddedFont {
  const base = new Set(BASE_CHARACTERS)
  const extra = [...new Set(codePointsOf(text))].filter((c) => !base.has(c)).sort((a, b) => a - b)
  const subset = subsets.get(extra.join(' '), () => makeSubset([...base, ...extra]))
  const { baseFont, glyphs } = subset
  const descendant = objects.add(
    dict({
      Type: name('Font'),
      Subtype: name('CIDFontType2'),
      BaseFont: name(baseFont),
      CIDSystemInfo: dict({
        Registry: string(Buffer.from('Adobe')),
        Ordering: string(Buffer.from('Identity')),
        Supplement: 0,
      }),
      CIDToGIDMap: name('Identity'),
      DW: 1000,
      W: array([0, array(subset.widths)]),
      FontDescriptor: addDescriptor(objects, subset),
    }),
  )
  const font = objects.add(
    dict({
      Type: name('Font'),
      Subtype: name('Type0'),
      BaseFont: name(baseFont),
      Encoding: name('Identity-H'),
      DescendantFonts: array([descendant]),
      ToUnicode: objects.add(subset.toUnicode),
    }),
  )
  const encode = (line: string) => codePointsOf(line).map((c) => hex4(glyphs.get(c) ?? NOTDEF))
  return { font, encode: (line) => encode(line).join('') }
}

const SYMBOLIC = 4

function addDescriptor(objects: LocalObjects, { baseFont, fontFile, cidSet }: Subset): PdfRef {
  const { box, ascent, descent, capHeight } = face()
  return objects.add(
    dict({
      Type: name('FontDescriptor'),
      FontName: name(baseFont),
      Flags: SYMBOLIC,
      FontBBox: array(box.map(inThousandths)),
      ItalicAngle: 0,
      Ascent: inThousandths(ascent),
      Descent: inThousandths(descent),
      CapHeight: inThousandths(capHeight),
      StemV: 84,
      FontFile2: objects.add(fontFile),
      CIDSet: objects.add(cidSet),
    }),
  )
}

function makeSubset(codePoints: readonly number[]): Subset {
  const originals: number[] = []
  const glyphs = new Map<number, number>()
  for (const codePoint of codePoints) {
    const original = face().glyphOf(codePoint)
    const known = originals.indexOf(original)
    glyphs.set(codePoint, known < 0 ? originals.push(original) : known + 1)
  }
  const { file, glyphCount } = face().subset(originals)
  return {
    baseFont: `${tagOf(codePoints)}+${POSTSCRIPT_NAME}`,
    glyphs,
    widths: [NOTDEF, ...originals].map((glyph) => inThousandths(face().advanceOf(glyph))),
    fontFile: flateStream(file, { Length1: file.length }),
    // Of all glyphs: those asked for, and the parts that composed ones are made of.
    cidSet: flateStream(firstBits(glyphCount)),
    toUnicode: flateStream(Buffer.from(toUnicode(glyphs), 'latin1')),
  }
}

function inThousandths(units: number): number {
  return Math.round((units * 1000) / face().unitsPerEm)
}

/** Six capitals that differ from subset to subset (ISO 32000-2 §9.9.2). */
function tagOf(codePoints: readonly number[]): string {
  const digest = createHash('sha256').update(codePoints.join(' ')).digest().subarray(0, 6)
  return Array.from(digest, (octet) => String.fromCharCode(65 + (octet % 26))).join('')
}

/** As many ones as there are glyphs, the first in the highest bit. */
function firstBits(count: number): Uint8Array {
  const bits = new Uint8Array(Math.ceil(count / 8)).fill(0xff)
  const last = bits.length - 1
  bits[last] = (0xff << (bits.length * 8 - count)) & 0xff
  return bits
}

const MAPPINGS_PER_BLOCK_MAX = 100

/** ISO 32000-2 §9.10.3. Where two characters share a glyph, the first names it. */
function toUnicode(glyphs: ReadonlyMap<number, number>): string {
  const characters = new Map<number, number>()
  for (const [codePoint, glyph] of glyphs) {
    if (!characters.has(glyph)) characters.set(glyph, codePoint)
  }
  const rows = [...characters].map(([glyph, codePoint]) => `<${hex4(glyph)}> <${utf16(codePoint)}>`)
  let blocks = ''
  for (let i = 0; i < rows.length; i += MAPPINGS_PER_BLOCK_MAX) {
    const block = rows.slice(i, i + MAPPINGS_PER_BLOCK_MAX)
    blocks += `${block.length} beginbfchar\n${block.join('\n')}\nendbfchar\n`
  }
  return `/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def
/CMapName /Adobe-Identity-UCS def
/CMapType 2 def
1 begincodespacerange
<0000> <ffff>
endcodespacerange
${blocks}endcmap
CMapName currentdict /CMap defineresource pop
end
end`
}

function utf16(codePoint: number): string {
  return Buffer.from(String.fromCodePoint(codePoint), 'utf16le').swap16().toString('hex')
}

function hex4(value: number): string {
  return value.toString(16).padStart(4, '0')
}
