import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from '../../hsm/algorithms.ts'
import { signatureAlgorithmIdentifier } from '../../src/cms/algorithm-identifier.ts'
import {
  encodeOid,
  encodeSequence,
  encodeSmallInteger,
  encodeTlv,
  readTlv,
} from '../../src/cms/der.ts'
import { OID } from '../../src/cms/oids.ts'
import { type ParsedAlgorithm, parseAlgorithm } from '../../src/cms/parse.ts'
import { hashOf, isWeakHash, isWeakKey, signatureHash, verifyWith } from '../../src/cms/verify.ts'

const rsa = generateKeyPairSync('rsa', { modulusLength: 2_048 })
const p256 = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
const p384 = generateKeyPairSync('ec', { namedCurve: 'secp384r1' })
const message = Buffer.from('signed attributes')

function parsed(der: Uint8Array): ParsedAlgorithm {
  return parseAlgorithm(der, readTlv(der, 0))
}

function keysFor(algorithm: SignatureAlgorithm) {
  const [key] = SIGNATURE_ALGORITHMS[algorithm].keys
  return key === 'p-256' ? p256 : key === 'p-384' ? p384 : rsa
}

function signWith(algorithm: SignatureAlgorithm, key: KeyObject): Uint8Array {
  const { scheme, hash, digestBytes } = SIGNATURE_ALGORITHMS[algorithm]
  if (scheme !== 'rsassa-pss') return sign(hash, message, key)
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return sign(hash, message, { key, padding, saltLength: digestBytes })
}

describe.each([
  'rsa-pkcs1-sha256',
  'rsa-pkcs1-sha384',
  'rsa-pkcs1-sha512',
  'rsa-pss-sha256',
  'rsa-pss-sha384',
  'rsa-pss-sha512',
  'ecdsa-p256-sha256',
  'ecdsa-p384-sha384',
] as const)('%s', (algorithm) => {
  const identifier = parsed(signatureAlgorithmIdentifier(algorithm))
  const { privateKey, publicKey } = keysFor(algorithm)
  const signature = signWith(algorithm, privateKey)

  test('verifies what it signed, and names its hash', () => {
    expect(verifyWith(identifier, publicKey, message, signature)).toBe(true)
    expect(signatureHash(identifier)).toBe(SIGNATURE_ALGORITHMS[algorithm].hash)
  })

  test('verifies no other message, no other signature, no other key', () => {
    const others = [rsa, p256, p384].filter((pair) => pair.publicKey !== publicKey)

    expect(verifyWith(identifier, publicKey, Buffer.from('other'), signature)).toBe(false)
    expect(verifyWith(identifier, publicKey, message, Buffer.from(signature).reverse())).toBe(false)
    for (const other of others) {
      expect(verifyWith(identifier, other.publicKey, message, signature)).toBe(false)
    }
  })
})

test('an algorithm is not taken for another, whatever the key would make of it', () => {
  const ecdsa = parsed(signatureAlgorithmIdentifier('ecdsa-p256-sha256'))

  expect(verifyWith(ecdsa, rsa.publicKey, message, sign('sha256', message, rsa.privateKey))).toBe(
    false,
  )
})

test('rsaEncryption takes its hash from the digest', () => {
  const identifier = { oid: OID.rsaEncryption, parameters: undefined }
  const signature = sign('sha384', message, rsa.privateKey)

  expect(verifyWith(identifier, rsa.publicKey, message, signature, 'sha384')).toBe(true)
  expect(verifyWith(identifier, rsa.publicKey, message, signature)).toBe(false)
})

describe('PSS parameters', () => {
  const hash = (oid: string) => encodeSequence(encodeOid(oid))
  const mgf = (oid: string, inner: string) => encodeSequence(encodeOid(oid), hash(inner))
  const pss = (...fields: Uint8Array[]) => ({
    oid: OID.rsassaPss,
    parameters: encodeSequence(...fields),
  })

  test('that are left out mean SHA-1, which is weak', () => {
    const padding = constants.RSA_PKCS1_PSS_PADDING
    const signature = sign('sha1', message, { key: rsa.privateKey, padding, saltLength: 20 })

    expect(signatureHash(pss())).toBe('sha1')
    expect(verifyWith(pss(), rsa.publicKey, message, signature)).toBe(true)
  })

  test.each([
    [
      'with two hashes',
      pss(encodeTlv(0xa0, hash(OID.sha256)), encodeTlv(0xa1, mgf(OID.mgf1, OID.sha512))),
    ],
    [
      'with a mask nobody knows',
      pss(encodeTlv(0xa0, hash(OID.sha256)), encodeTlv(0xa1, mgf('1.2.3', OID.sha256))),
    ],
    ['with an unknown hash', pss(encodeTlv(0xa0, hash('1.2.3')))],
    ['with a hole', pss(encodeTlv(0xa0))],
    ['that are no sequence', { oid: OID.rsassaPss, parameters: encodeSmallInteger(1) }],
    ['that are cut short', { oid: OID.rsassaPss, parameters: Uint8Array.of(0x30, 9) }],
    ['that are missing', { oid: OID.rsassaPss, parameters: undefined }],
  ])('%s name no hash and verify nothing', (_, identifier) => {
    expect(signatureHash(identifier)).toBeUndefined()
    expect(verifyWith(identifier, rsa.publicKey, message, message)).toBe(false)
  })
})

test.each([
  { oid: '1.2.840.113549.2.5', weak: true },
  { oid: OID.sha1, weak: true },
  { oid: '2.16.840.1.101.3.4.2.4', weak: true },
  { oid: OID.sha256, weak: false },
  { oid: OID.sha384, weak: false },
  { oid: OID.sha512, weak: false },
])('the hash $oid is weak: $weak', ({ oid, weak }) => {
  expect(isWeakHash(hashOf(oid) ?? '')).toBe(weak)
})

test.each([
  { name: 'RSA-1024', key: () => rsaKey(1_024), weak: true },
  { name: 'RSA-2048', key: () => rsa.publicKey, weak: false },
  { name: 'P-256', key: () => p256.publicKey, weak: false },
  { name: 'P-224', key: () => ecKey('secp224r1'), weak: true },
  { name: 'P-521', key: () => ecKey('secp521r1'), weak: false },
])('a key of $name is weak: $weak', ({ key, weak }) => {
  expect(isWeakKey(key())).toBe(weak)
})

function rsaKey(modulusLength: number): KeyObject {
  return generateKeyPairSync('rsa', { modulusLength }).publicKey
}

function ecKey(namedCurve: string): KeyObject {
  return generateKeyPairSync('ec', { namedCurve }).publicKey
}
