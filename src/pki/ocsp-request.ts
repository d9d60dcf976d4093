import { contextTag, readChildren, readTlv, sliceTlv, TAG, type Tlv } from '../cms/der.ts'
import { childAt, contentOf, parseAlgorithm } from '../cms/parse.ts'
import { hashOf } from '../cms/verify.ts'
import { readExtensions, serialHex } from './x509.ts'

/** `CertID`: a certificate by its issuer's name and key, hashed, and its serial (RFC 6960 §4.1.1). */
export interface CertId {
  /** As it was asked: an answer repeats it octet for octet. */
  readonly der: Uint8Array
  /** As node calls it; undefined for one that we do not know. */
  readonly hash: string | undefined
  readonly issuerNameHash: Uint8Array
  readonly issuerKeyHash: Uint8Array
  /** Hex without leading zeros. */
  readonly serial: string
}

export interface OcspRequest {
  readonly certIds: readonly CertId[]
  readonly nonce: Uint8Array | undefined
}

/** OIDs of what we read or may pass over: nonce and preferred algorithms. */
export const OCSP_NONCE = '1.3.6.1.5.5.7.48.1.2'
const CERT_IDS_MAX = 20
/** RFC 9654 §2.1. */
const NONCE_BYTES_MAX = 128

/**
 * Read a DER `OCSPRequest` (RFC 6960 §4.1). A signature of the requester is passed over: answers are
 * for everybody.
 *
 * @throws RangeError when it is malformed, asks for nothing or for more than twenty certificates,
 *   or has a critical extension beyond us or a nonce of no or too many octets.
 */
export function parseOcspRequest(der: Uint8Array): OcspRequest {
  const outer = readTlv(der, 0)
  if (outer.tag !== TAG.sequence || outer.end !== der.length) throw new RangeError('no OCSPRequest')
  const fields = readChildren(der, childAt(der, outer, 0))
  const list = fields.find(({ tag }) => tag === TAG.sequence)
  if (list === undefined) throw new RangeError('the request asks for nothing')
  const requests = readChildren(der, list)
  if (requests.length === 0 || requests.length > CERT_IDS_MAX) {
    throw new RangeError(`the request asks for ${requests.length} certificates`)
  }
  const certIds = requests.map((request) => readRequest(der, request))
  const extensions = readExtensions(
    der,
    fields.find(({ tag }) => tag === contextTag(2)),
  )
  refuseUnknown(extensions)
  return { certIds, nonce: nonceOf(extensions) }
}

type Extensions = ReturnType<typeof readExtensions>

function refuseUnknown(extensions: Extensions): void {
  for (const [oid, { isCritical }] of extensions) {
    if (isCritical && oid !== OCSP_NONCE) throw new RangeError(`the extension ${oid} is beyond us`)
  }
}

function nonceOf(extensions: Extensions): Uint8Array | undefined {
  const value = extensions.get(OCSP_NONCE)?.value
  if (value === undefined) return undefined
  const inner = readTlv(value, 0)
  const nonce = contentOf(value, inner)
  const isGood = inner.tag === TAG.octetString && inner.end === value.length
  if (!isGood || nonce.length === 0 || nonce.length > NONCE_BYTES_MAX) {
    throw new RangeError(`a nonce of ${nonce.length} octets`)
  }
  return nonce
}

function readRequest(der: Uint8Array, request: Tlv): CertId {
  refuseUnknown(
    readExtensions(
      der,
      readChildren(der, request).find(({ tag }) => tag === contextTag(0)),
    ),
  )
  const certId = childAt(der, request, 0)
  const [algorithm, name, key, serial] = readChildren(der, certId)
  if (
    algorithm === undefined ||
    name?.tag !== TAG.octetString ||
    key?.tag !== TAG.octetString ||
    serial?.tag !== TAG.integer
  ) {
    throw new RangeError('no CertID')
  }
  return {
    der: sliceTlv(der, certId),
    hash: hashOf(parseAlgorithm(der, algorithm).oid),
    issuerNameHash: contentOf(der, name),
    issuerKeyHash: contentOf(der, key),
    serial: serialHex(contentOf(der, serial)),
  }
}
