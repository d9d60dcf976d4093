import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openPdf } from '../../src/pdf/document.ts'
import { getPage } from '../../src/pdf/pages.ts'
import { claimedPdfaPart, toUserSpace } from '../../src/pdf/place.ts'
import { bytesSource } from '../../src/pdf/source.ts'
import { drawBox } from '../support/drawn-box.ts'
import { judgeSignatures, type Picture, render } from '../support/judges.ts'
import { runs } from '../support/laws.ts'
import { basicObjects, classicPdf, type Objects, streamBody } from '../support/pdfs.ts'
import { sealed } from '../support/sealed.ts'
import { makeSoftwareSigner } from '../support/software-signer.ts'

const signer = await makeSoftwareSigner()

function pageWith(entries: string, more: Objects = {}): Buffer {
  return classicPdf(
    basicObjects({ 3: `<< /Type /Page /Parent 2 0 R /Contents 4 0 R ${entries} >>`, ...more }),
  )
}

const CROPPED = '/MediaBox [0 0 400 300] /CropBox [50 30 350 230]'
const RECT = { x: 30, y: 40, width: 120, height: 60 }
const [BLACK, WHITE] = [0, 255]

/** Grey of a point given from the bottom left corner of what is displayed. */
function at({ height, at: pixel }: Picture, x: number, y: number): number {
  return pixel(Math.floor(x), height - 1 - Math.floor(y))
}

/** The drawing's frame stands where `rect` says, upright: its filled corner is at the lower left. */
function expectBoxAt(picture: Picture, { x, y, width, height }: typeof RECT): void {
  const [right, top] = [x + width, y + height]
  const black = [
    [x + 10, y + 8],
    [x + 1, top - 5],
    [right - 1, y + 5],
    [right - 5, top - 1],
  ]
  const white = [
    [right - 10, y + 8],
    [x + 10, top - 8],
    [right - 10, top - 8],
    [x - 4, y + 5],
    [right + 4, y + 5],
    [x + 5, y - 4],
    [x + 5, top + 4],
  ]
  for (const [px = 0, py = 0] of black) expect(at(picture, px, py)).toBe(BLACK)
  for (const [px = 0, py = 0] of white) expect(at(picture, px, py)).toBe(WHITE)
}

const TURNS = [0, 90, 180, 270, -90, 450]

test.each(TURNS)('turned by %d°, a seal stands where it was put and upright', async (rotate) => {
  const blank = { 4: streamBody('') }
  const pdf = pageWith(`${CROPPED} /Rotate ${rotate}`, blank)

  const file = await sealed(pdf, signer, { rect: RECT }, async (box) => drawBox(box))

  const picture = render(file)
  const isTurned = rotate % 180 !== 0
  expect([picture.width, picture.height]).toEqual(isTurned ? [200, 300] : [300, 200])
  expectBoxAt(picture, RECT)
  expect(judgeSignatures(file)).toMatchObject({ all: 1, valid: 1, coversAll: true })
})

test('the turn and the boxes may be inherited, and stay so', async () => {
  const pdf = classicPdf(
    basicObjects({
      2: `<< /Type /Pages /Kids [3 0 R] /Count 1 ${CROPPED} /Rotate 90 >>`,
      3: '<< /Type /Page /Parent 2 0 R >>',
    }),
  )

  const file = await sealed(pdf, signer, { rect: RECT }, async (box) => drawBox(box))

  expectBoxAt(render(file), RECT)
  expect(file.subarray(pdf.length).toString('latin1')).not.toMatch(/\/(Rotate|CropBox|MediaBox)/)
})

