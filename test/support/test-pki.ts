import {
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign as signMessage,
} from 'node:crypto'
import {
  contextTag,
  encodeOid,
  encodeSequence,
  encodeSmallInteger,
  encodeTlv,
  encodeUnsigned,
  NULL,
  TAG,
} from '../../src/cms/der.ts'
import {
  authorityKeyIdentifier,
  encodeExtension,
  extendedKeyUsage,
  keyUsage,
  subjectKeyIdentifier,
} from '../../src/pki/extensions.ts'
import { encodeName } from '../../src/pki/name.ts'
import { encodeTime } from '../../src/pki/time.ts'

/** The moment that all certificates here are made around. Unix ms. */
export const NOW = Date.UTC(2026, 10, 24, 12)
export const DAY_MS = 86_400_000

/** A key with a certificate. */
export interface Holder {
  readonly certificate: Uint8Array
  /** DER `Name`. */
  readonly subject: Uint8Array
  readonly key: KeyObject
}

/** What a certificate is to say; what is left out is as an honest CA would write it. */
export interface CertificateWish {
  readonly key?: KeyObject
  /** DER SubjectPublicKeyInfo in the place of that of `key`: of one that is in a token. */
  readonly publicKey?: Uint8Array
  /** DER `Name` in the place of the issuer's own. */
  readonly issuerName?: Uint8Array
  /** DER `Name` in the place of one with the common name. */
  readonly subjectName?: Uint8Array
  readonly serial?: number
  readonly notBefore?: number
  readonly notAfter?: number
  /** Besides the key identifiers; none at all makes it version 1. */
  readonly extensions?: readonly Uint8Array[]
  readonly hash?: Hash
}

type Hash = 'sha256' | 'sha1'

const CA = '2.5.29.19'
const TRUE = Uint8Array.of(TAG.boolean, 1, 0xff)

/** basicConstraints and keyUsage of a CA. */
export function caExtensions(pathLength?: number): Uint8Array[] {
  return [constraints(true, pathLength), keyUsage([5, 6])]
}

export function constraints(isCa: boolean, pathLength?: number): Uint8Array {
  const length = pathLength === undefined ? [] : [encodeSmallInteger(pathLength)]
  const value = encodeSequence(...(isCa ? [TRUE] : []), ...length)
  return encodeExtension(CA, value, 'critical')
}

/** keyUsage of a seal. */
export const SEAL_EXTENSIONS = [keyUsage([0, 1])]
/** What a timestamping authority must have, marked critical (RFC 3161 §2.3). */
export const TSA_EXTENSIONS = [
  keyUsage([0, 1]),
  encodeExtension('2.5.29.37', encodeSequence(encodeOid('1.3.6.1.5.5.7.3.8')), 'critical'),
]
export const TLS_EXTENSIONS = [keyUsage([0]), extendedKeyUsage(['1.3.6.1.5.5.7.3.1'])]

export function makeKey(curve = 'prime256v1'): KeyObject {
  return generateKeyPairSync('ec', { namedCurve: curve }).privateKey
}

export function nameOf(commonName: string): Uint8Array {
  return encodeName({ country: 'FR', organisation: 'Essais', commonName })
}

/** A self-signed certificate of a CA. */
export function makeRoot(commonName: string, wish: CertificateWish = {}): Holder {
  const key = wish.key ?? makeKey()
  const self = { certificate: new Uint8Array(), subject: nameOf(commonName), key }
  return issue(self, commonName, { extensions: caExtensions(), ...wish, key })
}

/** A certificate of a CA below another. */
export function makeCa(issuer: Holder, commonName: string, wish: CertificateWish = {}): Holder {
  return issue(issuer, commonName, { extensions: caExtensions(), ...wish })
}

