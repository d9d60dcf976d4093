import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeTlv, TAG } from '../../src/cms/der.ts'
import { encodeExtension, keyUsage } from '../../src/pki/extensions.ts'
import { encodeTime } from '../../src/pki/time.ts'
import { parseCertificate, readTime } from '../../src/pki/x509.ts'
import {
  caExtensions,
  DAY_MS,
  issue,
  makeRoot,
  NOW,
  SEAL_EXTENSIONS,
  TLS_EXTENSIONS,
  TSA_EXTENSIONS,
  toPem,
  unknownExtension,
} from '../support/test-pki.ts'

const root = makeRoot('Racine')

test('what a certificate says is read as Node reads it', () => {
  const der = issue(root, 'Cachet', { extensions: TSA_EXTENSIONS }).certificate
  const parsed = parseCertificate(der)
  const node = new X509Certificate(der)

  // The number: Node and we differ in the zeros they write before it.
  expect(BigInt(`0x${parsed.serial}`)).toBe(BigInt(`0x${node.serialNumber}`))
  expect(parsed).toMatchObject({
    notBefore: Date.parse(node.validFrom),
    notAfter: Date.parse(node.validTo),
    isCa: node.ca,
    keyUsage: new Set([0, 1]),
    extendedKeyUsage: new Set(node.keyUsage),
    unprocessed: [],
  })
})

test.each([
  { extensions: caExtensions(2), expected: { isCa: true, pathLength: 2 } },
  { extensions: caExtensions(), expected: { isCa: true, pathLength: undefined } },
  { extensions: SEAL_EXTENSIONS, expected: { isCa: false, extendedKeyUsage: undefined } },
  { extensions: TLS_EXTENSIONS, expected: { extendedKeyUsage: new Set(['1.3.6.1.5.5.7.3.1']) } },
  { extensions: [], expected: { hasExtensions: false, keyUsage: undefined } },
  { extensions: [unknownExtension('critical')], expected: { unprocessed: ['1.2.3.4.5'] } },
  { extensions: [unknownExtension()], expected: { unprocessed: [] } },
])('its extensions say $expected', ({ extensions, expected }) => {
  expect(parseCertificate(issue(root, 'Un nom', { extensions }).certificate)).toMatchObject(
    expected,
  )
})

test('a certificate that hides another one as PEM is refused: Node would verify the hidden one', () => {
  const honest = issue(root, 'Cachet').certificate
  const hidden = encodeExtension('1.2.3.4.5', Buffer.from(`\n${toPem(honest)}`))
  const forged = makeRoot('Faux', { extensions: [...caExtensions(), hidden] }).certificate

  expect(new X509Certificate(forged).verify(new X509Certificate(root.certificate).publicKey)).toBe(
    true,
  )
  expect(() => parseCertificate(forged)).toThrow('it is no DER certificate')
})

test.each([
  ['PEM', Buffer.from(toPem(root.certificate))],
  ['octets after its end', Buffer.concat([root.certificate, Buffer.from([0])])],
  ['a cut end', root.certificate.subarray(0, -1)],
  [
    'an extension that stands twice',
    issue(root, 'Deux fois', { extensions: [keyUsage([0]), keyUsage([5])] }).certificate,
  ],
])('%s is refused', (_, der) => {
  expect(() => parseCertificate(der)).toThrow()
})

test('any octets are a certificate or an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (octets) => {
      expect(() => parseCertificate(octets)).toThrow()
    }),
  )
})

test('a certificate with a changed octet is another one or an error', () => {
  const der = issue(root, 'Cachet').certificate
  fc.assert(
    fc.property(fc.nat(der.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Uint8Array.from(der)
      changed[at] = (changed[at] ?? 0) ^ change
      try {
        expect(Buffer.compare(parseCertificate(changed).der, changed)).toBe(0)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
      }
    }),
  )
})

const timeAt = (octets: Uint8Array) =>
  readTime(octets, { tag: octets[0] ?? 0, start: 0, contentStart: 2, end: octets.length })

test('a time is read as it was written, to the second', () => {
  const min = Date.UTC(1950, 0, 1)
  const max = Date.UTC(9999, 11, 31)
  fc.assert(
    fc.property(
      fc.date({ min: new Date(min), max: new Date(max), noInvalidDate: true }),
      (date) => {
        const seconds = Math.floor(date.getTime() / 1000) * 1000
        expect(timeAt(encodeTime(seconds))).toBe(seconds)
      },
    ),
  )
})

test.each([
  { tag: 0x17, text: '2611241200Z' },
  { tag: 0x17, text: '261124120000+0100' },
  { tag: 0x18, text: '20261324120000Z' },
  { tag: 0x18, text: '20261124250000Z' },
  { tag: 0x18, text: '20261124120000.5Z' },
  { tag: TAG.octetString, text: '20261124120000Z' },
])('$text is no time of a certificate', ({ tag, text }) => {
  expect(() => timeAt(encodeTlv(tag, Buffer.from(text)))).toThrow(RangeError)
})

test('dates beyond what OpenSSL prints are read too', () => {
  const { notAfter } = parseCertificate(
    issue(root, 'Longtemps', { notAfter: Date.UTC(9999, 11, 31, 23, 59, 59) }).certificate,
  )

  expect(notAfter).toBeGreaterThan(NOW + 1_000 * 365 * DAY_MS)
})
