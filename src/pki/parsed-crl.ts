import { contextTag, readChildren, readTlv, sliceTlv, TAG, type Tlv } from '../cms/der.ts'
import { childAt, contentOf, type ParsedAlgorithm, parseAlgorithm } from '../cms/parse.ts'
import { verifyWith } from '../cms/verify.ts'
import { type Certificate, readExtensions, serialHex } from './x509.ts'

/** A CRL ready for look-ups. */
export interface ParsedCrl {
  /** DER `Name`. */
  readonly issuer: Uint8Array
  /** Unix ms. */
  readonly thisUpdate: number
  readonly nextUpdate: number | undefined
  /** By serial in hex. */
  readonly revoked: ReadonlyMap<string, { readonly at: number; readonly reason: number }>
  readonly hasUnknownCritical: boolean
  readonly signed: Uint8Array
  readonly algorithm: ParsedAlgorithm
  readonly signature: Uint8Array
}

const REASON_CODE = '2.5.29.21'
const TIME_TAGS = [0x17, 0x18]
const CRL_SIGN = 6

/** Read a DER CRL (RFC 5280 §5.1). @throws RangeError when it is none. */
export function parseCrl(der: Uint8Array): ParsedCrl {
  const outer = readTlv(der, 0)
  const tbs = childAt(der, outer, 0)
  const fields = readChildren(der, tbs)
  if (fields[0]?.tag === TAG.integer) fields.shift()
  const [, issuer, thisUpdate, ...rest] = fields
  if (issuer === undefined || thisUpdate === undefined) throw new RangeError('the CRL is cut short')
  const nextUpdate = TIME_TAGS.includes(rest[0]?.tag ?? 0) ? rest.shift() : undefined
  const list = rest.find(({ tag }) => tag === TAG.sequence)
  const extensions = readExtensions(
    der,
    rest.find(({ tag }) => tag === contextTag(0)),
  )
  return {
    issuer: sliceTlv(der, issuer),
    thisUpdate: readTime(der, thisUpdate),
    nextUpdate: nextUpdate && readTime(der, nextUpdate),
    revoked: new Map(
      list === undefined ? [] : readChildren(der, list).map((entry) => readRevoked(der, entry)),
    ),
    // An issuing distribution point or a delta indicator changes what absence means.
    hasUnknownCritical: [...extensions.values()].some(({ isCritical }) => isCritical),
    signed: sliceTlv(der, tbs),
    algorithm: parseAlgorithm(der, childAt(der, outer, 1)),
    signature: contentOf(der, childAt(der, outer, 2)).subarray(1),
  }
}

function readRevoked(der: Uint8Array, entry: Tlv) {
  const [serial, at, extensions] = readChildren(der, entry)
  if (serial === undefined || at === undefined) throw new RangeError('a CRL entry is cut short')
  const reason = extensions && reasonOf(der, extensions)
  return [
    serialHex(contentOf(der, serial)),
    { at: readTime(der, at), reason: reason ?? 0 },
  ] as const
}

function reasonOf(der: Uint8Array, extensions: Tlv): number | undefined {
  // Entry extensions are not wrapped in an explicit tag as those of the list are.
  const wrapper = { ...extensions, contentStart: extensions.start }
  const value = readExtensions(der, wrapper).get(REASON_CODE)?.value
  return value && contentOf(value, readTlv(value, 0))[0]
}

/** UTCTime or GeneralizedTime in Zulu (RFC 5280 §4.1.2.5). Unix ms. */
function readTime(der: Uint8Array, tlv: Tlv): number {
  const text = Buffer.from(contentOf(der, tlv)).toString('latin1')
  const digits = tlv.tag === 0x17 ? `${Number(text.slice(0, 2)) < 50 ? '20' : '19'}${text}` : text
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(digits) ?? []
  if (y === undefined) throw new RangeError(`${text} is no time`)
  return Date.UTC(Number(y), Number(mo) - 1, Number(d), Number(h), Number(mi), Number(s))
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
  const [newest] = crls
    .filter((crl) => isUsable(crl, issuer, at))
    .sort((a, b) => b.thisUpdate - a.thisUpdate)
  if (newest === undefined) return { status: 'unknown' }
  const { thisUpdate } = newest
  const entry = newest.revoked.get(certificate.serial)
  return entry === undefined
    ? { status: 'good', thisUpdate }
    : { status: 'revoked', thisUpdate, ...entry }
}

function isUsable(crl: ParsedCrl, issuer: Certificate, at: number): boolean {
  return (
    !crl.hasUnknownCritical &&
    Buffer.compare(crl.issuer, issuer.subject) === 0 &&
    crl.thisUpdate <= at &&
    (crl.nextUpdate === undefined || at <= crl.nextUpdate) &&
    (issuer.keyUsage === undefined || issuer.keyUsage.has(CRL_SIGN)) &&
    verifyWith(crl.algorithm, issuer.x509.publicKey, crl.signed, crl.signature)
  )
}
