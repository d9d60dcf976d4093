import {
  constants,
  createECDH,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  privateEncrypt,
  randomBytes,
} from 'node:crypto'
import {
  type HashAlgorithm,
  type KeyAlgorithm,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  type SignDigest,
} from '../../hsm/algorithms.ts'
import {
  encodeOid,
  encodeSequence,
  encodeTlv,
  encodeUnsigned,
  NULL,
  readChildren,
  readTlv,
  TAG,
} from '../../src/cms/der.ts'
import { type CmsEncoder, makeCmsEncoder } from '../../src/cms/encoder.ts'
import { HASH_OID } from '../../src/cms/oids.ts'
import { buildCertificate, type Issuer } from '../../src/pki/certificate.ts'
import { encodeName, type NameParts } from '../../src/pki/name.ts'

/** Keys in memory behind the product's own port, and the certificates of a small PKI around them. */
export interface SoftwareSigner {
  readonly encoder: CmsEncoder
  /** Of the seal. */
  readonly publicKey: KeyObject
  /** Signs with the seal's key. */
  signDigest(digest: Uint8Array): Promise<Uint8Array>
  /** PEM of the root. */
  readonly root: string
}

const DAY_MS = 86_400_000

/** A root, an issuing CA (both P-256) and a seal of the algorithm, valid from yesterday on. */
export async function makeSoftwareSigner(
  algorithm: SignatureAlgorithm = 'ecdsa-p256-sha256',
  key: KeyAlgorithm = SIGNATURE_ALGORITHMS[algorithm].keys[0],
): Promise<SoftwareSigner> {
  const keys = {
    root: generateKey('p-256'),
    issuing: generateKey('p-256'),
    seal: generateKey(key),
  }
  const sign: SignDigest = async ({ keyId, algorithm, digest }) => {
    const found = Object.entries(keys).find(([id]) => id === keyId)?.[1]
    if (found === undefined) throw new RangeError(`no key ${keyId}`)
    return signWith(found, algorithm, digest)
  }
  const now = Math.floor(Date.now() / 1000) * 1000
  const issue = async (
    profile: 'root-ca' | 'issuing-ca' | 'seal',
    keyId: keyof typeof keys,
    subject: NameParts,
    issuer: Issuer,
  ) => {
    const request = {
      profile,
      subject,
      publicKey: keys[keyId].spki,
      serial: randomBytes(20),
      notBefore: now - DAY_MS,
      notAfter: now + 365 * DAY_MS,
    }
    return (await buildCertificate(request, issuer, sign)).der
  }
  const issuerOf = (keyId: keyof typeof keys, subject: NameParts): Issuer => ({
    name: encodeName(subject),
    keyId,
    algorithm: 'ecdsa-p256-sha256',
    publicKey: keys[keyId].spki,
    notAfter: now + 365 * DAY_MS,
  })
  const root = await issue('root-ca', 'root', ROOT, issuerOf('root', ROOT))
  const issuing = await issue('issuing-ca', 'issuing', ISSUING, issuerOf('root', ROOT))
  const certificate = await issue('seal', 'seal', SEAL, issuerOf('issuing', ISSUING))
  return {
    encoder: makeCmsEncoder({
      certificate,
      chain: [issuing],
      algorithm,
      signatureBytesMax: SIGNATURE_BYTES[key],
    }),
    publicKey: keys.seal.publicKey,
    signDigest: (digest) => sign({ keyId: 'seal', algorithm, digest }),
    root: pem(root),
  }
}

const ROOT = { country: 'FR', organisation: 'Essais', commonName: 'Racine des essais' }
const ISSUING = { country: 'FR', organisation: 'Essais', commonName: 'Autorité des essais' }
const SEAL = {
  country: 'FR',
  organisation: 'Essais',
  organisationIdentifier: 'NTRFR-123456789',
  commonName: 'Cachet des essais',
}

/** Octets of a signature: exact for RSA, the longest `Ecdsa-Sig-Value` for a curve. */
export const SIGNATURE_BYTES: Record<KeyAlgorithm, number> = {
  'rsa-2048': 256,
  'rsa-3072': 384,
  'rsa-4096': 512,
  'p-256': 72,
  'p-384': 104,
}

export interface SoftwareKey {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
  /** DER SubjectPublicKeyInfo. */
  readonly spki: Uint8Array
  /** The secret number of an EC key. */
  readonly secret: bigint
}

const ENCODINGS = {
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der' },
} as const

/**
 * Keys come encoded and are read back: exporting a KeyObject that `generateKeyPairSync` gave can
 * deadlock with the collection of its own job (node 20).
 */
