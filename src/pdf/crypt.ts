import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { AppError } from '../errors.ts'
import { damaged } from './cursor.ts'
import { rc4 } from './rc4.ts'
import { asKind, isKind, type PdfDict, type PdfObject, type PdfValue } from './values.ts'

type Method = 'identity' | 'rc4' | 'aes-128' | 'aes-256'

/** Encrypts and decrypts one kind of object: strings or streams. */
interface Cipher {
  encrypt(bytes: Uint8Array, number: number, generation: number): Uint8Array
  decrypt(bytes: Uint8Array, number: number, generation: number): Uint8Array
}

/** The standard security handler, opened with the empty user password (ISO 32000-2 §7.6.4). */
export interface Decryption {
  readonly strings: Cipher
  readonly streams: Cipher
  /** `/P`: what the document lets its readers do (ISO 32000-2 §7.6.4.2, Table 22). */
  readonly permissions: number
  readonly encryptsMetadata: boolean
}

const PADDING = Buffer.from(
  '28bf4e5e4e758a4164004e56fffa01082e2e00b6d0683e802f0ca9fe6453697a',
  'hex',
)

/**
 * Open an encrypted document with the empty user password.
 *
 * @param encrypt - The `/Encrypt` dictionary, its own strings in clear.
 * @param firstId - The first element of the trailer's `/ID`, or no octets when there is none.
 * @throws AppError `pdf-encrypted` when a password is needed or the handler is not the standard one.
 */
export function openEncryption(
  encrypt: PdfDict,
  firstId: Uint8Array,
  resolve: (value: PdfValue | undefined) => PdfObject,
): Decryption {
  const get = (key: string) => resolve(encrypt.entries.get(key))
  const number = (key: string, otherwise: number) => numberOr(get(key), otherwise)
  if (asKind(get('Filter'), 'name')?.name !== 'Standard') {
    throw refused('It is encrypted by a security handler other than the standard one.')
  }
  const version = number('V', 0)
  const revision = number('R', 0)
  const encryptsMetadata = get('EncryptMetadata') !== false
  const permissions = number('P', 0) | 0
  const fields = { owner: octets(get('O')), user: octets(get('U')), userKey: octets(get('UE')) }
  const key =
    version >= 5
      ? openWithSha2(fields, revision)
      : openWithMd5(fields, {
          revision,
          firstId,
          permissions,
          encryptsMetadata,
          keyBytes: keyBytesOf(version, number('Length', 40), cryptFilter(get, resolve, 'StmF')),
        })
  const cipherFor = (use: 'StrF' | 'StmF') =>
    makeCipher(methodOf(version, cryptFilter(get, resolve, use)), key)
  return {
    strings: cipherFor('StrF'),
    streams: cipherFor('StmF'),
    permissions,
    encryptsMetadata,
  }
}

function cryptFilter(
  get: (key: string) => PdfObject,
  resolve: (value: PdfValue | undefined) => PdfObject,
  use: string,
): PdfDict | undefined {
  const filterName = asKind(get(use), 'name')?.name ?? 'Identity'
  return asKind(resolve(asKind(get('CF'), 'dict')?.entries.get(filterName)), 'dict')
}

/** ISO 32000-2 §7.6.2 Table 20 (V) and §7.6.6 Table 25 (CFM). */
function methodOf(version: number, filter: PdfDict | undefined): Method {
  if (version === 1 || version === 2) return 'rc4'
  if (version !== 4 && version !== 5) throw refused(`Its encryption version ${version} is unknown.`)
  const method = asKind(filter?.entries.get('CFM') ?? null, 'name')?.name ?? 'None'
  const known: Readonly<Record<string, Method>> = {
    None: 'identity',
    V2: 'rc4',
    AESV2: 'aes-128',
    AESV3: 'aes-256',
  }
  const found = known[method]
  if (found === undefined) throw refused(`Its encryption method ${method} is unknown.`)
  return found
}

function keyBytesOf(version: number, lengthBits: number, filter: PdfDict | undefined): number {
  if (version === 1) return 5
  if (version === 2) return Math.min(16, Math.max(5, Math.floor(lengthBits / 8)))
  const filterLength = numberOr(filter?.entries.get('Length') ?? null, 16)
  // Writers disagree whether a crypt filter's /Length counts octets or bits; V4 methods use 128 bits.
  return filterLength === 5 || filterLength === 40 ? 5 : 16
}

interface Md5Parameters {
  readonly revision: number
  readonly firstId: Uint8Array
  readonly permissions: number
  readonly encryptsMetadata: boolean
  readonly keyBytes: number
}

/** Algorithms 2, 4 and 5 of ISO 32000-2 §7.6.4.3 and §7.6.4.4 for an empty password. */
function openWithMd5(
  { owner, user }: { owner: Uint8Array; user: Uint8Array },
  { revision, firstId, permissions, encryptsMetadata, keyBytes }: Md5Parameters,
): Uint8Array {
  const p = Buffer.alloc(4)
  p.writeInt32LE(permissions)
  const parts = [PADDING, owner.subarray(0, 32), p, firstId]
  if (revision >= 4 && !encryptsMetadata) parts.push(Buffer.alloc(4, 0xff))
  let digest = md5(...parts)
  if (revision >= 3) {
    for (let i = 0; i < 50; i += 1) digest = md5(digest.subarray(0, keyBytes))
  }
  const key = digest.subarray(0, keyBytes)
  const isRight =
    revision === 2
      ? Buffer.compare(rc4(key, PADDING), user.subarray(0, 32)) === 0
      : Buffer.compare(userCheck(key, firstId), user.subarray(0, 16)) === 0
  if (!isRight) throw refused('It opens only with a password.')
  return key
}

