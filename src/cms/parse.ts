import { contextTag, readChildren, readTlv, sliceTlv, TAG, type Tlv } from './der.ts'
import { OID } from './oids.ts'

/** A DER algorithm identifier taken apart. */
export interface ParsedAlgorithm {
  readonly oid: string
  /** DER of the parameters, or undefined when there are none. */
  readonly parameters: Uint8Array | undefined
}

/** A `SignedData` with its one signer (RFC 5652 §5.1), octets as they stand. */
export interface ParsedSignedData {
  readonly contentType: string
  /** The content when it is not detached. */
  readonly content: Uint8Array | undefined
  readonly certificates: readonly Uint8Array[]
  readonly crls: readonly Uint8Array[]
  readonly signer: ParsedSigner
}

export interface ParsedSigner {
  /** DER `Name` and INTEGER octets, when the signer is named by issuer and serial. */
  readonly issuerAndSerial: { readonly issuer: Uint8Array; readonly serial: Uint8Array } | undefined
  /** When it is named by its key instead (RFC 5652 §5.3). */
  readonly subjectKeyIdentifier: Uint8Array | undefined
  readonly digestAlgorithm: ParsedAlgorithm
  readonly signatureAlgorithm: ParsedAlgorithm
  /** DER SET OF, as it is digested (RFC 5652 §5.4), or undefined when nothing is signed but the digest. */
  readonly signedAttributes: Uint8Array | undefined
  /** DER of the values of a signed attribute by its OID; empty when it is absent. */
  attribute(oid: string): readonly Uint8Array[]
  /** The same for unsigned attributes. */
  unsignedAttribute(oid: string): readonly Uint8Array[]
  readonly signature: Uint8Array
}

/** Certificates, and lists, that an honest signature stays far below. */
const CARRIED_MAX = 100

/** A structure that the standards allow, and that this code does not judge. */
export class UnsupportedCms extends RangeError {
  override readonly name = 'UnsupportedCms'
}

/**
 * Take a CMS signature apart. Lengths must be definite, as PAdES demands (ETSI EN 319 142-1 §6.3);
 * `toDefiniteLengths` makes them so. Zeros after the structure, the padding of `/Contents`, are not
 * looked at.
 *
 * @throws RangeError when it is no `SignedData`; UnsupportedCms when it has not exactly one signer.
 */
export function parseSignedData(der: Uint8Array): ParsedSignedData {
  const [type, wrapped] = readChildren(der, readTlv(der, 0))
  if (type === undefined || wrapped === undefined || readOid(der, type) !== OID.signedData) {
    throw new RangeError('it is no SignedData')
  }
  const data = childAt(der, wrapped, 0)
  const fields = readChildren(der, data)
  const encapsulated = fields[2]
  const signerSet = fields.at(-1)
  if (encapsulated === undefined || signerSet?.tag !== TAG.set)
    throw new RangeError('it is cut short')
  const signers = readChildren(der, signerSet)
  const [signer] = signers
  if (signer === undefined || signers.length !== 1) {
    throw new UnsupportedCms(`it has ${signers.length} signers, not one`)
  }
  const [contentType, content] = readChildren(der, encapsulated)
  const part = (wanted: number) => {
    const found = fields.slice(3, -1).find(({ tag }) => tag === wanted)
    const children = found === undefined ? [] : readChildren(der, found)
    if (children.length > CARRIED_MAX) throw new RangeError('it carries too many certificates')
    return children.filter(({ tag }) => tag === TAG.sequence).map((child) => sliceTlv(der, child))
  }
  return {
    contentType: contentType === undefined ? '' : readOid(der, contentType),
    content: content && octetsOf(der, childAt(der, content, 0)),
    certificates: part(contextTag(0)),
    crls: part(contextTag(1)),
    signer: parseSigner(der, signer),
  }
}

