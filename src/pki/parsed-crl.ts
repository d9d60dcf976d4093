import { contextTag, readChildren, readTlv, sliceTlv, TAG, type Tlv } from '../cms/der.ts'
import { childAt, contentOf, type ParsedAlgorithm, parseAlgorithm } from '../cms/parse.ts'
import { isWeakHash, signatureHash, verifyWith } from '../cms/verify.ts'
import { type Certificate, isTime, readExtensions, readTime, serialHex } from './x509.ts'

/** A CRL ready for look-ups. */
export interface ParsedCrl {
  /** DER `Name`. */
  readonly issuer: Uint8Array
  /** Unix ms. */
  readonly thisUpdate: number
  readonly nextUpdate: number | undefined
  /** By serial in hex. */
  readonly revoked: ReadonlyMap<string, { readonly at: number; readonly reason: number }>
  /** Whether absence from it means what it seems: a complete list, with nothing beyond us in it. */
  readonly isPlain: boolean
  readonly signed: Uint8Array
  readonly algorithm: ParsedAlgorithm
  readonly signature: Uint8Array
}

const REASON_CODE = '2.5.29.21'
const DELTA_INDICATOR = '2.5.29.27'
const ISSUING_DISTRIBUTION_POINT = '2.5.29.28'
const CERTIFICATE_ISSUER = '2.5.29.29'
/** They change what absence from a list means, critical or not. */
const NOT_PLAIN = new Set([DELTA_INDICATOR, ISSUING_DISTRIBUTION_POINT, CERTIFICATE_ISSUER])
const CRL_SIGN = 6

/** Read a DER CRL (RFC 5280 §5.1). @throws RangeError when it is none. */
export function parseCrl(der: Uint8Array): ParsedCrl {
  const outer = readTlv(der, 0)
  const tbs = childAt(der, outer, 0)
  const fields = readChildren(der, tbs)
  if (fields[0]?.tag === TAG.integer) fields.shift()
  const [, issuer, thisUpdate, ...rest] = fields
  if (issuer === undefined || thisUpdate === undefined) throw new RangeError('the CRL is cut short')
  const nextUpdate = rest[0] !== undefined && isTime(rest[0]) ? rest.shift() : undefined
  const list = rest.find(({ tag }) => tag === TAG.sequence)
  const extensions = readExtensions(
    der,
    rest.find(({ tag }) => tag === contextTag(0)),
  )
  const entries = list === undefined ? [] : readChildren(der, list).map((e) => readRevoked(der, e))
  return {
    issuer: sliceTlv(der, issuer),
    thisUpdate: readTime(der, thisUpdate),
    nextUpdate: nextUpdate && readTime(der, nextUpdate),
    revoked: new Map(entries.map(({ serial, at, reason }) => [serial, { at, reason }])),
    isPlain: isPlain(extensions) && entries.every((entry) => entry.isPlain),
    signed: sliceTlv(der, tbs),
    algorithm: parseAlgorithm(der, childAt(der, outer, 1)),
    signature: contentOf(der, childAt(der, outer, 2)).subarray(1),
  }
}

type Extensions = ReturnType<typeof readExtensions>

/** A list, or an entry, with a critical extension beyond us must not be used (RFC 5280 §5.2, §5.3). */
function isPlain(extensions: Extensions): boolean {
  for (const [oid, { isCritical }] of extensions) {
    if (isCritical || NOT_PLAIN.has(oid)) return false
  }
  return true
}

function readRevoked(der: Uint8Array, entry: Tlv) {
  const [serial, at, wrapped] = readChildren(der, entry)
  if (serial === undefined || at === undefined) throw new RangeError('a CRL entry is cut short')
  // Entry extensions are not wrapped in an explicit tag as those of the list are.
  const extensions = readExtensions(der, wrapped && { ...wrapped, contentStart: wrapped.start })
  return {
    serial: serialHex(contentOf(der, serial)),
    at: readTime(der, at),
    reason: reasonOf(extensions),
    isPlain: isPlain(extensions),
  }
}

/** CRLReason; 0, unspecified, where none is given (RFC 5280 §5.3.1). */
function reasonOf(extensions: Extensions): number {
  const value = extensions.get(REASON_CODE)?.value
  return (value && contentOf(value, readTlv(value, 0))[0]) ?? 0
}

/** What a certificate's issuer says of it. */
export type Revocation =
  | { readonly status: 'good'; readonly thisUpdate: number }
  | {
      readonly status: 'revoked'
      readonly thisUpdate: number
      readonly at: number
      readonly reason: number
    }
  | { readonly status: 'unknown' }

/**
 * Ask the newest fitting CRL (RFC 5280 §6.3): its issuer signed it, it is in force, and nothing in
 * it is beyond us. `certificateHold` counts as revoked while it is there.
 *
 * @param at - Unix ms of the judgement.
 */
export function revocationOf(
  certificate: Certificate,
  issuer: Certificate,
  crls: readonly ParsedCrl[],
  at: number,
): Revocation {
  const usable = crls.filter((crl) => isUsable(crl, issuer, at))
  if (usable.length === 0) return { status: 'unknown' }
  const thisUpdate = Math.max(...usable.map((crl) => crl.thisUpdate))
  const entry = usable
    .filter((crl) => crl.thisUpdate === thisUpdate)
    .map((crl) => crl.revoked.get(certificate.serial))
    .find((found) => found !== undefined)
  return entry === undefined
    ? { status: 'good', thisUpdate }
    : { status: 'revoked', thisUpdate, ...entry }
}

/** A list that does not say when the next one comes is never known to be the newest. */
function isUsable(crl: ParsedCrl, issuer: Certificate, at: number): boolean {
  const hash = signatureHash(crl.algorithm)
  return (
    crl.isPlain &&
    hash !== undefined &&
    !isWeakHash(hash) &&
    Buffer.compare(crl.issuer, issuer.subject) === 0 &&
    crl.thisUpdate <= at &&
    crl.nextUpdate !== undefined &&
    at <= crl.nextUpdate &&
    (issuer.keyUsage === undefined || issuer.keyUsage.has(CRL_SIGN)) &&
    issuer.publicKey !== undefined &&
    verifyWith(crl.algorithm, issuer.publicKey, crl.signed, crl.signature)
  )
}