function userCheck(key: Uint8Array, firstId: Uint8Array): Uint8Array {
  let value: Uint8Array = rc4(key, md5(PADDING, firstId))
  for (let i = 1; i <= 19; i += 1)
    value = rc4(
      key.map((byte) => byte ^ i),
      value,
    )
  return value
}

/** Algorithm 2.A of ISO 32000-2 §7.6.4.3.3 for an empty user password. */
function openWithSha2(
  { user, userKey }: { user: Uint8Array; userKey: Uint8Array },
  revision: number,
): Uint8Array {
  if (user.length < 48 || userKey.length < 32)
    throw damaged('its encryption dictionary is cut short')
  const hash = revision >= 6 ? hash2B : (salt: Uint8Array) => sha('sha256', salt)
  const validationSalt = user.subarray(32, 40)
  const keySalt = user.subarray(40, 48)
  if (Buffer.compare(hash(validationSalt), user.subarray(0, 32)) !== 0) {
    throw refused('It opens only with a password.')
  }
  const cipher = createDecipheriv('aes-256-cbc', hash(keySalt), Buffer.alloc(16))
  cipher.setAutoPadding(false)
  return Buffer.concat([cipher.update(userKey.subarray(0, 32)), cipher.final()])
}

/** Algorithm 2.B of ISO 32000-2 §7.6.4.3.4 for an empty password. */
function hash2B(salt: Uint8Array): Uint8Array {
  let key = sha('sha256', salt)
  for (let round = 0; ; round += 1) {
    const block = Buffer.alloc(64 * key.length)
    for (let i = 0; i < 64; i += 1) block.set(key, i * key.length)
    const cipher = createCipheriv('aes-128-cbc', key.subarray(0, 16), key.subarray(16, 32))
    cipher.setAutoPadding(false)
    const encrypted = cipher.update(block)
    const remainder = encrypted.subarray(0, 16).reduce((sum, byte) => sum + byte, 0) % 3
    key = sha(remainder === 0 ? 'sha256' : remainder === 1 ? 'sha384' : 'sha512', encrypted)
    if (round >= 63 && (encrypted.at(-1) ?? 0) <= round - 31) return key.subarray(0, 32)
  }
}

function makeCipher(method: Method, key: Uint8Array): Cipher {
  switch (method) {
    case 'identity':
      return { encrypt: (bytes) => bytes, decrypt: (bytes) => bytes }
    case 'rc4': {
      const apply = (bytes: Uint8Array, number: number, generation: number) =>
        rc4(objectKey(key, number, generation, false), bytes)
      return { encrypt: apply, decrypt: apply }
    }
    case 'aes-128':
      return aesCipher('aes-128-cbc', (number, generation) =>
        objectKey(key, number, generation, true),
      )
    case 'aes-256':
      return aesCipher('aes-256-cbc', () => key)
  }
}

function aesCipher(
  algorithm: 'aes-128-cbc' | 'aes-256-cbc',
  keyFor: (number: number, generation: number) => Uint8Array,
): Cipher {
  return {
    encrypt(bytes, number, generation) {
      const iv = randomBytes(16)
      const cipher = createCipheriv(algorithm, keyFor(number, generation), iv)
      return Buffer.concat([iv, cipher.update(bytes), cipher.final()])
    },
    decrypt(bytes, number, generation) {
      if (bytes.length < 32 || bytes.length % 16 !== 0) return new Uint8Array()
      const iv = bytes.subarray(0, 16)
      const cipher = createDecipheriv(algorithm, keyFor(number, generation), iv)
      cipher.setAutoPadding(false)
      const plain = Buffer.concat([cipher.update(bytes.subarray(16)), cipher.final()])
      const padding = plain.at(-1) ?? 0
      return padding >= 1 && padding <= 16 ? plain.subarray(0, plain.length - padding) : plain
    },
  }
}

/** Algorithm 1 of ISO 32000-2 §7.6.3.2: a key for each object, below V5. */
function objectKey(
  key: Uint8Array,
  number: number,
  generation: number,
  isAes: boolean,
): Uint8Array {
  const salt = Buffer.alloc(5)
  salt.writeUIntLE(number & 0xffffff, 0, 3)
  salt.writeUInt16LE(generation & 0xffff, 3)
  const digest = md5(key, salt, isAes ? Buffer.from('sAlT') : Buffer.alloc(0))
  return digest.subarray(0, Math.min(16, key.length + 5))
}

function md5(...parts: Uint8Array[]): Buffer {
  const hash = createHash('md5')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

function sha(algorithm: string, bytes: Uint8Array): Buffer {
  return createHash(algorithm).update(bytes).digest()
}

function octets(value: PdfObject): Uint8Array {
  return isKind(value, 'string') ? value.bytes : new Uint8Array()
}

function numberOr(value: PdfObject, otherwise: number): number {
  return typeof value === 'number' ? value : otherwise
}

function refused(why: string): AppError {
  return new AppError('pdf-encrypted', `The PDF cannot be sealed as it is. ${why}`)
}
