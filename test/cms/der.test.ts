import * as asn1js from 'asn1js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  contextTag,
  encodeHeader,
  encodeOid,
  encodeSequence,
  encodeSetOf,
  encodeSmallInteger,
  encodeTlv,
  encodeUnsigned,
  readChildren,
  readTlv,
  sliceTlv,
  TAG,
} from '../../src/cms/der.ts'
import { readOid } from '../../src/cms/parse.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const toBytes = (buffer: ArrayBuffer) => new Uint8Array(buffer)
const octets = (maxLength: number) => fc.uint8Array({ maxLength })
/** Tags of one octet (ITU-T X.690 §8.1.2.2). */
const tag = fc.integer({ min: 0, max: 0xff }).filter((octet) => (octet & 0x1f) !== 0x1f)

describe('an element', () => {
  test('is read as it was encoded, wherever it stands', () => {
    fc.assert(
      fc.property(octets(8), tag, octets(400), octets(8), (before, tag, content, after) => {
        const der = Buffer.concat([before, encodeTlv(tag, content), after])

        const tlv = readTlv(der, before.length)

        expect(tlv.tag).toBe(tag)
        expect(hex(der.subarray(tlv.contentStart, tlv.end))).toBe(hex(content))
        expect(tlv.end).toBe(der.length - after.length)
        expect(hex(sliceTlv(der, tlv))).toBe(hex(encodeTlv(tag, content)))
      }),
    )
  })

  test.each([
    { contentBytes: 0, header: '3000' },
    { contentBytes: 0x7f, header: '307f' },
    { contentBytes: 0x80, header: '308180' },
    { contentBytes: 0xff, header: '3081ff' },
    { contentBytes: 0x100, header: '30820100' },
    { contentBytes: 0xffff, header: '3082ffff' },
    { contentBytes: 0x10000, header: '3083010000' },
    { contentBytes: 0xffffffff, header: '3084ffffffff' },
  ])('of $contentBytes octets has the shortest header', ({ contentBytes, header }) => {
    expect(hex(encodeHeader(TAG.sequence, contentBytes))).toBe(header)
  })

  test('is cut short nowhere without being refused', () => {
    const der = encodeSequence(encodeTlv(TAG.octetString, new Uint8Array(200)), encodeOid('1.2.3'))

    for (let length = 0; length < der.length; length += 1) {
      expect(() => readTlv(der.subarray(0, length), 0)).toThrow(RangeError)
    }
  })

  test.each([
    { what: 'an indefinite length', der: '30800000' },
    { what: 'a length of five octets', der: '30850000000001ff' },
    { what: 'a tag of several octets', der: '1f810100' },
  ])('with $what is refused', ({ der }) => {
    expect(() => readTlv(Buffer.from(der, 'hex'), 0)).toThrow(RangeError)
  })

  test('gives its children back, and nothing that leaves it', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(tag, octets(200)), { maxLength: 8 }), (parts) => {
        const children = parts.map(([tag, content]) => encodeTlv(tag, content))
        const der = encodeTlv(contextTag(0), ...children)

        const read = readChildren(der, readTlv(der, 0))

        expect(read.map((child) => hex(sliceTlv(der, child)))).toEqual(children.map(hex))
      }),
    )
    const leaving = Buffer.from('3003040301', 'hex')
    expect(() =>
      readChildren(Buffer.concat([leaving, Buffer.alloc(9)]), readTlv(leaving, 0)),
    ).toThrow(RangeError)
  })

  test('of any octets is read or refused, in bounds', () => {
    fc.assert(
      fc.property(octets(40), (der) => {
        try {
          const tlv = readTlv(der, 0)
          expect(tlv.end).toBeLessThanOrEqual(der.length)
          expect(tlv.contentStart).toBeLessThanOrEqual(tlv.end)
          readChildren(der, tlv)
        } catch (error) {
          expect(error).toBeInstanceOf(RangeError)
        }
      }),
    )
  })
})

