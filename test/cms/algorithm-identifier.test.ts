import { expect, test } from 'vitest'
import { isSignatureAlgorithm, type SignatureAlgorithm } from '../../hsm/algorithms.ts'
import {
  digestAlgorithmIdentifier,
  signatureAlgorithmIdentifier,
} from '../../src/cms/algorithm-identifier.ts'
import { readTlv } from '../../src/cms/der.ts'
import { parseAlgorithm } from '../../src/cms/parse.ts'
import { signatureHash } from '../../src/cms/verify.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** As OpenSSL writes them. */
const SHA256_NULL = '300d06096086480165030402010500'
const DER: Record<SignatureAlgorithm, string> = {
  'rsa-pkcs1-sha256': '300d06092a864886f70d01010b0500',
  'rsa-pkcs1-sha384': '300d06092a864886f70d01010c0500',
  'rsa-pkcs1-sha512': '300d06092a864886f70d01010d0500',
  'rsa-pss-sha256': `304106092a864886f70d01010a3034a00f${SHA256_NULL}a11c301a06092a864886f70d010108${SHA256_NULL}a203020120`,
  'rsa-pss-sha384':
    '304106092a864886f70d01010a3034a00f300d06096086480165030402020500a11c301a06092a864886f70d010108300d06096086480165030402020500a203020130',
  'rsa-pss-sha512':
    '304106092a864886f70d01010a3034a00f300d06096086480165030402030500a11c301a06092a864886f70d010108300d06096086480165030402030500a203020140',
  'ecdsa-p256-sha256': '300a06082a8648ce3d040302',
  'ecdsa-p384-sha384': '300a06082a8648ce3d040303',
}

test.each(Object.keys(DER).filter(isSignatureAlgorithm))(
  '%s is written as OpenSSL writes it, and its hash is read from it',
  (algorithm) => {
    const encoded = signatureAlgorithmIdentifier(algorithm)

    expect(hex(encoded)).toBe(DER[algorithm])
    const parsed = parseAlgorithm(encoded, readTlv(encoded, 0))
    expect(signatureHash(parsed)).toBe(/sha\d+$/.exec(algorithm)?.[0])
  },
)

test.each([
  { hash: 'sha256', der: '300b0609608648016503040201' },
  { hash: 'sha384', der: '300b0609608648016503040202' },
  { hash: 'sha512', der: '300b0609608648016503040203' },
] as const)('$hash alone has no parameters (RFC 5754 §2)', ({ hash, der }) => {
  expect(hex(digestAlgorithmIdentifier(hash))).toBe(der)
})
