import { deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { BadImage } from '../../../src/pdf/drawing/bad-image.ts'
import { decodePng } from '../../../src/pdf/drawing/png.ts'
import { headerOf, pngFile, pngOf } from './png-file.ts'

const picture = fc
  .record({ width: fc.integer({ min: 1, max: 20 }), height: fc.integer({ min: 1, max: 20 }) })
  .chain(({ width, height }) =>
    fc.record({
      width: fc.constant(width),
      height: fc.constant(height),
      pixels: fc.uint8Array({ minLength: width * height * 4, maxLength: width * height * 4 }),
      isInterlaced: fc.boolean(),
    }),
  )

test('every RGBA picture comes back as it looks on white paper, interlaced or not', () => {
  fc.assert(
    fc.property(picture, (drawn) => {
      const { width, height, rgb } = decodePng(pngOf(drawn))
      expect({ width, height }).toEqual({ width: drawn.width, height: drawn.height })
      for (let i = 0; i < width * height; i += 1) {
        const opacity = (drawn.pixels[i * 4 + 3] ?? 0) / 255
        for (const c of [0, 1, 2]) {
          const onWhite = opacity * (drawn.pixels[i * 4 + c] ?? 0) + (1 - opacity) * 255
          expect(Math.abs((rgb[i * 3 + c] ?? 0) - onWhite)).toBeLessThanOrEqual(0.5 + 1e-9)
        }
      }
    }),
    { numRuns: 60 },
  )
})

const PALETTE = ['PLTE', Buffer.from([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9])] as const

test.each([
  { kind: 'gray, 1 bit', header: [4, 1, 1, 0], row: [0b0101_0000], first: [0, 255, 0] },
  { kind: 'gray, 2 bits', header: [4, 1, 2, 0], row: [0b0001_1011], first: [0, 85, 170] },
  { kind: 'gray, 4 bits', header: [3, 1, 4, 0], row: [0x0f, 0x80], first: [0, 255, 136] },
  {
    kind: 'gray, 16 bits',
    header: [3, 1, 16, 0],
    row: [0, 0, 255, 255, 128, 0],
    first: [0, 255, 128],
  },
  {
    kind: 'gray and alpha',
    header: [3, 1, 8, 4],
    row: [0, 0, 0, 255, 100, 255],
    first: [255, 0, 100],
  },
  { kind: 'palette, 2 bits', header: [3, 1, 2, 3], row: [0b0001_1000], first: [255, 0, 0] },
  { kind: 'palette, 8 bits', header: [3, 1, 8, 3], row: [0, 3, 1], first: [255, 9, 0] },
  {
    kind: 'red, green, blue',
    header: [3, 1, 8, 2],
    row: [7, 1, 1, 8, 1, 1, 9, 1, 1],
    first: [7, 8, 9],
  },
])('a PNG in $kind is read', ({ header, row, first }) => {
  const [width = 0, height = 0, bitDepth = 0, colourType = 0] = header
  const file = pngFile({
    header: headerOf(width, height, bitDepth, colourType),
    chunks: [PALETTE, ['IDAT', deflateSync(Buffer.from([0, ...row]))]],
  })
  const { rgb } = decodePng(file)
  expect([rgb[0], rgb[3], rgb[6]]).toEqual(first)
})

test.each([
  { kind: 'gray', colourType: 0, row: [7, 8], transparency: [0, 7] },
  {
    kind: 'red, green, blue',
    colourType: 2,
    row: [7, 7, 7, 8, 8, 8],
    transparency: [0, 7, 0, 7, 0, 7],
  },
  { kind: 'palette', colourType: 3, row: [0, 3], transparency: [0] },
])(
  'the transparent colour of a PNG in $kind becomes white',
  ({ colourType, row, transparency }) => {
    const file = pngFile({
      header: headerOf(2, 1, 8, colourType),
      chunks: [
        PALETTE,
        ['tRNS', Buffer.from(transparency)],
        ['IDAT', deflateSync(Buffer.from([0, ...row]))],
      ],
    })
    const { rgb } = decodePng(file)
    expect([...rgb.subarray(0, 3)]).toEqual([255, 255, 255])
    expect(rgb[3]).toBeLessThan(255)
  },
)

const WHITE = { width: 5, height: 5, pixels: new Uint8Array(100).fill(255) }

test.each([
  { fault: 'another file', file: Buffer.from('GIF89a') },
  { fault: 'nothing', file: Buffer.alloc(0) },
  { fault: 'no header', file: pngFile({ header: Buffer.alloc(0), chunks: [] }) },
  { fault: 'an unknown kind', file: pngFile({ header: headerOf(1, 1, 8, 5), chunks: [] }) },
  { fault: 'no pixels', file: pngFile({ header: headerOf(1, 1, 8, 2), chunks: [] }) },
  { fault: 'no width', file: pngFile({ header: headerOf(0, 1, 8, 2), chunks: [] }) },
  { fault: 'no palette', file: pngFile({ header: headerOf(1, 1, 8, 3), chunks: [] }) },
  {
    fault: 'a size no logo has',
    file: pngFile({ header: headerOf(60_000, 60_000, 8, 6), chunks: [] }),
  },
  {
    fault: 'more pixels than it says',
    file: pngFile({
      header: headerOf(1, 1, 8, 6),
      chunks: [['IDAT', deflateSync(Buffer.alloc(50_000_000))]],
    }),
  },
  {
    fault: 'fewer pixels than it says',
    file: pngFile({
      header: headerOf(9, 9, 8, 6),
      chunks: [['IDAT', deflateSync(Buffer.alloc(9))]],
    }),
  },
  {
    fault: 'an unknown filter',
    file: pngFile({
      header: headerOf(1, 1, 8, 0),
      chunks: [['IDAT', deflateSync(Buffer.from([9, 0]))]],
    }),
  },
])('a PNG with $fault is refused', ({ file }) => {
  expect(() => decodePng(file)).toThrow(BadImage)
})

test('a PNG cut anywhere, or with any octet changed, is refused', () => {
  const file = pngOf(WHITE)
  for (let end = 0; end < file.length; end += 1) {
    expect(() => decodePng(file.subarray(0, end))).toThrow(BadImage)
  }
  for (let at = 0; at < file.length; at += 1) {
    const changed = Buffer.from(file)
    changed[at] = (changed[at] ?? 0) ^ 0x55
    expect(() => decodePng(changed)).toThrow(BadImage)
  }
})