describe('asn1js writes the same', () => {
  test('INTEGER, whatever zeros stand before it', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 1n << 200n }), fc.nat(3), (value, zeros) => {
        const digits = value.toString(16)
        const magnitude = Buffer.from(
          digits.padStart(digits.length + (digits.length % 2), '0'),
          'hex',
        )
        const padded = Buffer.concat([Buffer.alloc(zeros), magnitude])

        const theirs = asn1js.Integer.fromBigInt(value).toBER()

        expect(hex(encodeUnsigned(padded))).toBe(hex(toBytes(theirs)))
      }),
    )
    expect(hex(encodeUnsigned(new Uint8Array()))).toBe('020100')
  })

  test('small INTEGER', () => {
    for (let value = 0; value <= 0x7f; value += 1) {
      const theirs = new asn1js.Integer({ value }).toBER()
      expect(hex(encodeSmallInteger(value))).toBe(hex(toBytes(theirs)))
    }
    for (const value of [-1, 128, 1.5]) expect(() => encodeSmallInteger(value)).toThrow(RangeError)
  })

  test('OBJECT IDENTIFIER, and it comes back', () => {
    const arc = fc.oneof(fc.nat(300), fc.nat(2 ** 31 - 1))
    const anyOid = fc.oneof(
      fc.tuple(fc.nat(1), fc.nat(39), fc.array(arc, { maxLength: 8 })),
      fc.tuple(fc.constant(2), fc.nat(10_000), fc.array(arc, { maxLength: 8 })),
    )
    fc.assert(
      fc.property(anyOid, ([first, second, rest]) => {
        const dotted = [first, second, ...rest].join('.')

        const der = encodeOid(dotted)

        expect(readOid(der, readTlv(der, 0))).toBe(dotted)
        const theirs = new asn1js.ObjectIdentifier({ value: dotted }).toBER()
        expect(hex(der)).toBe(hex(toBytes(theirs)))
      }),
    )
  })

  test('SEQUENCE of anything', () => {
    fc.assert(
      fc.property(fc.array(octets(300), { maxLength: 6 }), (values) => {
        const ours = encodeSequence(...values.map((value) => encodeTlv(TAG.octetString, value)))

        const theirs = new asn1js.Sequence({
          value: values.map((value) => new asn1js.OctetString({ valueHex: Buffer.from(value) })),
        }).toBER()

        expect(hex(ours)).toBe(hex(toBytes(theirs)))
      }),
    )
  })
})

describe('a SET OF', () => {
  const elements = fc.array(
    fc.tuple(fc.constantFrom(TAG.octetString, TAG.utf8String, TAG.integer), octets(40)),
    { maxLength: 8 },
  )

  test('stands in ascending order of encodings, whatever order it was given in', () => {
    fc.assert(
      fc.property(elements, fc.infiniteStream(fc.nat()), (parts, keys) => {
        const encoded = parts.map(([tag, value]) => encodeTlv(tag, value))
        const shuffled = encoded
          .map((element) => ({ element, key: keys.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ element }) => element)

        const der = encodeSetOf(shuffled)

        expect(hex(der)).toBe(hex(encodeSetOf(encoded)))
        const read = readChildren(der, readTlv(der, 0)).map((child) => sliceTlv(der, child))
        expect(read).toHaveLength(encoded.length)
        for (const [index, element] of read.entries()) {
          const before = read[index - 1]
          if (before !== undefined) expect(isAscending(before, element)).toBe(true)
        }
      }),
    )
  })

  test('is one that asn1js reads element for element', () => {
    const der = encodeSetOf([encodeOid('1.2.3'), encodeTlv(TAG.octetString, Buffer.from('a'))])

    const { result } = asn1js.fromBER(der)

    expect(result).toBeInstanceOf(asn1js.Set)
    expect(result.toString()).toContain('1.2.3')
  })
})

/** ITU-T X.690 §11.6: compared as octet strings, the shorter padded with zeros. */
function isAscending(a: Uint8Array, b: Uint8Array): boolean {
  const length = Math.max(a.length, b.length)
  const padded = (bytes: Uint8Array) => Buffer.concat([bytes, Buffer.alloc(length - bytes.length)])
  return Buffer.compare(padded(a), padded(b)) <= 0
}
