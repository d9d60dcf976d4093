import { type KeyObject, X509Certificate } from 'node:crypto'
import { contextTag, readChildren, readTlv, sliceTlv, TAG, type Tlv } from '../cms/der.ts'
import { childAt, contentOf, type ParsedAlgorithm, parseAlgorithm, readOid } from '../cms/parse.ts'

/** A certificate with what path validation and reports need of it. */
export interface Certificate {
  readonly der: Uint8Array
  readonly x509: X509Certificate
  /** Undefined for a kind of key we do not know. */
  readonly publicKey: KeyObject | undefined
  /** DER names, for comparison octet by octet. */
  readonly subject: Uint8Array
  readonly issuer: Uint8Array
  /** Hex without leading zeros. */
  readonly serial: string
  /** Unix ms. */
  readonly notBefore: number
  readonly notAfter: number
  readonly signatureAlgorithm: ParsedAlgorithm
  /** Whether it has extensions at all; a version 1 certificate says nothing of its use. */
  readonly hasExtensions: boolean
  readonly isCa: boolean
  readonly pathLength: number | undefined
  /** Bits of keyUsage, or undefined when the extension is absent. */
  readonly keyUsage: ReadonlySet<number> | undefined
  /** OIDs of extendedKeyUsage, or undefined when the extension is absent. */
  readonly extendedKeyUsage: ReadonlySet<string> | undefined
  readonly subjectKeyIdentifier: Uint8Array | undefined
  /** All of them by OID; each value is DER inside its OCTET STRING. */
  readonly extensions: ReadonlyMap<string, Extension>
  /** OIDs of extensions that must be honoured and that this code does not process. */
  readonly unprocessed: readonly string[]
}

const SUBJECT_KEY_IDENTIFIER = '2.5.29.14'
const KEY_USAGE = '2.5.29.15'
const SUBJECT_ALT_NAME = '2.5.29.17'
const BASIC_CONSTRAINTS = '2.5.29.19'
const NAME_CONSTRAINTS = '2.5.29.30'
const CERTIFICATE_POLICIES = '2.5.29.32'
const POLICY_CONSTRAINTS = '2.5.29.36'
const EXTENDED_KEY_USAGE = '2.5.29.37'
const INHIBIT_ANY_POLICY = '2.5.29.54'
/** Critical extensions we honour, or whose meaning cannot change a verdict of ours. */
const PROCESSED = new Set([
  KEY_USAGE,
  BASIC_CONSTRAINTS,
  EXTENDED_KEY_USAGE,
  SUBJECT_ALT_NAME,
  CERTIFICATE_POLICIES,
  NAME_CONSTRAINTS,
  POLICY_CONSTRAINTS,
  INHIBIT_ANY_POLICY,
])

/** Read a DER certificate (RFC 5280 §4.1). @throws Error when it is none. */
export function parseCertificate(der: Uint8Array): Certificate {
  const x509 = new X509Certificate(der)
  // Node looks for PEM first, also inside DER: what it verifies must be what we read.
  if (Buffer.compare(x509.raw, der) !== 0) throw new RangeError('it is no DER certificate')
  const outer = readTlv(der, 0)
  const fields = readChildren(der, childAt(der, outer, 0))
  const versioned = fields[0]?.tag === contextTag(0) ? fields.slice(1) : fields
  const [serial, , issuer, validity, subject] = versioned
  if (
    serial === undefined ||
    issuer === undefined ||
    validity === undefined ||
    subject === undefined
  ) {
    throw new RangeError('the certificate is cut short')
  }
  const extensions = readExtensions(
    der,
    fields.find(({ tag }) => tag === contextTag(3)),
  )
  const find = (oid: string) => extensions.get(oid)?.value
  return {
    der,
    x509,
    publicKey: publicKeyOf(x509),
    subject: sliceTlv(der, subject),
    issuer: sliceTlv(der, issuer),
    serial: serialHex(contentOf(der, serial)),
    notBefore: readTime(der, childAt(der, validity, 0)),
    notAfter: readTime(der, childAt(der, validity, 1)),
    signatureAlgorithm: parseAlgorithm(der, childAt(der, outer, 1)),
    hasExtensions: extensions.size > 0,
    ...basicConstraints(find(BASIC_CONSTRAINTS)),
    keyUsage: namedBits(find(KEY_USAGE)),
    extendedKeyUsage: oids(find(EXTENDED_KEY_USAGE)),
    subjectKeyIdentifier: octets(find(SUBJECT_KEY_IDENTIFIER)),
    extensions,
    unprocessed: [...extensions]
      .filter(([, { isCritical }]) => isCritical)
      .map(([oid]) => oid)
      .filter((oid) => !PROCESSED.has(oid)),
  }
}

