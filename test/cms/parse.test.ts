import { createHash, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toDefiniteLengths } from '../../src/cms/definite.ts'
import {
  encodeOid,
  encodeTlv,
  readChildren,
  readTlv,
  sliceTlv,
  TAG,
  type Tlv,
} from '../../src/cms/der.ts'
import { makeCmsEncoder } from '../../src/cms/encoder.ts'
import { OID } from '../../src/cms/oids.ts'
import { parseSignedData, readOid, UnsupportedCms } from '../../src/cms/parse.ts'
import { withOpenLengths } from '../support/test-cms.ts'
import { issue, makeRoot } from '../support/test-pki.ts'

const root = makeRoot('Racine')
const seal = issue(root, 'Cachet')
const encoder = makeCmsEncoder({
  certificate: seal.certificate,
  chain: [root.certificate],
  algorithm: 'ecdsa-p256-sha256',
  signatureBytesMax: 72,
})
const digest = createHash('sha256').update('document').digest()
const attributes = encoder.signedAttributes(digest)
const signature = sign('sha256', attributes, seal.key)
const cms = encoder.encode(attributes, signature)

test('what our encoder wrote is found again, octet for octet', () => {
  const parsed = parseSignedData(cms)

  expect(parsed).toMatchObject({ contentType: OID.data, content: undefined, crls: [] })
  expect(parsed.certificates.map((der) => Buffer.from(der).toString('hex')).sort()).toEqual(
    [seal, root].map(({ certificate }) => Buffer.from(certificate).toString('hex')).sort(),
  )
  const { signer } = parsed
  expect(signer.digestAlgorithm.oid).toBe(OID.sha256)
  expect(signer.signatureAlgorithm.oid).toBe(OID.ecdsaWithSha256)
  expect(Buffer.from(signer.signedAttributes ?? [])).toEqual(Buffer.from(attributes))
  expect(Buffer.from(signer.signature)).toEqual(signature)
  const [value] = signer.attribute(OID.messageDigest)
  expect(Buffer.from(value ?? []).subarray(2)).toEqual(digest)
})

test('zeros after the structure are padding', () => {
  const padded = Buffer.concat([cms, Buffer.alloc(100)])

  expect(parseSignedData(padded).certificates).toHaveLength(2)
})

test('two signers are more than we judge', () => {
  const { before, signers } = split(cms)

  expect(() => parseSignedData(join(before, [...signers, ...signers]))).toThrow(UnsupportedCms)
})

test('a message without a signer is more than we judge', () => {
  const { before } = split(cms)

  expect(() => parseSignedData(join(before, []))).toThrow(UnsupportedCms)
})

/** The fields before the set of signers, and the signers. */
function split(der: Uint8Array) {
  const [, explicit] = readChildren(der, readTlv(der, 0))
  const [data] = explicit === undefined ? [] : readChildren(der, explicit)
  const fields = data === undefined ? [] : readChildren(der, data)
  const set = fields.at(-1)
  if (set === undefined) throw new RangeError('no signers')
  const sliced = (tlvs: readonly Tlv[]) => tlvs.map((tlv) => sliceTlv(der, tlv))
  return { before: sliced(fields.slice(0, -1)), signers: sliced(readChildren(der, set)) }
}

function join(before: readonly Uint8Array[], signers: readonly Uint8Array[]): Uint8Array {
  const data = encodeTlv(TAG.sequence, ...before, encodeTlv(TAG.set, ...signers))
  return encodeTlv(TAG.sequence, encodeOid(OID.signedData), encodeTlv(0xa0, data))
}

test('any octets are a message or a RangeError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (octets) => {
      expect(() => parseSignedData(octets)).toThrow(RangeError)
    }),
  )
})

test('a message with a changed octet is another one or a RangeError', () => {
  fc.assert(
    fc.property(fc.nat(cms.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Uint8Array.from(cms)
      changed[at] = (changed[at] ?? 0) ^ change
      try {
        parseSignedData(changed).signer.unsignedAttribute(OID.signatureTimeStamp)
      } catch (error) {
        expect(error).toBeInstanceOf(RangeError)
      }
    }),
  )
})

describe('an object identifier', () => {
  const oidOf = (octets: Uint8Array) => readOid(octets, readTlv(octets, 0))

  test('is read as it was written', () => {
    const arcs = fc.array(fc.nat(0xffff_ffff), { minLength: 1, maxLength: 10 })
    fc.assert(
      fc.property(fc.nat(2), fc.nat(39), arcs, (first, second, rest) => {
        const dotted = [first, second, ...rest].join('.')
        expect(oidOf(encodeOid(dotted))).toBe(dotted)
      }),
    )
  })

  test.each([
    ['nothing in it', [6, 0]],
    ['a last octet that promises more', [6, 2, 0x2a, 0x86]],
    ['zeros in front of an arc', [6, 3, 0x2a, 0x80, 0x01]],
    ['an arc beyond exact numbers', [6, 10, 0x2a, 255, 255, 255, 255, 255, 255, 255, 255, 0x7f]],
    ['another tag', [4, 1, 0x2a]],
  ])('with %s is refused', (_, octets) => {
    expect(() => oidOf(Uint8Array.from(octets))).toThrow(RangeError)
  })
})

describe('lengths that are not given', () => {
  test('are made definite, and all else stays', () => {
    expect(Buffer.from(toDefiniteLengths(withOpenLengths(cms)))).toEqual(Buffer.from(cms))
  })

  test('are no matter where every length is given', () => {
    expect(toDefiniteLengths(cms)).toBe(cms)
  })

  test.each([
    ['no end', [0x30, 0x80, 0x02, 0x01, 0x05]],
    ['a primitive element', [0x04, 0x80, 0x00, 0x00]],
    ['a child that goes too far', [0x30, 0x80, 0x04, 0x09, 0x00, 0x00]],
    ['a thousand levels', Array.from({ length: 2_000 }, (_, i) => (i % 2 === 0 ? 0x30 : 0x80))],
  ])('with %s are refused', (_, octets) => {
    expect(() => toDefiniteLengths(Uint8Array.from(octets))).toThrow(RangeError)
  })

  test('of any octets end in octets or a RangeError', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (octets) => {
        const ber = Uint8Array.from([0x30, 0x80, ...octets])
        try {
          readTlv(toDefiniteLengths(ber), 0)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
    )
  })
})
