import { createHash } from 'node:crypto'
import { isIPv4, isIPv6 } from 'node:net'
import {
  contextTag,
  encodeOid,
  encodeSequence,
  encodeSmallInteger,
  encodeTlv,
  NULL,
  readChildren,
  readTlv,
  TAG,
} from '../cms/der.ts'

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
  ocspNoCheck: '1.3.6.1.5.5.7.48.1.5',
} as const
const OCSP = '1.3.6.1.5.5.7.48.1'
const CA_ISSUERS = '1.3.6.1.5.5.7.48.2'

/** Tags of `GeneralName` (RFC 5280 §4.2.1.6). */
const URI = 0x86
const DNS_NAME = 0x82
const IP_ADDRESS = 0x87
/** `[0]` of `AuthorityKeyIdentifier`. */
const KEY_IDENTIFIER = 0x80

const TRUE = Uint8Array.of(TAG.boolean, 1, 0xff)

/** `Extension` (RFC 5280 §4.1). */
export function encodeExtension(oid: string, value: Uint8Array, critical?: 'critical'): Uint8Array {
  const flag = critical === undefined ? [] : [TRUE]
  return encodeSequence(encodeOid(oid), ...flag, encodeTlv(TAG.octetString, value))
}

/** RFC 5280 §4.2.1.9, for CAs. */
export function basicConstraints(pathLength: number): Uint8Array {
  const value = encodeSequence(TRUE, encodeSmallInteger(pathLength))
  return encodeExtension(EXTENSION.basicConstraints, value, 'critical')
}

/** RFC 5280 §4.2.1.3: a BIT STRING of named bits without trailing zeros (ITU-T X.690 §11.2.2). */
export function keyUsage(bits: readonly number[]): Uint8Array {
  const highest = Math.max(...bits)
  const octets = new Uint8Array(Math.floor(highest / 8) + 1)
  for (const bit of bits) octets[bit >> 3] = (octets[bit >> 3] ?? 0) | (0x80 >> (bit & 7))
  const value = encodeTlv(TAG.bitString, Uint8Array.of(7 - (highest & 7)), octets)
  return encodeExtension(EXTENSION.keyUsage, value, 'critical')
}

/** RFC 5280 §4.2.1.12. */
export function extendedKeyUsage(purposes: readonly string[], critical?: 'critical'): Uint8Array {
  const value = encodeSequence(...purposes.map(encodeOid))
  return encodeExtension(EXTENSION.extendedKeyUsage, value, critical)
}

/** RFC 6960 §4.2.2.2.1: whoever believes the responder asks no further. */
export function ocspNoCheck(): Uint8Array {
  return encodeExtension(EXTENSION.ocspNoCheck, NULL)
}

/** RFC 5280 §4.2.1.4, without qualifiers. */
export function certificatePolicies(policies: readonly string[]): Uint8Array {
  const terms = policies.map((policy) => encodeSequence(encodeOid(policy)))
  return encodeExtension(EXTENSION.certificatePolicies, encodeSequence(...terms))
}

/** RFC 5280 §4.2.1.2. @param publicKey - DER SubjectPublicKeyInfo. */
export function subjectKeyIdentifier(publicKey: Uint8Array): Uint8Array {
  const value = encodeTlv(TAG.octetString, keyIdentifier(publicKey))
  return encodeExtension(EXTENSION.subjectKeyIdentifier, value)
}

/** RFC 5280 §4.2.1.1, for certificates and CRLs. @param publicKey - The issuer's. */
export function authorityKeyIdentifier(publicKey: Uint8Array): Uint8Array {
  const value = encodeSequence(encodeTlv(KEY_IDENTIFIER, keyIdentifier(publicKey)))
  return encodeExtension(EXTENSION.authorityKeyIdentifier, value)
}

/** Method 1 of RFC 5280 §4.2.1.2: SHA-1 of the key's bits names it; no security rests on it. */
function keyIdentifier(publicKey: Uint8Array): Uint8Array {
  return hashOfKey('sha1', publicKey)
}

/** A hash of a public key's bits, without tag, length and unused bits: what names it in OCSP too. */
export function hashOfKey(hash: 'sha1' | 'sha256', publicKey: Uint8Array): Uint8Array {
  const [, bits] = readChildren(publicKey, readTlv(publicKey, 0))
  if (bits === undefined) throw new RangeError('a public key has no bits')
  // The first octet of a BIT STRING counts unused bits.
  const key = publicKey.subarray(bits.contentStart + 1, bits.end)
  return createHash(hash).update(key).digest()
}

/** Where a CRL is fetched (RFC 5280 §4.2.1.13). */
export function crlDistributionPoints(url: string): Uint8Array {
  const fullName = encodeTlv(contextTag(0), encodeTlv(contextTag(0), encodeUri(url)))
  const value = encodeSequence(encodeSequence(fullName))
  return encodeExtension(EXTENSION.crlDistributionPoints, value)
}

/** Where the issuer's certificate is fetched, and its OCSP responder asked (RFC 5280 §4.2.2.1). */
export function authorityInfoAccess(certificateUrl: string, ocspUrl?: string): Uint8Array {
  const descriptions = [
    ...(ocspUrl === undefined ? [] : [encodeSequence(encodeOid(OCSP), encodeUri(ocspUrl))]),
    encodeSequence(encodeOid(CA_ISSUERS), encodeUri(certificateUrl)),
  ]
  return encodeExtension(EXTENSION.authorityInfoAccess, encodeSequence(...descriptions))
}

function encodeUri(url: string): Uint8Array {
  return encodeTlv(URI, Buffer.from(url, 'ascii'))
}

/** DNS names and IP addresses (RFC 5280 §4.2.1.6). */
export function subjectAltName(hosts: readonly string[]): Uint8Array {
  return encodeExtension(EXTENSION.subjectAltName, encodeSequence(...hosts.map(encodeHost)))
}

function encodeHost(host: string): Uint8Array {
  if (isIPv4(host)) return encodeTlv(IP_ADDRESS, Uint8Array.from(host.split('.').map(Number)))
  if (isIPv6(host)) return encodeTlv(IP_ADDRESS, ipv6Octets(host))
  return encodeTlv(DNS_NAME, Buffer.from(host, 'ascii'))
}

function ipv6Octets(address: string): Uint8Array {
  // The URL parser writes an embedded IPv4 address as two groups, so that groups are all there is.
  const [head = '', tail = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const groupsOf = (text: string) => (text === '' ? [] : text.split(':'))
  const [before, after] = [groupsOf(head), groupsOf(tail)]
  const zeros = new Array<string>(8 - before.length - after.length).fill('0')
  const digits = [...before, ...zeros, ...after].map((group) => group.padStart(4, '0'))
  return Buffer.from(digits.join(''), 'hex')
}
