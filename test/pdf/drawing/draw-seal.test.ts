import { readFileSync } from 'node:fs'
import { inflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { drawSeal } from '../../../src/pdf/drawing/draw-seal.ts'
import type { DrawnAppearance } from '../../../src/pdf/drawn.ts'
import { serialise } from '../../../src/pdf/serialise.ts'
import { array, asKind, type PdfStream } from '../../../src/pdf/values.ts'
import { pngOf } from './png-file.ts'
import { blankPage, judged, rendered, sealedPage } from './sealed-page.ts'

const LINES = [
  'Scellé par Conseil régional de l’Ordre des experts-comptables',
  'Motif\u202f: cotisations « œuvre sociale » 2027, 1 250 €',
  'Le 24 novembre 2026 à 10:42 (heure de Paris)',
]
const BOX = { width: 220, height: 70, pdfaPart: undefined }
const RECT = { x: 40, y: 60, width: 220, height: 70 }

const fixture = (name: string) => readFileSync(new URL(`./fixtures/${name}`, import.meta.url))
const half = pngOf({
  width: 8,
  height: 8,
  pixels: Uint8Array.from({ length: 256 }, (_, i) => (i % 4 === 3 ? (i < 128 ? 0 : 255) : 40)),
})
const PNG = { type: 'png', bytes: half } as const

test('poppler finds the font embedded as a subset with its characters, and qpdf no fault', async () => {
  const pdf = await sealedPage(blankPage(), { lines: LINES, logo: PNG }, RECT)
  const fonts = judged('pdffonts', ['FILE'], pdf).toString()
  expect(fonts).toMatch(/[A-Z]{6}\+SourceSans3-Regular +CID TrueType +Identity-H +yes yes yes/)
  expect(judged('qpdf', ['--check', 'FILE'], pdf).toString()).toContain('No syntax')
})

test('the text can be searched and copied, French signs and spaces included', async () => {
  const pdf = await sealedPage(blankPage(), { lines: LINES }, RECT)
  const text = judged('pdftotext', ['-raw', 'FILE', '-'], pdf).toString().replace(/\s+/g, ' ')
  for (const line of LINES) expect(text).toContain(line.replace(/\s+/g, ' '))
})

test.each([0, 90, 180, 270])(
  'on a page turned by %i° the seal stands in its rectangle, upright, and nothing else changes',
  async (rotate) => {
    const page = blankPage(rotate)
    const rect = { x: 40, y: 60, width: 120, height: 50 }
    const [before, after] = [page, await sealedPage(page, { lines: LINES }, rect)].map(rendered)
    const changed: { x: number; y: number }[] = []
    for (let y = 0; y < (after?.height ?? 0); y += 1) {
      for (let x = 0; x < (after?.width ?? 0); x += 1) {
        if (before?.at(x, y) !== after?.at(x, y)) changed.push({ x, y })
      }
    }
    const [xs, ys] = [changed.map(({ x }) => x), changed.map(({ y }) => y)]
    expect([Math.min(...xs), Math.min(...ys)]).toEqual([40, 60])
    expect([Math.max(...xs), Math.max(...ys)]).toEqual([159, 109])
    // The band stands left of the text only when the seal is upright.
    for (const y of [65, 85, 105]) expect(after?.at(41, y)).toBeLessThan(100)
    for (const y of [65, 85, 105]) expect(after?.at(157, y)).toBe(255)
  },
)

test('equal input gives equal objects, also in another process', async () => {
  const content = { lines: LINES, logo: PNG }
  const first = await drawSeal(content, BOX)
  vi.resetModules()
  const fresh = await import('../../../src/pdf/drawing/draw-seal.ts')
  const second = await fresh.drawSeal(content, BOX)
  expect(second).not.toBe(first)
  expect(second).toEqual(first)
})

test('what is drawn is what was looked at and found good', async () => {
  const drawn = await drawSeal({ lines: LINES, logo: PNG }, BOX)
  await expect(textOf(formOf(drawn))).toMatchFileSnapshot('golden/seal.txt')
})

test('a text too long for its box is cut with an ellipsis', async () => {
  const lines = [LINES[0] ?? '', 'Motif\u202f: '.concat('très long '.repeat(100))]
  const pdf = await sealedPage(blankPage(), { lines }, { ...RECT, height: 40 })
  const text = judged('pdftotext', ['-raw', 'FILE', '-'], pdf).toString()
  expect(text.trim()).toMatch(/^Scellé par Conseil.*…$/s)
})

test('a word wider than the box is broken', async () => {
  const word = 'rendez-vous'.repeat(12)
  const pdf = await sealedPage(blankPage(), { lines: [word] }, { ...RECT, width: 100 })
  const text = judged('pdftotext', ['-raw', 'FILE', '-'], pdf).toString()
  expect(text.trim().split('\n').length).toBeGreaterThan(3)
  expect(text.replace(/\s/g, '')).toBe(word)
})

test('a character that the font lacks is a question mark, an invisible one is nothing', async () => {
  const lines = ['Æ ж \u200bA\u0301 中 😀 \ud800 fin\nsuite']
  const pdf = await sealedPage(blankPage(), { lines }, RECT)
  const text = judged('pdftotext', ['-raw', 'FILE', '-'], pdf).toString()
  expect(text.trim()).toBe('Æ ж Á ? ? ? fin suite')
})

test('a transparent logo is laid on white: the image has no mask of any kind', async () => {
  const image = imageOf(await drawSeal({ lines: [], logo: PNG }, BOX))
  expect([...image.dict.entries.keys()].filter((key) => /Mask/.test(key))).toEqual([])
  const [, ...rows] = inflateSync(image.data)
  expect(rows.slice(0, 24)).toEqual(Array(24).fill(255))
})

test('a large PNG is made smaller, to a mean of its pixels', async () => {
  const pixels = Uint8Array.from({ length: 960 * 4 * 4 }, (_, i) => (i % 8 < 3 ? 0 : 255))
  const bytes = pngOf({ width: 960, height: 4, pixels })
  const image = imageOf(await drawSeal({ lines: [], logo: { type: 'png', bytes } }, BOX))
  expect([image.dict.entries.get('Width'), image.dict.entries.get('Height')]).toEqual([480, 2])
  expect([...inflateSync(image.data).subarray(1, 4)]).toEqual([128, 128, 128])
})

test.each([
  { name: 'rgb.jpg', space: 'DeviceRGB', decode: undefined },
  { name: 'progressive.jpg', space: 'DeviceRGB', decode: undefined },
  { name: 'gray.jpg', space: 'DeviceGray', decode: undefined },
  { name: 'cmyk.jpg', space: 'DeviceCMYK', decode: array([1, 0, 1, 0, 1, 0, 1, 0]) },
])('the logo $name shows its colours', async ({ name, space, decode }) => {
  const logo = { type: 'jpeg', bytes: fixture(name) } as const
  const { entries } = imageOf(await drawSeal({ lines: LINES, logo }, BOX)).dict
  expect(entries.get('ColorSpace')).toMatchObject({ name: space })
  expect(entries.get('Decode')).toEqual(decode)
  const page = rendered(await sealedPage(blankPage(), { lines: [], logo }, RECT))
  // The picture is white around dark blue.
  expect(page.at(53, 95)).toBeGreaterThan(235)
  expect(page.at(85, 95)).toBeLessThan(110)
})

test.each([
  { fault: 'no image', logo: { type: 'png', bytes: Buffer.from('hello') } },
  { fault: 'another type than it says', logo: { type: 'jpeg', bytes: half } },
  { fault: 'the end missing', logo: { type: 'png', bytes: half.subarray(0, -20) } },
  { fault: 'too many octets', logo: { type: 'png', bytes: Buffer.alloc(1_048_577) } },
] as const)('a logo with $fault is an invalid request', async ({ logo }) => {
  await expect(drawSeal({ lines: LINES, logo }, BOX)).rejects.toMatchObject({
    name: 'AppError',
    code: 'invalid-request',
    message: expect.stringMatching(/^The logo .*\.$/),
    hints: { field: 'logo' },
  })
})

test.each([
  { pdfaPart: undefined, logo: PNG, spaces: [] },
  { pdfaPart: 1, logo: PNG, spaces: ['DefaultGray', 'DefaultRGB'] },
  {
    pdfaPart: 2,
    logo: { type: 'jpeg', bytes: fixture('cmyk.jpg') },
    spaces: ['DefaultGray', 'DefaultRGB', 'DefaultCMYK'],
  },
] as const)(
  'in part $pdfaPart of PDF/A a $logo.type logo has the colours defined: $spaces',
  async ({ pdfaPart, logo, spaces }) => {
    const drawn = await drawSeal({ lines: LINES, logo }, { ...BOX, pdfaPart })
    const resources = asKind(formOf(drawn).dict.entries.get('Resources'), 'dict')
    const defined = asKind(resources?.entries.get('ColorSpace'), 'dict')?.entries.keys() ?? []
    expect([...defined]).toEqual(spaces)
  },
)

test('any text in any box is drawn, and the form is as large as the box', async () => {
  const side = fc.double({ min: 0.01, max: 2000, noNaN: true })
  const text = fc.string({ unit: 'binary', maxLength: 800 })
  await fc.assert(
    fc.asyncProperty(
      fc.array(text, { maxLength: 20 }),
      side,
      side,
      async (lines, width, height) => {
        const drawn = await drawSeal({ lines, logo: PNG }, { width, height, pdfaPart: undefined })
        expect(formOf(drawn).dict.entries.get('BBox')).toEqual(array([0, 0, width, height]))
        expect(textOf(formOf(drawn))).not.toMatch(/NaN|Infinity|undefined/)
        expect(unresolvedIn(drawn)).toEqual([])
      },
    ),
    { numRuns: 100 },
  )
})

function formOf({ form, objects }: DrawnAppearance): PdfStream {
  const found = asKind(objects.find(({ number }) => number === form)?.value, 'stream')
  if (found === undefined) throw new Error('no form')
  return found
}

function imageOf({ objects }: DrawnAppearance): PdfStream {
  const streams = objects.flatMap(({ value }) => asKind(value, 'stream') ?? [])
  const found = streams.find(({ dict }) => dict.entries.has('BitsPerComponent'))
  if (found === undefined) throw new Error('no image')
  return found
}

function textOf({ data }: PdfStream): string {
  return inflateSync(data).toString('latin1')
}

/** References to objects that are not there. */
function unresolvedIn({ objects }: DrawnAppearance): string[] {
  const numbers = new Set(objects.map(({ number }) => `${number} 0 R`))
  const texts = objects.map(({ value }) => {
    return serialise(asKind(value, 'stream')?.dict ?? asKind(value, 'dict') ?? null)
  })
  return texts.flatMap((text) => text.match(/\d+ \d+ R/g) ?? []).filter((ref) => !numbers.has(ref))
}
