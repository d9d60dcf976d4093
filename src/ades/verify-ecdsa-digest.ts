import { createECDH, createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import type { HashAlgorithm } from '../../hsm/algorithms.ts'
import { readChildren, readTlv } from '../cms/der.ts'

/** The curves of our keys (FIPS 186-5; SEC 2 §2). Their coefficient a is -3, which is not needed. */
const CURVES = {
  'P-256': {
    name: 'prime256v1',
    bytes: 32,
    prime: 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn,
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  'P-384': {
    name: 'secp384r1',
    bytes: 48,
    prime:
      0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffffn,
    order:
      0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
} as const

type Curve = (typeof CURVES)[keyof typeof CURVES]

interface Point {
  readonly x: bigint
  readonly y: bigint
}

/** OpenSSL verifies a message, and not the digest of one: this is the message it is given. */
const MESSAGE = new Uint8Array()

/**
 * Whether an ECDSA signature is one of this digest by this key.
 *
 * OpenSSL judges it, with another key: (r, s) is right for the digest e and the key Q when the point
 * s⁻¹(e·G + r·Q) has the abscissa r (FIPS 186-5 §6.4.2). With Q′ = Q + r⁻¹(e − e′)·G the same point is
 * s⁻¹(e′·G + r·Q′). So (r, s) is right for e and Q exactly when it is right for e′ and Q′, and e′ may
 * be the digest of a message that we have.
 */
export function verifyEcdsaDigest(
  hashName: HashAlgorithm,
  publicKey: KeyObject,
  digest: Uint8Array,
  signature: Uint8Array,
): boolean {
  const { crv, x = '', y = '' } = publicKey.export({ format: 'jwk' })
  const curve = crv === 'P-256' || crv === 'P-384' ? CURVES[crv] : undefined
  const r = readR(signature)
  if (curve === undefined || r === undefined || r <= 0n || r >= curve.order) return false
  const { order } = curve
  const difference = toNumber(digest) - toNumber(hash(hashName, MESSAGE, 'buffer'))
  const factor = modulo(difference * inverse(r, order), order)
  if (factor === 0n) return verify(hashName, MESSAGE, publicKey, signature)
  const moved = add(curve, { x: ofBase64(x), y: ofBase64(y) }, timesBase(curve, factor))
  if (moved === undefined) return false
  return verify(hashName, MESSAGE, toKey(crv, curve, moved), signature)
}

/** The first INTEGER of an `Ecdsa-Sig-Value`; whether the rest is well formed, OpenSSL says. */
function readR(signature: Uint8Array): bigint | undefined {
  try {
    const [r] = readChildren(signature, readTlv(signature, 0))
    return r && toNumber(signature.subarray(r.contentStart, r.end))
  } catch {
    return undefined
  }
}

/** factor · G, by OpenSSL: it is the public key of that private key. */
function timesBase({ name, bytes }: Curve, factor: bigint): Point {
  const ecdh = createECDH(name)
  ecdh.setPrivateKey(Buffer.from(toHex(factor, bytes), 'hex'))
  const point = ecdh.getPublicKey()
  return { x: toNumber(point.subarray(1, 1 + bytes)), y: toNumber(point.subarray(1 + bytes)) }
}

/**
 * The sum of two points (SEC 1 §2.2.1).
 *
 * @returns Undefined for points of the same abscissa: their factors are multiples of each other,
 *   which chance does not bring about.
 */
function add({ prime }: Curve, a: Point, b: Point): Point | undefined {
  if (a.x === b.x) return undefined
  const slope = modulo((b.y - a.y) * inverse(b.x - a.x, prime), prime)
  const x = modulo(slope * slope - a.x - b.x, prime)
  return { x, y: modulo(slope * (a.x - x) - a.y, prime) }
}

/** OpenSSL refuses a point that is not on the curve. */
function toKey(crv: string | undefined, { bytes }: Curve, { x, y }: Point): KeyObject {
  const toBase64 = (value: bigint) => Buffer.from(toHex(value, bytes), 'hex').toString('base64url')
  const key = { kty: 'EC', crv: String(crv), x: toBase64(x), y: toBase64(y) }
  return createPublicKey({ key, format: 'jwk' })
}

/** By the extended Euclidean algorithm. @param modulus - A prime that does not divide `value`. */
function inverse(value: bigint, modulus: bigint): bigint {
  let [rest, next] = [modulus, modulo(value, modulus)]
  let [before, factor] = [0n, 1n]
  while (next > 1n) {
    const quotient = rest / next
    ;[rest, next] = [next, rest - quotient * next]
    ;[before, factor] = [factor, before - quotient * factor]
  }
  return modulo(factor, modulus)
}

function modulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus
  return rest < 0n ? rest + modulus : rest
}

function toNumber(bigEndian: Uint8Array): bigint {
  const hex = Buffer.from(bigEndian.buffer, bigEndian.byteOffset, bigEndian.length).toString('hex')
  return hex === '' ? 0n : BigInt(`0x${hex}`)
}

function ofBase64(text: string): bigint {
  return toNumber(Buffer.from(text, 'base64url'))
}

function toHex(value: bigint, bytes: number): string {
  return value.toString(16).padStart(2 * bytes, '0')
}
