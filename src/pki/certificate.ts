import { createHash } from 'node:crypto'
import {
  type HashAlgorithm,
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  type SignDigest,
} from '../../hsm/algorithms.ts'
import { signatureAlgorithmIdentifier } from '../cms/algorithm-identifier.ts'
import {
  contextTag,
  encodeOid,
  encodeSequence,
  encodeSmallInteger,
  encodeTlv,
  encodeUnsigned,
  readChildren,
  readTlv,
  sliceTlv,
  TAG,
} from '../cms/der.ts'
import { encodeName, type NameParts } from './name.ts'
import { type ProfileName, profileOf } from './profiles.ts'
import { encodeTime } from './time.ts'

/** What signs a certificate or a CRL: a key in the token and the name it signs under. */
export interface Issuer {
  /** DER `Name`: the subject of its own certificate, octet for octet (RFC 5280 §4.1.2.4). */
  readonly name: Uint8Array
  readonly keyId: string
  readonly algorithm: SignatureAlgorithm
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array
  /** Unix ms; nothing it issues lives longer. */
  readonly notAfter: number
}

export interface CertificateRequest {
  readonly profile: ProfileName
  readonly subject: NameParts
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array
  /** Twenty random octets; made positive here (RFC 5280 §4.1.2.2). */
  readonly serial: Uint8Array
  /** Unix ms, whole seconds. */
  readonly notBefore: number
  readonly notAfter: number
  /** DNS names and IP addresses, for TLS. */
  readonly hosts?: readonly string[]
  /** Where the issuer's certificate and CRL are published; absent for a root. */
  readonly published?: { readonly certificateUrl: string; readonly crlUrl: string }
}

const EXTENSION = {
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  crlDistributionPoints: '2.5.29.31',
  certificatePolicies: '2.5.29.32',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  authorityInfoAccess: '1.3.6.1.5.5.7.1.1',
} as const
const CA_ISSUERS = '1.3.6.1.5.5.7.48.2'

/**
 * Issue an X.509 certificate (RFC 5280 §4.1); the issuer's signature comes from the token.
 *
 * @returns DER `Certificate` and its serial in hex.
 * @throws RangeError when it would outlive its issuer.
 */
export async function buildCertificate(
  request: CertificateRequest,
  issuer: Issuer,
  signDigest: SignDigest,
): Promise<{ der: Uint8Array; serial: string }> {
  if (request.notAfter > issuer.notAfter)
    throw new RangeError('a certificate cannot outlive its issuer')
  const serial = positiveSerial(request.serial)
  const algorithm = signatureAlgorithmIdentifier(issuer.algorithm)
  const tbs = encodeSequence(
    encodeTlv(contextTag(0), encodeSmallInteger(2)),
    encodeUnsigned(serial),
    algorithm,
    issuer.name,
    encodeSequence(encodeTime(request.notBefore), encodeTime(request.notAfter)),
    encodeName(request.subject),
    request.publicKey,
    encodeTlv(contextTag(3), encodeSequence(...extensions(request, issuer))),
  )
  return { der: await signStructure(tbs, issuer, signDigest), serial: hex(serial) }
}

/** `SEQUENCE { tbs, algorithm, signature }`: the frame of certificates and CRLs alike. */
export async function signStructure(
  tbs: Uint8Array,
  { keyId, algorithm }: Issuer,
  signDigest: SignDigest,
): Promise<Uint8Array> {
  const digest = digestWith(SIGNATURE_ALGORITHMS[algorithm].hash, tbs)
  const signature = await signDigest({ keyId, algorithm, digest })
  return encodeSequence(tbs, signatureAlgorithmIdentifier(algorithm), encodeBitString(signature))
}

function extensions(request: CertificateRequest, issuer: Issuer): Uint8Array[] {
  const { ca, extendedKeyUsage, keyUsage } = profileOf(request.profile)
  const isRoot = request.profile === 'root-ca'
  return [
    ...(ca === undefined
      ? []
      : [
          extension(
            EXTENSION.basicConstraints,
            encodeSequence(Uint8Array.of(TAG.boolean, 1, 0xff), encodeSmallInteger(ca.pathLength)),
            'critical',
          ),
        ]),
    extension(EXTENSION.keyUsage, encodeNamedBits(keyUsage), 'critical'),
    ...(extendedKeyUsage === undefined
      ? []
      : [
          extension(EXTENSION.extendedKeyUsage, encodeSequence(...extendedKeyUsage.map(encodeOid))),
        ]),
    extension(
      EXTENSION.subjectKeyIdentifier,
      encodeTlv(TAG.octetString, keyIdentifier(request.publicKey)),
    ),
    ...(isRoot ? [] : [authorityKeyIdentifier(issuer.publicKey)]),
    ...(request.hosts === undefined
      ? []
      : [extension(EXTENSION.subjectAltName, encodeHosts(request.hosts))]),
    ...(request.published === undefined ? [] : publication(request.published)),
  ]
}

