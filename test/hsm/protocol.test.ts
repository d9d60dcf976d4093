import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  encodeSignatures,
  parseHeader,
  parseResult,
  parseSignatures,
  requestHeader,
} from '../../hsm/protocol.ts'

const signature = fc.uint8Array({ minLength: 0, maxLength: 520 })
const signatures = fc.array(signature, { maxLength: 20 })

test('signatures are parsed as they were encoded', () => {
  fc.assert(
    fc.property(signatures, (each) => {
      expect(parseSignatures(encodeSignatures(each), each.length)).toEqual(each)
    }),
  )
})

test('two runs of signatures, one behind the other, are one run', () => {
  fc.assert(
    fc.property(signatures, signatures, (first, second) => {
      const joined = Buffer.concat([encodeSignatures(first), encodeSignatures(second)])
      expect(joined).toEqual(Buffer.from(encodeSignatures([...first, ...second])))
    }),
  )
})

test('signatures that were cut short, or are too many or too few, are refused', () => {
  fc.assert(
    fc.property(fc.array(signature, { minLength: 1, maxLength: 5 }), (each) => {
      const payload = encodeSignatures(each)
      expect(() => parseSignatures(payload.subarray(0, -1), each.length)).toThrow('cannot be read')
      expect(() => parseSignatures(payload, each.length + 1)).toThrow('cannot be read')
      expect(() => parseSignatures(payload, each.length - 1)).toThrow('cannot be read')
    }),
  )
})

test('a signature does not keep the frame it came in', () => {
  const payload = encodeSignatures([new Uint8Array(64), new Uint8Array(64)])
  const [first] = parseSignatures(payload, 2)
  expect(first?.buffer.byteLength).toBe(64)
})

const sign = {
  type: 'sign',
  id: 7,
  deadlineMs: 1_000,
  keyId: 'a1b2',
  algorithm: 'ecdsa-p256-sha256',
  count: 1,
}

describe('a request header', () => {
  test('that is right is accepted', () => {
    expect(requestHeader.parse({ ...sign, priority: 'batch' })).toEqual({
      ...sign,
      priority: 'batch',
    })
  })

  test('that says nothing of its priority is of somebody who waits', () => {
    expect(requestHeader.parse(sign)).toMatchObject({ priority: 'interactive' })
  })

  test.each([
    ['an unknown type', { type: 'exportKey' }],
    ['no id', { id: undefined }],
    ['an id of 0', { id: 0 }],
    ['an id that is not whole', { id: 1.5 }],
    ['an id over 32 bits', { id: 2 ** 32 }],
    ['no deadline', { deadlineMs: undefined }],
    ['a deadline in the past', { deadlineMs: -1 }],
    ['a deadline of days', { deadlineMs: 86_400_000 }],
    ['a key id in capitals', { keyId: 'A1B2' }],
    ['a key id of half bytes', { keyId: 'abc' }],
    ['an empty key id', { keyId: '' }],
    ['a key id of 65 bytes', { keyId: 'ab'.repeat(65) }],
    ['an algorithm that is none', { algorithm: 'md5' }],
    ['an algorithm of the language', { algorithm: 'constructor' }],
    ['a priority that is none', { priority: 'urgent' }],
    ['no digests', { count: 0 }],
    ['more digests than a message may have', { count: 10_001 }],
  ])('with %s is refused', (_name, change) => {
    expect(requestHeader.safeParse({ ...sign, ...change }).success).toBe(false)
  })
})

test.each([
  ['not JSON', '{'],
  ['not UTF-8', Buffer.from([0x22, 0xff, 0x22])],
] as const)('a header that is %s is refused', (_name, bytes) => {
  expect(() => parseHeader(Buffer.from(bytes))).toThrow()
})

describe.each(['destroyKey', 'wrapSecret', 'unwrapSecret', 'generateWrappingKey'])('%s', (type) => {
  const right = { type, id: 7, deadlineMs: 1_000, keyId: 'a1b2', label: 'Sceau vault' }

  test('is accepted, and what it does not know is left out', () => {
    const { label, ...asked } = right
    const expected = type === 'generateWrappingKey' ? right : asked
    expect(requestHeader.parse({ ...right, secret: 'x' })).toEqual(expected)
    expect(label).toBe('Sceau vault')
  })

  test.each([{ keyId: undefined }, { keyId: '../key' }, { deadlineMs: 0 }, { id: -1 }])(
    'with %j is refused',
    (change) => {
      expect(requestHeader.safeParse({ ...right, ...change }).success).toBe(false)
    },
  )
})

test('a receipt names at least one token', () => {
  expect(() => parseResult('destroyKey', { keyId: 'a1b2', tokens: [] })).toThrow('cannot be read')
})

test('an answer to another question is a fault of the guard', () => {
  expect(() => parseResult('sign', { keys: [] })).toThrow('cannot be read')
})