function publicKeyOf(x509: X509Certificate): KeyObject | undefined {
  try {
    return x509.publicKey
  } catch {
    return undefined
  }
}

/** Hex of an INTEGER's octets without the zeros in front. */
export function serialHex(octets: Uint8Array): string {
  return Buffer.from(octets)
    .toString('hex')
    .replace(/^(00)+(?=.)/, '')
}

interface Extension {
  readonly isCritical: boolean
  readonly value: Uint8Array
}

/**
 * `[n] EXPLICIT Extensions` of certificates and CRLs.
 *
 * @throws RangeError also when one stands twice (RFC 5280 §4.2).
 */
export function readExtensions(
  der: Uint8Array,
  wrapper: Tlv | undefined,
): ReadonlyMap<string, Extension> {
  const found = new Map<string, Extension>()
  if (wrapper === undefined) return found
  for (const extension of readChildren(der, childAt(der, wrapper, 0))) {
    const [oid, second, third] = readChildren(der, extension)
    const value = third ?? second
    if (oid === undefined || value === undefined) throw new RangeError('an extension is cut short')
    const isCritical = second?.tag === TAG.boolean && contentOf(der, second)[0] !== 0
    const name = readOid(der, oid)
    if (found.has(name)) throw new RangeError(`the extension ${name} stands twice`)
    found.set(name, { isCritical, value: contentOf(der, value) })
  }
  return found
}

const UTC_TIME = 0x17
const GENERALIZED_TIME = 0x18

export function isTime({ tag }: Tlv): boolean {
  return tag === UTC_TIME || tag === GENERALIZED_TIME
}

/** UTCTime or GeneralizedTime in Zulu (RFC 5280 §4.1.2.5). Unix ms. @throws RangeError. */
export function readTime(der: Uint8Array, tlv: Tlv): number {
  const text = Buffer.from(contentOf(der, tlv)).toString('latin1')
  const digits =
    tlv.tag === UTC_TIME ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text
  const match = isTime(tlv) ? /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits) : null
  if (match === null) throw new RangeError(`no time at ${tlv.start}`)
  const [, y, mo, d, h, mi, s] = match
  const ms = Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`)
  if (Number.isNaN(ms)) throw new RangeError(`no time at ${tlv.start}`)
  return ms
}

function basicConstraints(value: Uint8Array | undefined) {
  if (value === undefined) return { isCa: false, pathLength: undefined }
  const fields = readChildren(value, readTlv(value, 0))
  const flag = fields.find(({ tag }) => tag === TAG.boolean)
  const length = fields.find(({ tag }) => tag === TAG.integer)
  return {
    isCa: flag !== undefined && contentOf(value, flag)[0] !== 0,
    pathLength: length && contentOf(value, length).reduce((sum, octet) => sum * 256 + octet, 0),
  }
}

function namedBits(value: Uint8Array | undefined): Set<number> | undefined {
  if (value === undefined) return undefined
  const [, ...octets] = contentOf(value, readTlv(value, 0))
  const bits = new Set<number>()
  octets.forEach((octet, index) => {
    for (let bit = 0; bit < 8; bit += 1) if (octet & (0x80 >> bit)) bits.add(index * 8 + bit)
  })
  return bits
}

function oids(value: Uint8Array | undefined): Set<string> | undefined {
  if (value === undefined) return undefined
  return new Set(readChildren(value, readTlv(value, 0)).map((tlv) => readOid(value, tlv)))
}

function octets(value: Uint8Array | undefined): Uint8Array | undefined {
  return value && contentOf(value, readTlv(value, 0))
}
