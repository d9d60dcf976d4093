import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { AppError } from '../errors.ts'

const VERSION = 1
const ID_BYTES = 16
const HEAD_BYTES = 1 + ID_BYTES
const NONCE_BYTES = 12
const TAG_BYTES = 16
const LEAST_BYTES = HEAD_BYTES + NONCE_BYTES + TAG_BYTES
const CIPHER = 'aes-256-gcm'
const DOMAIN = 'sceau/vault/v1\0'

export interface DataKey {
  /** A UUID. */
  readonly id: string
  /** 256 bits. */
  readonly key: Uint8Array
}

/**
 * Seal with AES-256-GCM: `version | id of the data key | random nonce | ciphertext | tag`.
 *
 * @param context - What the value is and whose: it opens with the same text only, so a value that
 * was moved to another row opens for nobody.
 */
export function sealValue({ id, key }: DataKey, bytes: Uint8Array, context: string): Uint8Array {
  // Erased under our hands as the server stops: what it sealed now anybody could open.
  if (key.every((octet) => octet === 0)) throw new RangeError('the data key was erased')
  const head = Buffer.concat([
    Uint8Array.of(VERSION),
    Buffer.from(id.replaceAll('-', ''), 'hex'),
    // 96 random bits are good for 2^32 values of one key (NIST SP 800-38D §8.3).
    randomBytes(NONCE_BYTES),
  ])
  const cipher = createCipheriv(CIPHER, key, head.subarray(HEAD_BYTES))
  cipher.setAAD(boundTo(head, context))
  const sealed = [head, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]
  return Uint8Array.from(Buffer.concat(sealed))
}

/** @throws AppError `internal` if it was changed, or sealed for another context. */
export function openValue({ key }: DataKey, sealed: Uint8Array, context: string): Uint8Array {
  const head = sealed.subarray(0, HEAD_BYTES + NONCE_BYTES)
  const decipher = createDecipheriv(CIPHER, key, head.subarray(HEAD_BYTES), {
    authTagLength: TAG_BYTES,
  })
  decipher.setAAD(boundTo(head, context)).setAuthTag(sealed.subarray(-TAG_BYTES))
  try {
    const bytes = decipher.update(sealed.subarray(head.length, -TAG_BYTES))
    decipher.final()
    return Uint8Array.from(bytes)
  } catch (cause) {
    throw unreadable(cause)
  }
}

/** Which data key opens it. @throws AppError `internal` if no data key could. */
export function dataKeyIdOf(sealed: Uint8Array): string {
  if (sealed[0] !== VERSION || sealed.length < LEAST_BYTES) throw unreadable()
  const hex = Buffer.from(sealed.subarray(1, HEAD_BYTES)).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

export function unreadable(cause?: unknown): AppError {
  const message = 'What is kept encrypted cannot be read: it was changed, or belongs elsewhere.'
  return new AppError('internal', message, { cause })
}

function boundTo(head: Uint8Array, context: string): Uint8Array {
  return Buffer.concat([Buffer.from(DOMAIN, 'latin1'), head, Buffer.from(context, 'utf8')])
}
