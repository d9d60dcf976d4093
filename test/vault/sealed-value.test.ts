import { randomBytes, randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dataKeyIdOf, openValue, sealValue } from '../../src/vault/sealed-value.ts'

const key = { id: randomUUID(), key: randomBytes(32) }
const values = fc.uint8Array({ maxLength: 300 })
const unreadable = expect.objectContaining({ code: 'internal' })

test('what was sealed opens as it was, names its key, and is never sealed alike twice', () => {
  fc.assert(
    fc.property(values, fc.string(), (bytes, context) => {
      const sealed = sealValue(key, bytes, context)
      expect(openValue(key, sealed, context)).toEqual(bytes)
      expect(dataKeyIdOf(sealed)).toBe(key.id)
      expect(sealValue(key, bytes, context)).not.toEqual(sealed)
    }),
  )
})

test('a value that was moved to another context does not open', () => {
  fc.assert(
    fc.property(values, fc.string(), fc.string(), (bytes, context, other) => {
      fc.pre(context !== other)
      const sealed = sealValue(key, bytes, context)
      expect(() => openValue(key, sealed, other)).toThrow(unreadable)
    }),
  )
})

test('a changed octet is refused, wherever it is', () => {
  fc.assert(
    fc.property(values, fc.nat(), fc.integer({ min: 1, max: 255 }), (bytes, at, bits) => {
      const sealed = sealValue(key, bytes, 'totp:ada')
      sealed[at % sealed.length] = (sealed[at % sealed.length] ?? 0) ^ bits
      expect(() => openValue(key, sealed, 'totp:ada')).toThrow(unreadable)
    }),
  )
})

test('what is no sealed value names no key', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 44 }), (bytes) => {
      expect(() => dataKeyIdOf(bytes)).toThrow(unreadable)
    }),
  )
})

test('an erased key seals nothing', () => {
  const erased = { id: key.id, key: new Uint8Array(32) }
  expect(() => sealValue(erased, Uint8Array.of(1), '')).toThrow('erased')
})
