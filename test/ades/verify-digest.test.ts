import { constants, createHash, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  isSignatureAlgorithm,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
} from '../../hsm/algorithms.ts'
import { verifyDigest } from '../../src/ades/verify-digest.ts'
import { verifyRaw } from '../../src/ades/verify-raw.ts'

const KEYS = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'p-256': generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
  'p-384': generateKeyPairSync('ec', { namedCurve: 'secp384r1' }),
} as const
const OTHERS = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  'p-256': generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
  'p-384': generateKeyPairSync('ec', { namedCurve: 'secp384r1' }),
} as const

function kindOf(algorithm: SignatureAlgorithm): keyof typeof KEYS {
  const [key] = SIGNATURE_ALGORITHMS[algorithm].keys
  return key === 'p-256' || key === 'p-384' ? key : 'rsa'
}

function signed(algorithm: SignatureAlgorithm, message: Uint8Array, saltLength?: number) {
  const { hash, scheme, digestBytes } = SIGNATURE_ALGORITHMS[algorithm]
  const key: KeyObject = KEYS[kindOf(algorithm)].privateKey
  const padding = constants.RSA_PKCS1_PSS_PADDING
  const pss = { key, padding, saltLength: saltLength ?? digestBytes }
  const signature = sign(hash, message, scheme === 'rsassa-pss' ? pss : key)
  return { signature, digest: createHash(hash).update(message).digest() }
}

const ALGORITHMS = Object.keys(SIGNATURE_ALGORITHMS).filter(isSignatureAlgorithm)

describe.each(ALGORITHMS)('%s', (algorithm) => {
  const { publicKey } = KEYS[kindOf(algorithm)]

  test('what OpenSSL signed is right for the digest of its message', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (message) => {
        const { signature, digest } = signed(algorithm, message)
        expect(verifyDigest(algorithm, publicKey, digest, signature)).toBe(true)
      }),
      { numRuns: 20 },
    )
  })

  test('with any bit turned it is as wrong as for the message', () => {
    const message = Buffer.from('délibération')
    const { signature, digest } = signed(algorithm, message)
    fc.assert(
      fc.property(fc.nat({ max: signature.length * 8 - 1 }), (bit) => {
        const turned = Uint8Array.from(signature)
        turned[bit >> 3] = (turned[bit >> 3] ?? 0) ^ (1 << (bit & 7))
        const judged = verifyDigest(algorithm, publicKey, digest, turned)
        expect(judged).toBe(verifyRaw(algorithm, publicKey, message, turned))
        expect(judged).toBe(false)
      }),
      { numRuns: 60 },
    )
  })

  test('it is wrong for another digest, another key, and when it is cut', () => {
    const { signature, digest } = signed(algorithm, Buffer.from('un'))
    const other = signed(algorithm, Buffer.from('deux')).digest

    expect(verifyDigest(algorithm, publicKey, other, signature)).toBe(false)
    expect(verifyDigest(algorithm, publicKey, digest.subarray(1), signature)).toBe(false)
    expect(verifyDigest(algorithm, OTHERS[kindOf(algorithm)].publicKey, digest, signature)).toBe(
      false,
    )
    for (const cut of [signature.subarray(0, -1), signature.subarray(0, 1), new Uint8Array()]) {
      expect(verifyDigest(algorithm, publicKey, digest, cut)).toBe(false)
    }
  })
})

test('the empty message, whose digest needs no other key, is judged as any', () => {
  const { signature, digest } = signed('ecdsa-p256-sha256', new Uint8Array())

  expect(verifyDigest('ecdsa-p256-sha256', KEYS['p-256'].publicKey, digest, signature)).toBe(true)
})

test('a salt of another length than the hash is refused', () => {
  const { signature, digest } = signed('rsa-pss-sha256', Buffer.from('sel'), 20)

  expect(verifyDigest('rsa-pss-sha256', KEYS.rsa.publicKey, digest, signature)).toBe(false)
})

test('PKCS#1 v1.5 of another hash of the same length of digest is refused', () => {
  const digest = createHash('sha256').update('un').digest()
  const signature = sign('sha3-256', Buffer.from('un'), KEYS.rsa.privateKey)

  expect(verifyDigest('rsa-pkcs1-sha256', KEYS.rsa.publicKey, digest, signature)).toBe(false)
})
