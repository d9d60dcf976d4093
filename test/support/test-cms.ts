import { createHash, sign } from 'node:crypto'
import { readIssuerAndSerial } from '../../src/cms/certificate-parts.ts'
import {
  contextTag,
  encodeOid,
  encodeSequence,
  encodeSetOf,
  encodeSmallInteger,
  encodeTlv,
  encodeUnsigned,
  readChildren,
  readTlv,
  sliceTlv,
  TAG,
} from '../../src/cms/der.ts'
import { OID } from '../../src/cms/oids.ts'
import type { Holder } from './test-pki.ts'

/** What a CMS signature is to be; what is left out is as PAdES wants it. */
export interface CmsWish {
  readonly holder: Holder
  readonly chain?: readonly Holder[]
  readonly hash?: 'sha256' | 'sha1'
  /** Of the signature alone, where it is not that of the digest. */
  readonly signatureHash?: 'sha256' | 'sha1'
  readonly contentType?: string
  /** What the signed attribute says, where it is something else. */
  readonly signedContentType?: string
  readonly content?: Uint8Array
  /** Digest in the place of that of `signing-certificate-v2`; null leaves the attribute out. */
  readonly certificateDigest?: Uint8Array | null
  readonly moreAttributes?: readonly Uint8Array[]
  readonly hasNoAttributes?: boolean
  readonly carriesSigner?: boolean
  readonly signerCount?: number
  readonly crls?: readonly Uint8Array[]
  /** Makes unsigned attributes from the signature. */
  readonly unsigned?: (signature: Uint8Array) => readonly Uint8Array[]
}

const HASHES = { sha256: OID.sha256, sha1: OID.sha1 }
const ECDSA = { sha256: OID.ecdsaWithSha256, sha1: '1.2.840.10045.4.1' }

/** A CMS signature of a digest (RFC 5652 §5), right or wrong as wished. */
export function makeCms(digest: Uint8Array, wish: CmsWish): Uint8Array {
  const { holder, chain = [], hash = 'sha256', contentType = OID.data, carriesSigner = true } = wish
  const attributes = encodeSetOf([
    attribute(OID.contentType, encodeOid(wish.signedContentType ?? contentType)),
    attribute(OID.messageDigest, encodeTlv(TAG.octetString, digest)),
    ...signingCertificate(wish),
    ...(wish.moreAttributes ?? []),
  ])
  const signatureHash = wish.signatureHash ?? hash
  const signature = sign(signatureHash, attributes, holder.key)
  const unsigned = wish.unsigned?.(signature) ?? []
  const algorithm = encodeSequence(encodeOid(HASHES[hash]))
  const certificates = [...(carriesSigner ? [holder] : []), ...chain]
  const signer = encodeSequence(
    encodeSmallInteger(1),
    readIssuerAndSerial(holder.certificate),
    algorithm,
    ...(wish.hasNoAttributes ? [] : [retag(contextTag(0), attributes)]),
    encodeSequence(encodeOid(ECDSA[signatureHash])),
    encodeTlv(TAG.octetString, signature),
    ...(unsigned.length === 0 ? [] : [retag(contextTag(1), encodeSetOf(unsigned))]),
  )
  const content = wish.content && encodeTlv(contextTag(0), encodeTlv(TAG.octetString, wish.content))
  const data = encodeSequence(
    encodeSmallInteger(1),
    encodeSetOf([algorithm]),
    encodeSequence(encodeOid(contentType), ...(content === undefined ? [] : [content])),
    encodeTlv(contextTag(0), ...certificates.map(({ certificate }) => certificate)),
    ...(wish.crls === undefined ? [] : [encodeTlv(contextTag(1), ...wish.crls)]),
    encodeSetOf(new Array(wish.signerCount ?? 1).fill(signer)),
  )
  return encodeSequence(encodeOid(OID.signedData), encodeTlv(contextTag(0), data))
}

export function attribute(type: string, value: Uint8Array): Uint8Array {
  return encodeSequence(encodeOid(type), encodeSetOf([value]))
}

function signingCertificate({ holder, certificateDigest }: CmsWish): Uint8Array[] {
  if (certificateDigest === null) return []
  const digest = certificateDigest ?? createHash('sha256').update(holder.certificate).digest()
  const id = encodeSequence(encodeTlv(TAG.octetString, digest))
  return [attribute(OID.signingCertificateV2, encodeSequence(encodeSequence(id)))]
}

function retag(tag: number, der: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(der)
  copy[0] = tag
  return copy
}

/** The same message with its outer lengths left open, as several libraries write it. */
export function withOpenLengths(cms: Uint8Array): Uint8Array {
  const [type, explicit] = readChildren(cms, readTlv(cms, 0))
  const data = explicit && readChildren(cms, explicit)[0]
  if (type === undefined || data === undefined) throw new RangeError('it is no SignedData')
  const inner = open(TAG.sequence, cms.subarray(data.contentStart, data.end))
  return open(TAG.sequence, sliceTlv(cms, type), open(contextTag(0), inner))
}

function open(tag: number, ...content: Uint8Array[]): Uint8Array {
  return Buffer.concat([Uint8Array.of(tag, 0x80), ...content, new Uint8Array(2)])
}

/** A timestamp token of some octets (RFC 3161 §2.4.2). */
export function makeTimestamp(
  tsa: Holder,
  octets: Uint8Array,
  { at, chain = [] }: { readonly at: number; readonly chain?: readonly Holder[] },
): Uint8Array {
  return makeTimestampOf(tsa, createHash('sha256').update(octets).digest(), { at, chain })
}

/** The same from the SHA-256 of the octets. */
export function makeTimestampOf(
  tsa: Holder,
  imprint: Uint8Array,
  { at, chain = [] }: { readonly at: number; readonly chain?: readonly Holder[] },
): Uint8Array {
  const time = new Date(at).toISOString().replace(/[-:T]|\..*/g, '')
  const content = encodeSequence(
    encodeSmallInteger(1),
    encodeOid('1.2.3.4'),
    encodeSequence(encodeSequence(encodeOid(OID.sha256)), encodeTlv(TAG.octetString, imprint)),
    encodeUnsigned(Uint8Array.of(7)),
    encodeTlv(0x18, Buffer.from(`${time}Z`)),
  )
  const digest = createHash('sha256').update(content).digest()
  return makeCms(digest, { holder: tsa, chain, content, contentType: OID.tstInfo })
}
