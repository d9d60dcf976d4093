import { createHmac, randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type TokenMac, unwrapSecret, wrapSecret } from '../../hsm/wrapped-secret.ts'

const KEY_ID = '00112233445566778899aabbccddeeff'
const mac = macWith(randomBytes(32))

function macWith(key: Uint8Array): TokenMac {
  return (message) => createHmac('sha256', key).update(message).digest()
}

const secrets = fc.uint8Array({ minLength: 1, maxLength: 64 })

test('what was wrapped is unwrapped as it was, and never wrapped alike twice', () => {
  fc.assert(
    fc.property(secrets, (secret) => {
      const wrapped = wrapSecret(mac, KEY_ID, secret)
      expect(unwrapSecret(mac, KEY_ID, wrapped)).toEqual(secret)
      expect(wrapSecret(mac, KEY_ID, secret)).not.toEqual(wrapped)
    }),
  )
})

test('a changed, cut or lengthened octet is refused', () => {
  fc.assert(
    fc.property(secrets, fc.nat(), fc.integer({ min: 1, max: 255 }), (secret, at, bits) => {
      const wrapped = wrapSecret(mac, KEY_ID, secret)
      const changed = Uint8Array.from(wrapped)
      changed[at % changed.length] = (changed[at % changed.length] ?? 0) ^ bits
      for (const bad of [changed, wrapped.subarray(1), wrapped.subarray(0, -1), [...wrapped, 0]]) {
        const open = () => unwrapSecret(mac, KEY_ID, Uint8Array.from(bad))
        expect(open).toThrow(expect.objectContaining({ code: 'secret-damaged' }))
      }
    }),
  )
})

test.each([
  ['another key', macWith(randomBytes(32)), KEY_ID],
  ['another id', mac, KEY_ID.replaceAll('0', '1')],
])('%s does not unwrap it', (_name, otherMac, keyId) => {
  const wrapped = wrapSecret(mac, KEY_ID, Uint8Array.of(1, 2, 3))
  expect(() => unwrapSecret(otherMac, keyId, wrapped)).toThrow('did not wrap it')
})

test('any octets are refused, and never anything worse', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const open = () => unwrapSecret(mac, KEY_ID, bytes)
      expect(open).toThrow(expect.objectContaining({ code: 'secret-damaged' }))
    }),
  )
})

test('a token that derives another key each time wraps nothing', () => {
  const fickle: TokenMac = () => randomBytes(32)
  expect(() => wrapSecret(fickle, KEY_ID, Uint8Array.of(1))).toThrow('another key each time')
})
