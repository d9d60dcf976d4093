import { X509Certificate } from 'node:crypto'
import { contextTag, readChildren, readTlv, sliceTlv, TAG, type Tlv } from '../cms/der.ts'
import { childAt, contentOf, type ParsedAlgorithm, parseAlgorithm, readOid } from '../cms/parse.ts'

/** A certificate with what path validation and reports need of it. */
export interface Certificate {
  readonly der: Uint8Array
  readonly x509: X509Certificate
  /** DER names, for comparison octet by octet. */
  readonly subject: Uint8Array
  readonly issuer: Uint8Array
  /** Hex without leading zeros. */
  readonly serial: string
  /** Unix ms. */
  readonly notBefore: number
  readonly notAfter: number
  readonly signatureAlgorithm: ParsedAlgorithm
  readonly isCa: boolean
  readonly pathLength: number | undefined
  /** Bits of keyUsage, or undefined when the extension is absent. */
  readonly keyUsage: ReadonlySet<number> | undefined
  /** OIDs of critical extensions that this code does not process. */
  readonly unknownCritical: readonly string[]
}

const KEY_USAGE = '2.5.29.15'
const BASIC_CONSTRAINTS = '2.5.29.19'
/** Critical extensions we honour, or whose meaning cannot change a verdict of ours. */
const PROCESSED = new Set([KEY_USAGE, BASIC_CONSTRAINTS, '2.5.29.37', '2.5.29.17', '2.5.29.32'])

/** Read a DER certificate (RFC 5280 §4.1). @throws Error when it is none. */
export function parseCertificate(der: Uint8Array): Certificate {
  const x509 = new X509Certificate(der)
  const outer = readTlv(der, 0)
  const fields = readChildren(der, childAt(der, outer, 0))
  const versioned = fields[0]?.tag === contextTag(0) ? fields.slice(1) : fields
  const [serial, , issuer, , subject] = versioned
  if (serial === undefined || issuer === undefined || subject === undefined) {
    throw new RangeError('the certificate is cut short')
  }
  const extensions = readExtensions(
    der,
    fields.find(({ tag }) => tag === contextTag(3)),
  )
  const constraints = extensions.get(BASIC_CONSTRAINTS)
  const usage = extensions.get(KEY_USAGE)
  return {
    der,
    x509,
    subject: sliceTlv(der, subject),
    issuer: sliceTlv(der, issuer),
    serial: serialHex(contentOf(der, serial)),
    notBefore: Date.parse(x509.validFrom),
    notAfter: Date.parse(x509.validTo),
    signatureAlgorithm: parseAlgorithm(der, childAt(der, outer, 1)),
    ...basicConstraints(constraints?.value),
    keyUsage: usage && namedBits(usage.value),
    unknownCritical: [...extensions]
      .filter(([oid, { isCritical }]) => isCritical && !PROCESSED.has(oid))
      .map(([oid]) => oid),
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

/** `[n] EXPLICIT Extensions` of certificates and CRLs. */
export function readExtensions(der: Uint8Array, wrapper: Tlv | undefined): Map<string, Extension> {
  const found = new Map<string, Extension>()
  if (wrapper === undefined) return found
  for (const extension of readChildren(der, childAt(der, wrapper, 0))) {
    const [oid, second, third] = readChildren(der, extension)
    const value = third ?? second
    if (oid === undefined || value === undefined) throw new RangeError('an extension is cut short')
    const isCritical = second?.tag === TAG.boolean && contentOf(der, second)[0] !== 0
    found.set(readOid(der, oid), { isCritical, value: contentOf(der, value) })
  }
  return found
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

function namedBits(value: Uint8Array): Set<number> {
  const [, ...octets] = contentOf(value, readTlv(value, 0))
  const bits = new Set<number>()
  octets.forEach((octet, index) => {
    for (let bit = 0; bit < 8; bit += 1) if (octet & (0x80 >> bit)) bits.add(index * 8 + bit)
  })
  return bits
}
