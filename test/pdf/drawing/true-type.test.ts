import { readFileSync } from 'node:fs'
import fontkit from '@pdf-lib/fontkit'
import { expect, test } from 'vitest'
import { readTrueType } from '../../../src/pdf/drawing/true-type.ts'

const FILE = new URL('../../../src/pdf/drawing/fonts/SourceSans3-Regular.ttf', import.meta.url)
const bytes = readFileSync(FILE)
const font = readTrueType(bytes)
const judge = fontkit.create(bytes)

test('characters, advances and measures are what fontkit reads', () => {
  const { ascent, descent, unitsPerEm, capHeight, bbox } = judge
  expect(font).toMatchObject({ ascent, descent, unitsPerEm, capHeight })
  expect(font.box).toEqual([bbox.minX, bbox.minY, bbox.maxX, bbox.maxY])
  const known = new Set(judge.characterSet)
  const differing = Array.from({ length: 0x20000 }, (_, codePoint) => codePoint).filter((c) => {
    if (!known.has(c)) return font.glyphOf(c) !== 0
    const { id, advanceWidth } = judge.glyphForCodePoint(c)
    return font.glyphOf(c) !== id || font.advanceOf(id) !== advanceWidth
  })
  expect(differing).toEqual([])
})

test.each([
  { what: 'letters', text: 'Conseil' },
  { what: 'letters made of parts', text: 'éÉçœŒÀÿñÅ' },
  { what: 'signs', text: ' «»’“”€…–—№' },
  { what: 'other alphabets', text: 'ΩЖяệ' },
])('a subset draws the same $what', ({ text }) => {
  const glyphs = Array.from(text, (character) => font.glyphOf(character.codePointAt(0) ?? 0))
  const { file, glyphCount } = font.subset(glyphs)
  const subset = fontkit.create(file)
  expect(subset.numGlyphs).toBe(glyphCount)
  for (const [i, glyph] of glyphs.entries()) {
    const [mine, original] = [subset.getGlyph(i + 1), judge.getGlyph(glyph)]
    expect(mine.path.toSVG()).toBe(original.path.toSVG())
    expect(mine.advanceWidth).toBe(original.advanceWidth)
  }
})
