import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readTlv } from '../../src/cms/der.ts'
import { encodeTime } from '../../src/pki/time.ts'
import { readTime } from '../../src/pki/x509.ts'

test.each([
  { at: '2026-11-24T09:08:07.654Z', tag: 0x17, text: '261124090807Z' },
  { at: '1999-12-31T23:59:59Z', tag: 0x17, text: '991231235959Z' },
  { at: '2049-12-31T23:59:59.999Z', tag: 0x17, text: '491231235959Z' },
  { at: '2050-01-01T00:00:00Z', tag: 0x18, text: '20500101000000Z' },
  { at: '2126-11-24T00:00:00Z', tag: 0x18, text: '21261124000000Z' },
])('$at is written as $text (RFC 5280 §4.1.2.5)', ({ at, tag, text }) => {
  const der = Buffer.from(encodeTime(Date.parse(at)))

  expect(der[0]).toBe(tag)
  expect(der.subarray(2).toString('latin1')).toBe(text)
})

test('a time comes back to the second', () => {
  const seconds = fc.integer({ min: Date.UTC(1950, 0) / 1000, max: Date.UTC(9999, 0) / 1000 })
  fc.assert(
    fc.property(seconds, fc.nat(999), (second, ms) => {
      const der = encodeTime(second * 1000 + ms)

      expect(readTime(der, readTlv(der, 0))).toBe(second * 1000)
    }),
  )
})
