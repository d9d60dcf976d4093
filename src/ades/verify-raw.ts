import { constants, type KeyObject, verify } from 'node:crypto'
import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from '../../hsm/algorithms.ts'

/** Whether `signature` is one of `message` by this key: RSA octets, or a DER `Ecdsa-Sig-Value`. */
export function verifyRaw(
  algorithm: SignatureAlgorithm,
  publicKey: KeyObject,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const { scheme, hash, digestBytes } = SIGNATURE_ALGORITHMS[algorithm]
  if (scheme !== 'rsassa-pss') return verify(hash, message, publicKey, signature)
  const padding = constants.RSA_PKCS1_PSS_PADDING
  return verify(hash, message, { key: publicKey, padding, saltLength: digestBytes }, signature)
}
