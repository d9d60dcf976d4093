import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { GuardError } from './errors.ts'
import { SECRET_BYTES_MAX } from './protocol.ts'

/** The keyed function of the token (HMAC-SHA-256, FIPS 198-1), bound to one of its keys. */
export type TokenMac = (message: Uint8Array) => Uint8Array

const VERSION = 1
const SALT_BYTES = 32
const TAG_BYTES = 16
const HEAD_BYTES = 1 + SALT_BYTES
const CIPHER = 'aes-256-gcm'
/** Each key is used for one message only, so its nonce may be fixed (SP 800-38D §8.2). */
const NONCE = new Uint8Array(12)
const PURPOSE = 'sceau/wrapped-secret/v1'
/** Bits of the derived key, as SP 800-108r1 §4.1 has it behind label and context. */
const KEY_BITS = 256

/**
 * Wrap a secret: version, salt, AES-256-GCM under a key that only the token can derive from the salt.
 *
 * @throws RangeError if the token derives another key the second time: what it wrapped would be lost.
 */
export function wrapSecret(mac: TokenMac, keyId: string, secret: Uint8Array): Uint8Array {
  const head = Buffer.concat([Uint8Array.of(VERSION), randomBytes(SALT_BYTES)])
  const key = deriveKey(mac, keyId, head)
  try {
    const cipher = createCipheriv(CIPHER, key, NONCE).setAAD(purposeOf(keyId, head))
    const sealed = Buffer.concat([cipher.update(secret), cipher.final()])
    const wrapped = Buffer.concat([head, sealed, cipher.getAuthTag()])
    requireSame(deriveKey(mac, keyId, head), key)
    return Uint8Array.from(wrapped)
  } finally {
    key.fill(0)
  }
}

/** @throws GuardError `secret-damaged` if anything was changed, or another key wrapped it. */
export function unwrapSecret(mac: TokenMac, keyId: string, wrapped: Uint8Array): Uint8Array {
  const end = wrapped.length - TAG_BYTES
  const isWhole = end > HEAD_BYTES && end <= HEAD_BYTES + SECRET_BYTES_MAX
  if (wrapped[0] !== VERSION || !isWhole) throw damaged(keyId)
  const head = wrapped.subarray(0, HEAD_BYTES)
  const key = deriveKey(mac, keyId, head)
  try {
    const decipher = createDecipheriv(CIPHER, key, NONCE, { authTagLength: TAG_BYTES })
    decipher.setAAD(purposeOf(keyId, head)).setAuthTag(wrapped.subarray(end))
    const secret = decipher.update(wrapped.subarray(HEAD_BYTES, end))
    try {
      decipher.final()
      return Uint8Array.from(secret)
    } catch (cause) {
      throw damaged(keyId, cause)
    } finally {
      secret.fill(0)
    }
  } finally {
    key.fill(0)
  }
}

/** Counter mode of SP 800-108r1 §4.1 with one block: counter, label, zero, context, length. */
function deriveKey(mac: TokenMac, keyId: string, head: Uint8Array): Buffer {
  const counter = Uint8Array.of(0, 0, 0, 1)
  const length = Uint8Array.of(0, 0, KEY_BITS >> 8, KEY_BITS & 0xff)
  const derived = mac(Buffer.concat([counter, purposeOf(keyId, head), length]))
  if (derived.length !== KEY_BITS / 8) {
    throw new RangeError(`The token's HMAC has ${derived.length} bytes, not ${KEY_BITS / 8}`)
  }
  return Buffer.from(derived.buffer, derived.byteOffset, derived.length)
}

function purposeOf(keyId: string, head: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${PURPOSE}\0${keyId}\0`, 'latin1'), head])
}

function requireSame(again: Buffer, key: Buffer): void {
  const isSame = again.equals(key)
  again.fill(0)
  if (!isSame) throw new RangeError('The token derives another key each time')
}

function damaged(keyId: string, cause?: unknown): GuardError {
  const message = `The wrapped secret was changed, or the key ${keyId} of this token did not wrap it`
  return new GuardError('secret-damaged', message, { cause })
}