export function generateKey(algorithm: KeyAlgorithm): SoftwareKey {
  const { publicKey, privateKey } =
    algorithm === 'p-256' || algorithm === 'p-384'
      ? generateKeyPairSync('ec', { namedCurve: CURVES[algorithm].curve, ...ENCODINGS })
      : generateKeyPairSync('rsa', {
          modulusLength: Number(algorithm.slice('rsa-'.length)),
          ...ENCODINGS,
        })
  const [, , inner] = readChildren(privateKey, readTlv(privateKey, 0))
  if (inner === undefined) throw new RangeError('PKCS #8 has three elements')
  const [, secret] = readChildren(privateKey, readTlv(privateKey, inner.contentStart))
  return {
    privateKey: createPrivateKey({ key: privateKey, format: 'der', type: 'pkcs8' }),
    publicKey: createPublicKey({ key: publicKey, format: 'der', type: 'spki' }),
    spki: publicKey,
    secret:
      secret === undefined ? 0n : toBigInt(privateKey.subarray(secret.contentStart, secret.end)),
  }
}

const CURVES = {
  'p-256': {
    curve: 'prime256v1',
    order: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  },
  'p-384': {
    curve: 'secp384r1',
    order:
      0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
  },
} as const

/** Node signs messages only, so a digest is signed by hand: what a token does inside. */
export function signWith(
  { privateKey: key, secret }: SoftwareKey,
  algorithm: SignatureAlgorithm,
  digest: Uint8Array,
): Uint8Array {
  const { scheme, hash } = SIGNATURE_ALGORITHMS[algorithm]
  switch (scheme) {
    case 'rsassa-pkcs1-v1_5':
      return privateEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, digestInfo(hash, digest))
    case 'rsassa-pss':
      return privateEncrypt(
        { key, padding: constants.RSA_NO_PADDING },
        encodePss(hash, digest, key.asymmetricKeyDetails?.modulusLength ?? 0),
      )
    case 'ecdsa':
      return signEcdsa(secret, algorithm === 'ecdsa-p256-sha256' ? 'p-256' : 'p-384', digest)
  }
}

/** `DigestInfo` (RFC 8017 §9.2). */
function digestInfo(hash: HashAlgorithm, digest: Uint8Array): Uint8Array {
  const identifier = encodeSequence(encodeOid(HASH_OID[hash]), NULL)
  return encodeSequence(identifier, encodeTlv(TAG.octetString, digest))
}

/** EMSA-PSS with a salt as long as the digest (RFC 8017 §9.1.1). */
function encodePss(hash: HashAlgorithm, digest: Uint8Array, modulusBits: number): Uint8Array {
  const salt = randomBytes(digest.length)
  const h = createHash(hash).update(new Uint8Array(8)).update(digest).update(salt).digest()
  const block = Buffer.alloc(modulusBits / 8 - h.length - 1)
  block[block.length - salt.length - 1] = 1
  salt.copy(block, block.length - salt.length)
  for (let counter = 0, at = 0; at < block.length; counter += 1, at += h.length) {
    const seed = Buffer.alloc(4)
    seed.writeUInt32BE(counter)
    const mask = createHash(hash).update(h).update(seed).digest()
    mask.forEach((byte, i) => {
      block[at + i] = (block[at + i] ?? 0) ^ byte
    })
  }
  block[0] = (block[0] ?? 0) & 0x7f
  return Buffer.concat([block, h, Uint8Array.of(0xbc)])
}

/** FIPS 186-5 §6.4.1; DER `Ecdsa-Sig-Value`. */
function signEcdsa(secret: bigint, name: keyof typeof CURVES, digest: Uint8Array): Uint8Array {
  const { curve, order } = CURVES[name]
  const ephemeral = createECDH(curve)
  const point = ephemeral.generateKeys()
  const r = toBigInt(point.subarray(1, 1 + (point.length - 1) / 2)) % order
  const inverse = power(toBigInt(ephemeral.getPrivateKey()), order - 2n, order)
  const s = (inverse * (toBigInt(digest) + r * secret)) % order
  return encodeSequence(encodeUnsigned(fromBigInt(r)), encodeUnsigned(fromBigInt(s)))
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (let square = base, rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus
    square = (square * square) % modulus
  }
  return result
}

function toBigInt(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
}

function fromBigInt(value: bigint): Uint8Array {
  const digits = value.toString(16)
  return Buffer.from(digits.padStart(digits.length + (digits.length % 2), '0'), 'hex')
}

function pem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}
