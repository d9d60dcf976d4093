import { createHash } from 'node:crypto'
import {
  SIGNATURE_ALGORITHMS,
  type SignatureAlgorithm,
  type SignDigest,
} from '../../hsm/algorithms.ts'
import { signatureAlgorithmIdentifier } from '../cms/algorithm-identifier.ts'
import {
  contextTag,
  encodeSequence,
  encodeSmallInteger,
  encodeTlv,
  encodeUnsigned,
  TAG,
} from '../cms/der.ts'
import {
  authorityInfoAccess,
  authorityKeyIdentifier,
  basicConstraints,
  certificatePolicies,
  crlDistributionPoints,
  extendedKeyUsage,
  keyUsage,
  ocspNoCheck,
  subjectAltName,
  subjectKeyIdentifier,
} from './extensions.ts'
import { encodeName, type NameParts } from './name.ts'
import { PROFILES, type ProfileName } from './profiles.ts'
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
  /** OIDs of the policies it is issued under (ETSI EN 319 412-2 §4.3.3). */
  readonly policies?: readonly string[]
  /** DNS names and IP addresses, for TLS. */
  readonly hosts?: readonly string[]
  /** Where the issuer's certificate, CRL and OCSP responder are; absent for a root. */
  readonly published?: {
    readonly certificateUrl: string
    readonly crlUrl: string
    readonly ocspUrl?: string
  }
}

/**
 * Issue an X.509 certificate (RFC 5280 §4.1); the issuer's signature comes from the token.
 *
 * @returns DER `Certificate` and its serial in hex.
 * @throws RangeError when it would outlive its issuer, or end before it begins.
 */
export async function buildCertificate(
  request: CertificateRequest,
  issuer: Issuer,
  signDigest: SignDigest,
): Promise<{ der: Uint8Array; serial: string }> {
  const { notBefore, notAfter } = request
  if (notAfter > issuer.notAfter) throw new RangeError('a certificate cannot outlive its issuer')
  if (notAfter <= notBefore) throw new RangeError('a certificate cannot end before it begins')
  const serial = positiveSerial(request.serial)
  const tbs = encodeSequence(
    encodeTlv(contextTag(0), encodeSmallInteger(2)),
    encodeUnsigned(serial),
    signatureAlgorithmIdentifier(issuer.algorithm),
    issuer.name,
    encodeSequence(encodeTime(notBefore), encodeTime(notAfter)),
    encodeName(request.subject),
    request.publicKey,
    encodeTlv(contextTag(3), encodeSequence(...extensionsOf(request, issuer))),
  )
  const der = await signStructure(tbs, issuer, signDigest)
  return { der, serial: Buffer.from(serial).toString('hex') }
}

/** `SEQUENCE { tbs, algorithm, signature }`: the frame of certificates and CRLs alike. */
export async function signStructure(
  tbs: Uint8Array,
  { keyId, algorithm }: Pick<Issuer, 'keyId' | 'algorithm'>,
  signDigest: SignDigest,
): Promise<Uint8Array> {
  const digest = createHash(SIGNATURE_ALGORITHMS[algorithm].hash).update(tbs).digest()
  const signature = await signDigest({ keyId, algorithm, digest })
  const bits = encodeTlv(TAG.bitString, Uint8Array.of(0), signature)
  return encodeSequence(tbs, signatureAlgorithmIdentifier(algorithm), bits)
}

function extensionsOf(
  { profile, publicKey, policies, hosts, published }: CertificateRequest,
  issuer: Issuer,
): Uint8Array[] {
  const row = PROFILES[profile]
  const wanted = [
    row.ca && basicConstraints(row.ca.pathLength),
    keyUsage(row.keyUsage),
    row.extendedKeyUsage &&
      extendedKeyUsage(row.extendedKeyUsage, row.isPurposeCritical ? 'critical' : undefined),
    subjectKeyIdentifier(publicKey),
    // A root would only name itself (RFC 5280 §4.2.1.1).
    profile === 'root-ca' ? undefined : authorityKeyIdentifier(issuer.publicKey),
    policies && certificatePolicies(policies),
    hosts && subjectAltName(hosts),
    row.isNeverChecked ? ocspNoCheck() : undefined,
    published && crlDistributionPoints(published.crlUrl),
    published && authorityInfoAccess(published.certificateUrl, published.ocspUrl),
  ]
  return wanted.filter((extension) => extension !== undefined)
}

/** Twenty octets, positive and not zero (RFC 5280 §4.1.2.2). */
function positiveSerial(random: Uint8Array): Uint8Array {
  if (random.length !== 20) throw new RangeError(`a serial has 20 octets, not ${random.length}`)
  const serial = Uint8Array.from(random)
  serial[0] = ((serial[0] ?? 0) & 0x7f) | 0x40
  return serial
}