/** Any certificate; one for sealing when nothing else is said. */
export function issue(issuer: Holder, commonName: string, wish: CertificateWish = {}): Holder {
  const key = wish.key ?? makeKey()
  const asked = wish.extensions ?? SEAL_EXTENSIONS
  const publicKey = wish.publicKey ?? spkiOf(key)
  const identifiers = [subjectKeyIdentifier(publicKey), authorityKeyIdentifier(spkiOf(issuer.key))]
  const extensions = asked.length === 0 ? [] : [...asked, ...identifiers]
  const serial = wish.serial === undefined ? randomBytes(8) : Buffer.from([wish.serial])
  const algorithm = ALGORITHMS[wish.hash ?? 'sha256']
  const tbs = encodeSequence(
    ...(extensions.length === 0 ? [] : [encodeTlv(contextTag(0), encodeSmallInteger(2))]),
    encodeUnsigned(serial),
    algorithm,
    wish.issuerName ?? issuer.subject,
    encodeSequence(
      encodeTime(wish.notBefore ?? NOW - 30 * DAY_MS),
      encodeTime(wish.notAfter ?? NOW + 300 * DAY_MS),
    ),
    wish.subjectName ?? nameOf(commonName),
    publicKey,
    ...(extensions.length === 0 ? [] : [encodeTlv(contextTag(3), encodeSequence(...extensions))]),
  )
  const certificate = signed(tbs, issuer.key, wish.hash)
  return { certificate, subject: wish.subjectName ?? nameOf(commonName), key }
}

function spkiOf(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ type: 'spki', format: 'der' })
}

const ALGORITHMS: Record<Hash, Uint8Array> = {
  sha256: encodeSequence(encodeOid('1.2.840.10045.4.3.2')),
  sha1: encodeSequence(encodeOid('1.2.840.10045.4.1')),
}

function signed(tbs: Uint8Array, key: KeyObject, hash: Hash = 'sha256'): Uint8Array {
  const bits = encodeTlv(TAG.bitString, Uint8Array.of(0), signMessage(hash, tbs, key))
  return encodeSequence(tbs, ALGORITHMS[hash], bits)
}

/** What a CRL is to say. */
export interface CrlWish {
  readonly revoked?: readonly Uint8Array[]
  readonly thisUpdate?: number
  /** null leaves it out. */
  readonly nextUpdate?: number | null
  readonly extensions?: readonly Uint8Array[]
  readonly entryExtensions?: readonly Uint8Array[]
  readonly key?: KeyObject
  readonly hash?: Hash
}

/** A CRL that lists these certificates. */
export function makeCrl(issuer: Holder, wish: CrlWish = {}): Uint8Array {
  const { revoked = [], thisUpdate = NOW - DAY_MS, nextUpdate = NOW + 7 * DAY_MS } = wish
  const entries = revoked.map((certificate) =>
    encodeSequence(
      serialOf(certificate),
      encodeTime(NOW - 2 * DAY_MS),
      ...(wish.entryExtensions === undefined ? [] : [encodeSequence(...wish.entryExtensions)]),
    ),
  )
  const number = encodeExtension('2.5.29.20', encodeSmallInteger(1))
  const tbs = encodeSequence(
    encodeSmallInteger(1),
    ALGORITHMS[wish.hash ?? 'sha256'],
    issuer.subject,
    encodeTime(thisUpdate),
    ...(nextUpdate === null ? [] : [encodeTime(nextUpdate)]),
    ...(entries.length === 0 ? [] : [encodeSequence(...entries)]),
    encodeTlv(
      contextTag(0),
      encodeSequence(
        authorityKeyIdentifier(spkiOf(issuer.key)),
        number,
        ...(wish.extensions ?? []),
      ),
    ),
  )
  return signed(tbs, wish.key ?? issuer.key, wish.hash)
}

/** The INTEGER of a certificate's serial number, after its version. */
function serialOf(certificate: Uint8Array): Uint8Array {
  const der = Buffer.from(certificate)
  const versionAt = der.indexOf(Buffer.from([0xa0, 3, 2, 1, 2]))
  const at = versionAt + 5
  return der.subarray(at, at + 2 + (der[at + 1] ?? 0))
}

/** An extension that nobody knows. */
export function unknownExtension(critical?: 'critical'): Uint8Array {
  return encodeExtension('1.2.3.4.5', NULL, critical)
}

export function toPem(der: Uint8Array, label = 'CERTIFICATE'): string {
  const lines = Buffer.from(der)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n')
  return `-----BEGIN ${label}-----\n${lines}-----END ${label}-----\n`
}