/** AKI (RFC 5280 §4.2.1.1), for certificates and CRLs. */
export function authorityKeyIdentifier(issuerPublicKey: Uint8Array): Uint8Array {
  const identifier = encodeTlv(0x80, keyIdentifier(issuerPublicKey))
  return extension(EXTENSION.authorityKeyIdentifier, encodeSequence(identifier))
}

export function extension(oid: string, value: Uint8Array, critical?: 'critical'): Uint8Array {
  const flag = critical === undefined ? [] : [Uint8Array.of(TAG.boolean, 1, 0xff)]
  return encodeSequence(encodeOid(oid), ...flag, encodeTlv(TAG.octetString, value))
}

const URI = 0x86
const DNS_NAME = 0x82
const IP_ADDRESS = 0x87

/** CDP and AIA (RFC 5280 §4.2.1.13 and §4.2.2.1). */
function publication({
  certificateUrl,
  crlUrl,
}: {
  certificateUrl: string
  crlUrl: string
}): Uint8Array[] {
  const uri = (url: string) => encodeTlv(URI, Buffer.from(url, 'ascii'))
  const fullName = encodeTlv(contextTag(0), encodeTlv(contextTag(0), uri(crlUrl)))
  return [
    extension(EXTENSION.crlDistributionPoints, encodeSequence(encodeSequence(fullName))),
    extension(
      EXTENSION.authorityInfoAccess,
      encodeSequence(encodeSequence(encodeOid(CA_ISSUERS), uri(certificateUrl))),
    ),
  ]
}

function encodeHosts(hosts: readonly string[]): Uint8Array {
  return encodeSequence(
    ...hosts.map((host) => {
      const address = ipOctets(host)
      return address === undefined
        ? encodeTlv(DNS_NAME, Buffer.from(host, 'ascii'))
        : encodeTlv(IP_ADDRESS, address)
    }),
  )
}

/** The octets of an IPv4 or IPv6 address, or undefined for a name. */
function ipOctets(host: string): Uint8Array | undefined {
  if (/^\d+(\.\d+){3}$/.test(host)) return Uint8Array.from(host.split('.').map(Number))
  if (!host.includes(':')) return undefined
  const [head = '', tail = ''] = host.split('::')
  const groups = (text: string) =>
    text === '' ? [] : text.split(':').map((g) => Number.parseInt(g, 16))
  const [before, after] = [groups(head), groups(tail)]
  const zeros = new Array(8 - before.length - after.length).fill(0)
  return Uint8Array.from(
    [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]),
  )
}

/** Method 1 of RFC 5280 §4.2.1.2: SHA-1 of the key's bits names it; no security rests on it. */
export function keyIdentifier(publicKey: Uint8Array): Uint8Array {
  const [, bits] = readChildren(publicKey, readTlv(publicKey, 0))
  if (bits === undefined) throw new RangeError('a public key has no bits')
  return createHash('sha1')
    .update(sliceTlv(publicKey, bits).subarray(bits.contentStart - bits.start + 1))
    .digest()
}

/** A BIT STRING of named bits without trailing zeros (ITU-T X.690 §11.2.2). */
function encodeNamedBits(bits: readonly number[]): Uint8Array {
  const highest = Math.max(...bits)
  const octets = new Uint8Array(Math.floor(highest / 8) + 1)
  for (const bit of bits) octets[bit >> 3] = (octets[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  return encodeTlv(TAG.bitString, Uint8Array.of(7 - (highest & 7)), octets)
}

function encodeBitString(bytes: Uint8Array): Uint8Array {
  return encodeTlv(TAG.bitString, Uint8Array.of(0), bytes)
}

/** At most 20 octets, not zero, not negative (RFC 5280 §4.1.2.2). */
function positiveSerial(random: Uint8Array): Uint8Array {
  const serial = Uint8Array.from(random.subarray(0, 20))
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  return serial
}

function digestWith(hash: HashAlgorithm, bytes: Uint8Array): Uint8Array {
  return createHash(hash).update(bytes).digest()
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