test.each(TURNS)('turned by %d°, an existing field is filled upright', async (rotate) => {
  const pdf = classicPdf(
    basicObjects({
      1: '<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [6 0 R] >> >>',
      3: `<< /Type /Page /Parent 2 0 R ${CROPPED} /Rotate ${rotate} /Annots [6 0 R] >>`,
      6: '<< /Type /Annot /Subtype /Widget /FT /Sig /T (Maire) /F 4 /P 3 0 R /Rect [80 70 200 130] >>',
    }),
  )

  const file = await sealed(pdf, signer, { field: 'Maire' }, async (box) => drawBox(box))

  const turn = ((rotate % 360) + 360) % 360
  const shown = {
    0: { x: 30, y: 40, width: 120, height: 60 },
    90: { x: 40, y: 150, width: 60, height: 120 },
    180: { x: 150, y: 100, width: 120, height: 60 },
    270: { x: 100, y: 30, width: 60, height: 120 },
  }[turn]
  expect(shown).toBeDefined()
  if (shown !== undefined) expectBoxAt(render(file), shown)
})

test('a seal lies inside the page and keeps its size, however the page is turned and scaled', () => {
  const arbitrary = fc.record({
    rotation: fc.constantFrom(0, 90, 180, 270),
    userUnit: fc.constantFrom(1, 2, 10),
    left: fc.integer({ min: -500, max: 500 }),
    bottom: fc.integer({ min: -500, max: 500 }),
  })
  fc.assert(
    fc.property(arbitrary, ({ rotation, userUnit, left, bottom }) => {
      const box = `[${left} ${bottom} ${left + 300} ${bottom + 200}]`
      const entries = `/MediaBox ${box} /Rotate ${rotation} /UserUnit ${userUnit}`
      const page = getPage(openPdf(bytesSource(pageWith(entries))), 1)
      const rect = { x: 5 * userUnit, y: 7 * userUnit, width: 90 * userUnit, height: 50 * userUnit }

      const found = toUserSpace(page, rect)

      const [across, up] = [found.right - found.left, found.top - found.bottom]
      expect([across, up]).toEqual(rotation % 180 === 0 ? [90, 50] : [50, 90])
      if (rotation === 0) expect(found.left - left).toBe(5)
      if (rotation === 90) expect(found.bottom - bottom).toBe(5)
      expect(found.left).toBeGreaterThanOrEqual(left)
      expect(found.right).toBeLessThanOrEqual(left + 300)
      expect(found.bottom).toBeGreaterThanOrEqual(bottom)
      expect(found.top).toBeLessThanOrEqual(bottom + 200)
    }),
    runs(100),
  )
})

test.each([
  ['A4 when there is none', '', { left: 0, bottom: 0, right: 595.28, top: 841.89 }],
  ['in order', '/MediaBox [300 200 0 0]', { left: 0, bottom: 0, right: 300, top: 200 }],
  [
    'within the media',
    `/MediaBox [0 0 300 200] /CropBox [-50 50 900 90]`,
    { left: 0, bottom: 50, right: 300, top: 90 },
  ],
  [
    'the media when nothing is left',
    '/MediaBox [0 0 300 200] /CropBox [900 900 999 999]',
    { left: 0, bottom: 0, right: 300, top: 200 },
  ],
])('a page’s box is %s', (_, entries, box) => {
  expect(getPage(openPdf(bytesSource(pageWith(entries))), 1).box).toEqual(box)
})

test.each([
  ['<pdfaid:part>2</pdfaid:part>', 2],
  ['pdfaid:part="1"', 1],
  ["pdfaid:part = '3'", 3],
  ['<dc:title>PDF/A</dc:title>', undefined],
])('%s claims PDF/A %s', (xmp, part) => {
  const objects = {
    1: '<< /Type /Catalog /Pages 2 0 R /Metadata 6 0 R >>',
    6: streamBody(xmp, '/Type /Metadata /Subtype /XML'),
  }
  expect(claimedPdfaPart(openPdf(bytesSource(classicPdf(basicObjects(objects)))))).toBe(part)
})

test('broken metadata claims nothing and hinders nothing', () => {
  const objects = {
    1: '<< /Type /Catalog /Pages 2 0 R /Metadata 6 0 R >>',
    6: streamBody('no such data', '/Type /Metadata /Filter /FlateDecode'),
  }
  const document = openPdf(bytesSource(classicPdf(basicObjects(objects))))
  expect(claimedPdfaPart(document)).toBeUndefined()
})