function parseSigner(der: Uint8Array, signer: Tlv): ParsedSigner {
  const fields = readChildren(der, signer)
  const [, sid, digestAlgorithm, ...rest] = fields
  const signed = rest[0]?.tag === contextTag(0) ? rest.shift() : undefined
  const [signatureAlgorithm, signature, unsigned] = rest
  if (
    sid === undefined ||
    digestAlgorithm === undefined ||
    signatureAlgorithm === undefined ||
    signature === undefined
  ) {
    throw new RangeError('its signer is cut short')
  }
  return {
    issuerAndSerial: sid.tag === TAG.sequence ? issuerAndSerialOf(der, sid) : undefined,
    subjectKeyIdentifier: sid.tag === KEY_IDENTIFIER ? contentOf(der, sid) : undefined,
    digestAlgorithm: parseAlgorithm(der, digestAlgorithm),
    signatureAlgorithm: parseAlgorithm(der, signatureAlgorithm),
    signedAttributes: signed && asSet(sliceTlv(der, signed)),
    attribute: attributesOf(der, signed),
    unsignedAttribute: attributesOf(der, unsigned),
    signature: octetsOf(der, signature),
  }
}

/** `[0] IMPLICIT OCTET STRING` of a `SignerIdentifier`. */
const KEY_IDENTIFIER = 0x80

function octetsOf(der: Uint8Array, tlv: Tlv): Uint8Array {
  if (tlv.tag !== TAG.octetString) throw new RangeError(`no OCTET STRING at ${tlv.start}`)
  return contentOf(der, tlv)
}

function issuerAndSerialOf(der: Uint8Array, sid: Tlv) {
  return {
    issuer: sliceTlv(der, childAt(der, sid, 0)),
    serial: contentOf(der, childAt(der, sid, 1)),
  }
}

/** All are read at once, so that a malformed one shows here and not when it is asked for. */
function attributesOf(der: Uint8Array, set: Tlv | undefined): ParsedSigner['attribute'] {
  const attributes = (set === undefined ? [] : readChildren(der, set)).map((attribute) => {
    const oid = readOid(der, childAt(der, attribute, 0))
    const values = readChildren(der, childAt(der, attribute, 1))
    return { oid, values: values.map((value) => sliceTlv(der, value)) }
  })
  return (wanted) => attributes.filter(({ oid }) => oid === wanted).flatMap(({ values }) => values)
}

/** What is digested has the tag of a SET; in place it is [0] IMPLICIT (RFC 5652 §5.4). */
function asSet(implicit: Uint8Array): Uint8Array {
  const set = Uint8Array.from(implicit)
  set[0] = TAG.set
  return set
}

export function parseAlgorithm(der: Uint8Array, identifier: Tlv): ParsedAlgorithm {
  const [oid, parameters] = readChildren(der, identifier)
  if (oid === undefined) throw new RangeError('an algorithm has no identifier')
  return { oid: readOid(der, oid), parameters: parameters && sliceTlv(der, parameters) }
}

/** The n-th element inside a constructed one. @throws RangeError when there is none. */
export function childAt(der: Uint8Array, parent: Tlv, index: number): Tlv {
  const child = readChildren(der, parent)[index]
  if (child === undefined)
    throw new RangeError(`DER element at ${parent.start} has no part ${index}`)
  return child
}

export function contentOf(der: Uint8Array, { contentStart, end }: Tlv): Uint8Array {
  return der.subarray(contentStart, end)
}

/**
 * The dotted form of an OBJECT IDENTIFIER. Only the shortest form is taken (ITU-T X.690 §8.19.2), so
 * that no two encodings give one identifier.
 *
 * @throws RangeError when it is none.
 */
export function readOid(der: Uint8Array, tlv: Tlv): string {
  if (tlv.tag !== TAG.oid) throw new RangeError(`no OBJECT IDENTIFIER at ${tlv.start}`)
  const arcs: number[] = []
  let value = 0
  let isStart = true
  for (const octet of contentOf(der, tlv)) {
    value = value * 128 + (octet & 0x7f)
    if ((isStart && octet === 0x80) || value > Number.MAX_SAFE_INTEGER) throw malformedOid(tlv)
    isStart = octet < 0x80
    if (!isStart) continue
    arcs.push(...(arcs.length === 0 ? splitFirst(value) : [value]))
    value = 0
  }
  if (arcs.length === 0 || !isStart) throw malformedOid(tlv)
  return arcs.join('.')
}

function malformedOid({ start }: Tlv): RangeError {
  return new RangeError(`the OBJECT IDENTIFIER at ${start} is malformed`)
}

function splitFirst(value: number): [number, number] {
  const first = Math.min(2, Math.floor(value / 40))
  return [first, value - first * 40]
}
