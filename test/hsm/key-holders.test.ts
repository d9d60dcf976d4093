import { expect, test } from 'vitest'
import { GuardError } from '../../hsm/errors.ts'
import { KeyHolders } from '../../hsm/key-holders.ts'
import type { GuardKey } from '../../hsm/protocol.ts'

const first = { name: 'first' }
const second = { name: 'second' }

function key(publicKey: string): GuardKey {
  const birth = {
    local: true,
    neverExtractable: true,
    alwaysSensitive: true,
    sensitive: true,
    extractable: false,
    token: true,
    private: true,
    usages: ['sign' as const],
  }
  const bytes = Buffer.from(publicKey)
  return { keyId: 'a1', label: 'seal', algorithm: 'p-256', publicKey: bytes, birth }
}

test('two tokens with the same public key hold the same key', () => {
  const keys = new KeyHolders()
  expect(keys.learn('a1', first, { key: key('x'), now: 0 })).toBe('holds')
  expect(keys.learn('a1', second, { key: key('x'), now: 0 })).toBe('holds')
  expect([first, second].map((token) => keys.holds('a1', token, 1e12))).toEqual([true, true])
})

test('a token with another public key under the same id does not hold it', () => {
  const keys = new KeyHolders()
  keys.learn('a1', first, { key: key('x'), now: 0 })
  expect(keys.learn('a1', second, { key: key('y'), now: 0 })).toBe('other')
  expect(keys.holds('a1', second, 1)).toBe(false)
  expect(keys.find('a1')?.publicKey).toEqual(Buffer.from('x'))
})

test('a token that lacks the key is asked again later', () => {
  const keys = new KeyHolders()
  expect(keys.learn('a1', first, { key: undefined, now: 0 })).toBe('lacks')
  expect(keys.holds('a1', first, 29_999)).toBe(false)
  expect(keys.holds('a1', first, 30_000)).toBeUndefined()
})

test('a token that was opened anew is asked again, and what was known of the key stays', () => {
  const keys = new KeyHolders()
  keys.learn('a1', first, { key: key('x'), now: 0 })
  keys.forget(first)
  expect(keys.holds('a1', first, 0)).toBeUndefined()
  expect(keys.learn('a1', first, { key: key('y'), now: 0 })).toBe('other')
})

test('why a token refuses a key is remembered', () => {
  const keys = new KeyHolders()
  const refusal = new GuardError('key-ambiguous', 'two of them')
  keys.learn('a1', first, { key: undefined, refusal, now: 0 })
  expect(keys.refusal('a1')).toBe(refusal)
  expect(keys.refusal('b2')).toBeUndefined()
})
