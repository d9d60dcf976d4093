import { createHash } from 'node:crypto'
import { SIGNATURE_ALGORITHMS, type SignatureAlgorithm } from '../../hsm/algorithms.ts'
import { digestAlgorithmIdentifier, signatureAlgorithmIdentifier } from './algorithm-identifier.ts'
import { readIssuerAndSerial } from './certificate-parts.ts'
import {
  concat,
  contextTag,
  encodeHeader,
  encodeOid,
  encodeSequence,
  encodeSetOf,
  encodeSmallInteger,
  encodeTlv,
  sortSetOf,
  TAG,
} from './der.ts'
import { OID } from './oids.ts'

/** Everything of a CMS signature that does not change from document to document, encoded once. */
export interface CmsEncoder {
  readonly algorithm: SignatureAlgorithm
  /** The most octets `encode` can give: exact for RSA, an upper bound for ECDSA. */
  readonly maxBytes: number
  /**
   * The signed attributes for a document (RFC 5652 §5.3).
   *
   * @param documentDigest - Digest of the ByteRange, by the algorithm's own hash.
   * @returns DER `SET OF Attribute`, the form that is digested and signed (RFC 5652 §5.4).
   * @throws RangeError when the digest has another length than the hash.
   */
  signedAttributes(documentDigest: Uint8Array): Uint8Array
  /** @returns DER `ContentInfo` (RFC 5652 §3) around attributes and their signature. */
  encode(signedAttributes: Uint8Array, signature: Uint8Array): Uint8Array
}

interface Signer {
  /** DER of the signer's certificate. */
  readonly certificate: Uint8Array
  /** DER of the certificates above it, as far as the file shall carry them. */
  readonly chain: readonly Uint8Array[]
  readonly algorithm: SignatureAlgorithm
  /** Octets of a signature: the modulus length for RSA, an upper bound for ECDSA. */
  readonly signatureBytesMax: number
}

/** A CMS for attributes and signatures of given lengths, without them. */
interface Frame {
  readonly attributesBytes: number
  readonly beforeAttributes: Uint8Array
  readonly afterAttributes: Uint8Array
}

/**
 * A CMS encoder for detached PAdES signatures (ETSI EN 319 142-1 §6.3): content-type,
 * message-digest and signing-certificate-v2 are signed, signing-time is not there.
 */
export function makeCmsEncoder({
  certificate,
  chain,
  algorithm,
  signatureBytesMax,
}: Signer): CmsEncoder {
  const { hash, digestBytes } = SIGNATURE_ALGORITHMS[algorithm]
  const attributes = makeAttributesEncoder(certificate, digestBytes)
  const version = encodeSmallInteger(1)
  const digestAlgorithm = digestAlgorithmIdentifier(hash)
  const beforeAttributes = concat([version, readIssuerAndSerial(certificate), digestAlgorithm])
  const signatureAlgorithm = signatureAlgorithmIdentifier(algorithm)
  const beforeSigners = concat([
    version,
    encodeSetOf([digestAlgorithm]),
    encodeSequence(encodeOid(OID.data)),
    encodeTlv(contextTag(0), ...sortSetOf([certificate, ...chain])),
  ])
  const contentType = encodeOid(OID.signedData)

  const makeFrame = (attributesBytes: number, signatureBytes: number): Frame => {
    const afterAttributes = concat([
      signatureAlgorithm,
      encodeHeader(TAG.octetString, signatureBytes),
    ])
    const signerBytes =
      beforeAttributes.length + attributesBytes + afterAttributes.length + signatureBytes
    const signer = encodeHeader(TAG.sequence, signerBytes)
    const signers = encodeHeader(TAG.set, signer.length + signerBytes)
    const dataBytes = beforeSigners.length + signers.length + signer.length + signerBytes
    const data = encodeHeader(TAG.sequence, dataBytes)
    const explicit = encodeHeader(contextTag(0), data.length + dataBytes)
    const bytes = contentType.length + explicit.length + data.length + dataBytes
    return {
      attributesBytes,
      afterAttributes,
      beforeAttributes: concat([
        encodeHeader(TAG.sequence, bytes),
        contentType,
        explicit,
        data,
        beforeSigners,
        signers,
        signer,
        beforeAttributes,
      ]),
    }
  }

  /** By the length of the signature: always the same for RSA, a few octets apart for ECDSA. */
  const frames = new Map<number, Frame>()
  const encode = (signedAttributes: Uint8Array, signature: Uint8Array): Uint8Array => {
    let frame = frames.get(signature.length)
    if (frame?.attributesBytes !== signedAttributes.length) {
      frame = makeFrame(signedAttributes.length, signature.length)
      frames.set(signature.length, frame)
    }
    const cms = concat([frame.beforeAttributes, signedAttributes, frame.afterAttributes, signature])
    // Inside SignerInfo the attributes are [0] IMPLICIT; only what is digested is a SET (RFC 5652 §5.4).
    cms[frame.beforeAttributes.length] = contextTag(0)
    return cms
  }

  const longest = encode(attributes(new Uint8Array(digestBytes)), new Uint8Array(signatureBytesMax))
  return { algorithm, maxBytes: longest.length, signedAttributes: attributes, encode }
}

/** A frame of sorted attributes with a hole for the digest. */
function makeAttributesEncoder(certificate: Uint8Array, digestBytes: number) {
  const placeholder = new Uint8Array(digestBytes)
  const digestAttribute = attribute(OID.messageDigest, encodeTlv(TAG.octetString, placeholder))
  const others = [
    attribute(OID.contentType, encodeOid(OID.data)),
    attribute(OID.signingCertificateV2, signingCertificateV2(certificate)),
  ]
  // Attributes differ in their length or identifier octets, so the digest cannot change their order.
  const sorted = sortSetOf([...others, digestAttribute])
  const frame = encodeTlv(TAG.set, ...sorted)
  const after = sorted.slice(sorted.indexOf(digestAttribute) + 1)
  const hole = frame.length - after.reduce((sum, part) => sum + part.length, 0) - digestBytes

  return (documentDigest: Uint8Array): Uint8Array => {
    if (documentDigest.length !== digestBytes) {
      throw new RangeError(`digest has ${documentDigest.length} octets, not ${digestBytes}`)
    }
    const filled = Uint8Array.from(frame)
    filled.set(documentDigest, hole)
    return filled
  }
}

function attribute(type: string, value: Uint8Array): Uint8Array {
  return encodeSequence(encodeOid(type), encodeSetOf([value]))
}

/**
 * `SigningCertificateV2` (RFC 5035 §3) with one `ESSCertIDv2`: SHA-256, which as the default is not
 * written, and without the optional issuer and serial, which the SignerInfo already names.
 */
function signingCertificateV2(certificate: Uint8Array): Uint8Array {
  const certHash = createHash('sha256').update(certificate).digest()
  return encodeSequence(encodeSequence(encodeSequence(encodeTlv(TAG.octetString, certHash))))
}
