import { createPublicKey } from 'node:crypto'
import type { KeyAlgorithm } from './algorithms.ts'
import { KEY_ALGORITHMS } from './algorithms.ts'
import { KEY_MECHANISMS } from './mechanisms.ts'

/** A public key in the terms of the appliance. */
export interface PublicKey {
  readonly algorithm: KeyAlgorithm
  /** SubjectPublicKeyInfo, DER (RFC 5280 §4.1.2.7). */
  readonly spki: Uint8Array
}

/**
 * @param modulus - CKA_MODULUS, unsigned and big-endian.
 * @param exponent - CKA_PUBLIC_EXPONENT.
 * @returns Undefined if the appliance does not use RSA keys of this size.
 */
export function rsaPublicKey(modulus: Uint8Array, exponent: Uint8Array): PublicKey | undefined {
  const n = withoutLeadingZeros(modulus)
  const bits = n.length * 8 - Math.clz32(n[0] ?? 0) + 24
  const algorithm = KEY_ALGORITHMS.find((name) => {
    const row = KEY_MECHANISMS[name]
    return row.family === 'rsa' && row.modulusBits === bits
  })
  if (algorithm === undefined) return undefined
  const e = withoutLeadingZeros(exponent)
  return { algorithm, spki: spki({ kty: 'RSA', n: base64url(n), e: base64url(e) }) }
}

/**
 * @param parameters - CKA_EC_PARAMS: DER OBJECT IDENTIFIER of a named curve.
 * @param point - CKA_EC_POINT: the uncompressed point within a DER OCTET STRING (PKCS#11 v2.40
 * §2.3.3), or bare, as some modules give it.
 * @returns Undefined if the appliance does not use this curve.
 * @throws Error if the point does not lie on it.
 */
export function ecPublicKey(parameters: Uint8Array, point: Uint8Array): PublicKey | undefined {
  const curve = Buffer.from(parameters).toString('hex')
  for (const algorithm of KEY_ALGORITHMS) {
    const row = KEY_MECHANISMS[algorithm]
    if (row.family !== 'ec' || row.curve !== curve) continue
    const xy = coordinates(point, row.coordinateBytes)
    if (xy === undefined) return undefined
    const jwk = { kty: 'EC', crv: row.jwkCurve, x: base64url(xy.x), y: base64url(xy.y) }
    return { algorithm, spki: spki(jwk) }
  }
  return undefined
}

function coordinates(
  point: Uint8Array,
  size: number,
): { x: Uint8Array; y: Uint8Array } | undefined {
  const bareBytes = 1 + 2 * size
  const isWrapped = point.length === bareBytes + 2 && point[0] === 0x04 && point[1] === bareBytes
  const bare = isWrapped ? point.subarray(2) : point
  if (bare.length !== bareBytes || bare[0] !== 0x04) return undefined
  return { x: bare.subarray(1, 1 + size), y: bare.subarray(1 + size) }
}

function spki(jwk: Record<string, string>): Uint8Array {
  return createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'der' })
}

function withoutLeadingZeros(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0)
  return first <= 0 ? bytes : bytes.subarray(first)
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url')
}
