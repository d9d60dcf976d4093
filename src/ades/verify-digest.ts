import { constants, hash, type KeyObject, publicDecrypt } from 'node:crypto'
import {
  type HashAlgorithm,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
} from '../../hsm/algorithms.ts'
import { encodeOid, encodeSequence, encodeTlv, NULL, TAG } from '../cms/der.ts'
import { HASH_OID } from '../cms/oids.ts'
import { verifyEcdsaDigest } from './verify-ecdsa-digest.ts'

/**
 * Whether `signature` is one of a message with this digest by this key, as `verifyRaw` for somebody
 * who does not have the message.
 */
export function verifyDigest(
  algorithm: SignatureAlgorithm,
  publicKey: KeyObject,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const row = SIGNATURE_ALGORITHMS[algorithm]
  if (digest.length !== row.digestBytes) return false
  switch (row.scheme) {
    case 'ecdsa':
      return verifyEcdsaDigest(row.hash, publicKey, digest, signature)
    case 'rsassa-pkcs1-v1_5': {
      const found = decrypt(publicKey, signature, constants.RSA_PKCS1_PADDING)
      return found?.equals(digestInfo(row.hash, digest)) ?? false
    }
    case 'rsassa-pss': {
      const found = decrypt(publicKey, signature, constants.RSA_NO_PADDING)
      return found !== undefined && isPssOf(row.hash, digest, found)
    }
  }
}

function decrypt(key: KeyObject, signature: Uint8Array, padding: number): Buffer | undefined {
  try {
    return publicDecrypt({ key, padding }, signature)
  } catch {
    // Too long, too large, or not padded as it must be.
    return undefined
  }
}

/** `DigestInfo` (RFC 8017 §9.2): all that a signature of PKCS#1 v1.5 holds behind its padding. */
function digestInfo(hashName: HashAlgorithm, digest: Uint8Array): Uint8Array {
  const algorithm = encodeSequence(encodeOid(HASH_OID[hashName]), NULL)
  return encodeSequence(algorithm, encodeTlv(TAG.octetString, digest))
}

/**
 * EMSA-PSS-VERIFY (RFC 8017 §9.1.2) with MGF1 and a salt as long as the hash. Our moduli are whole
 * octets long, so one bit of the first octet is not used.
 */
function isPssOf(hashName: HashAlgorithm, digest: Uint8Array, encoded: Uint8Array): boolean {
  const saltBytes = digest.length
  const maskedBytes = encoded.length - digest.length - 1
  const zeros = maskedBytes - saltBytes - 1
  if (zeros < 0 || encoded.at(-1) !== 0xbc || (encoded[0] ?? 0) >= 0x80) return false
  const seed = encoded.subarray(maskedBytes, -1)
  const mask = mgf1(hashName, seed, maskedBytes)
  const block = encoded.subarray(0, maskedBytes).map((octet, i) => octet ^ (mask[i] ?? 0))
  block[0] = (block[0] ?? 0) & 0x7f
  const isPadded = block.subarray(0, zeros).every((octet) => octet === 0) && block[zeros] === 1
  const salt = block.subarray(zeros + 1)
  const expected = hash(hashName, Buffer.concat([new Uint8Array(8), digest, salt]), 'buffer')
  return isPadded && expected.equals(seed)
}

/** RFC 8017 §B.2.1. */
function mgf1(hashName: HashAlgorithm, seed: Uint8Array, bytes: number): Uint8Array {
  const parts: Buffer[] = []
  let have = 0
  for (let counter = 0; have < bytes; counter += 1) {
    const number = Buffer.alloc(4)
    number.writeUInt32BE(counter)
    const part = hash(hashName, Buffer.concat([seed, number]), 'buffer')
    parts.push(part)
    have += part.length
  }
  return Buffer.concat(parts).subarray(0, bytes)
}
