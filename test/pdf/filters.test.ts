import { deflateRawSync, deflateSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeStream } from '../../src/pdf/filters.ts'
import { array, dict, name, type PdfDict } from '../../src/pdf/values.ts'
import { runs } from '../support/laws.ts'

function decode(entries: PdfDict, data: Uint8Array): Buffer {
  return Buffer.from(decodeStream(entries, data, (value) => value ?? null))
}

const DATA = Buffer.from('Délibération du conseil municipal. '.repeat(20))

test.each([
  ['no filter', dict({}), DATA],
  ['Flate', dict({ Filter: name('FlateDecode') }), deflateSync(DATA)],
  ['Flate cut short', dict({ Filter: name('Fl') }), deflateSync(DATA).subarray(0, -4)],
  ['Flate with a wrong checksum', dict({ Filter: name('FlateDecode') }), withWrongChecksum()],
  ['Flate with a wrong header', dict({ Filter: name('FlateDecode') }), withWrongHeader()],
  [
    'hexadecimal',
    dict({ Filter: name('ASCIIHexDecode') }),
    Buffer.from(`${DATA.toString('hex')} >x`),
  ],
  [
    'two filters',
    dict({ Filter: array([name('AHx'), name('FlateDecode')]) }),
    Buffer.from(deflateSync(DATA).toString('hex')),
  ],
])('%s is undone', (_, entries, stored) => {
  expect(decode(entries, stored)).toEqual(DATA)
})

function withWrongChecksum(): Buffer {
  const stored = deflateSync(DATA)
  stored.writeUInt32BE(7, stored.length - 4)
  return stored
}

function withWrongHeader(): Buffer {
  return Buffer.concat([Buffer.from([0, 0]), deflateRawSync(DATA)])
}

test.each([
  ['<~87cURD]i,"Ebo80~>', 'Hello World!'],
  ['87cURD]i,"Ebo80', 'Hello World!'],
  ['z~>', '\0\0\0\0'],
  ['87 cU\nRDZ~>', 'Hello'],
])('base 85 of %s is undone', (stored, expected) => {
  const decoded = decode(dict({ Filter: name('ASCII85Decode') }), Buffer.from(stored))
  expect(decoded.toString('latin1')).toBe(expected)
})

test('runs are undone', () => {
  const stored = Uint8Array.of(2, 65, 66, 67, 254, 68, 128, 9, 9)
  expect(decode(dict({ Filter: name('RunLengthDecode') }), stored).toString()).toBe('ABCDDD')
})

const PNG_ENCODERS = [
  () => 0,
  (left: number) => left,
  (_: number, up: number) => up,
  (left: number, up: number) => (left + up) >> 1,
  (left: number, up: number, upLeft: number) => {
    const estimate = left + up - upLeft
    const [a, b, c] = [left, up, upLeft].map((near) => Math.abs(estimate - near))
    if ((a ?? 0) <= (b ?? 0) && (a ?? 0) <= (c ?? 0)) return left
    return (b ?? 0) <= (c ?? 0) ? up : upLeft
  },
]

/** Rows filtered each in its own way (ISO/IEC 15948 §9), three octets a pixel. */
function filterRows(data: Uint8Array, rowBytes: number, filters: readonly number[]): Buffer {
  const out: number[] = []
  const at = (row: number, i: number) => (row < 0 || i < 0 ? 0 : (data[row * rowBytes + i] ?? 0))
  for (let row = 0; row < data.length / rowBytes; row += 1) {
    const filter = filters[row % filters.length] ?? 0
    out.push(filter)
    for (let i = 0; i < rowBytes; i += 1) {
      const predict = PNG_ENCODERS[filter] ?? PNG_ENCODERS[0]
      const predicted = predict?.(at(row, i - 3), at(row - 1, i), at(row - 1, i - 3)) ?? 0
      out.push((at(row, i) - predicted) & 0xff)
    }
  }
  return Buffer.from(out)
}

test('PNG predictors are undone, whatever each row chose', () => {
  const filters = fc.array(fc.nat(4), { minLength: 1, maxLength: 9 })
  const rows = fc.array(fc.uint8Array({ minLength: 12, maxLength: 12 }), { maxLength: 12 })
  const parms = dict({ Predictor: 15, Colors: 3, Columns: 4 })
  fc.assert(
    fc.property(rows, filters, (parts, choices) => {
      const data = Buffer.concat(parts)
      const stored = deflateSync(filterRows(data, 12, choices))
      expect(decode(dict({ Filter: name('FlateDecode'), DecodeParms: parms }), stored)).toEqual(
        data,
      )
    }),
    runs(200),
  )
})

test.each([
  ['an image filter', dict({ Filter: name('DCTDecode') }), DATA],
  ['no compressed data', dict({ Filter: name('FlateDecode') }), DATA],
  ['too much data', dict({ Filter: name('FlateDecode') }), deflateSync(Buffer.alloc(33 << 20))],
  [
    'an absurd predictor',
    dict({ Filter: name('FlateDecode'), DecodeParms: dict({ Predictor: 12, Columns: 1e9 }) }),
    deflateSync(DATA),
  ],
  [
    'a predictor row of no kind',
    dict({ Filter: name('FlateDecode'), DecodeParms: dict({ Predictor: 12, Columns: 3 }) }),
    deflateSync(DATA),
  ],
])('%s is refused', (_, entries, stored) => {
  expect(() => decode(entries, stored)).toThrow(expect.objectContaining({ code: 'pdf-damaged' }))
})
