import { createHash } from 'node:crypto'
import { SIGNATURE_ALGORITHMS, type SignDigest } from '../../hsm/algorithms.ts'
import { signatureAlgorithmIdentifier } from '../cms/algorithm-identifier.ts'
import { contextTag, encodeOid, encodeSequence, encodeTlv, TAG } from '../cms/der.ts'
import type { Issuer } from './certificate.ts'
import { encodeExtension, hashOfKey } from './extensions.ts'
import { OCSP_NONCE } from './ocsp-request.ts'
import { encodeGeneralizedTime } from './time.ts'

/** What the issuer says of one certificate. */
export type OcspStatus =
  | { readonly status: 'good' }
  | { readonly status: 'unknown' }
  | { readonly status: 'revoked'; readonly at: number; readonly reason: number }

export interface OcspAnswer {
  /** DER `CertID`, as it was asked. */
  readonly certId: Uint8Array
  readonly says: OcspStatus
  /** Unix ms. */
  readonly thisUpdate: number
  readonly nextUpdate: number
}

/** Who signs answers, with the certificate by which the CA lets it. */
export interface OcspSigner extends Pick<Issuer, 'keyId' | 'algorithm' | 'publicKey'> {
  readonly certificate: Uint8Array
}

const BASIC_RESPONSE = '1.3.6.1.5.5.7.48.1.1'
const ENUMERATED = 0x0a
const GOOD = Uint8Array.of(0x80, 0)
const UNKNOWN = Uint8Array.of(0x82, 0)

/** Answers without a signature (RFC 6960 §4.2.1). */
const STATUSES = { malformedRequest: 1, internalError: 2, tryLater: 3, unauthorized: 6 } as const
export type OcspFailure = keyof typeof STATUSES

export function encodeOcspFailure(failure: OcspFailure): Uint8Array {
  return encodeSequence(Uint8Array.of(ENUMERATED, 1, STATUSES[failure]))
}

/**
 * Answer with a signature of the responder (RFC 6960 §4.2.1).
 *
 * @returns DER `OCSPResponse`.
 */
export async function buildOcspResponse(
  response: {
    readonly answers: readonly OcspAnswer[]
    /** Unix ms. */
    readonly producedAt: number
    readonly nonce?: Uint8Array | undefined
  },
  signer: OcspSigner,
  signDigest: SignDigest,
): Promise<Uint8Array> {
  const { answers, producedAt, nonce } = response
  const responder = encodeTlv(TAG.octetString, hashOfKey('sha1', signer.publicKey))
  const data = encodeSequence(
    encodeTlv(contextTag(2), responder),
    encodeGeneralizedTime(producedAt),
    encodeSequence(...answers.map(encodeAnswer)),
    ...(nonce === undefined ? [] : [encodeNonce(nonce)]),
  )
  const { keyId, algorithm } = signer
  const digest = createHash(SIGNATURE_ALGORITHMS[algorithm].hash).update(data).digest()
  const signature = await signDigest({ keyId, algorithm, digest })
  const basic = encodeSequence(
    data,
    signatureAlgorithmIdentifier(algorithm),
    encodeTlv(TAG.bitString, Uint8Array.of(0), signature),
    encodeTlv(contextTag(0), encodeSequence(signer.certificate)),
  )
  const bytes = encodeSequence(encodeOid(BASIC_RESPONSE), encodeTlv(TAG.octetString, basic))
  return encodeSequence(Uint8Array.of(ENUMERATED, 1, 0), encodeTlv(contextTag(0), bytes))
}

function encodeNonce(nonce: Uint8Array): Uint8Array {
  const extension = encodeExtension(OCSP_NONCE, encodeTlv(TAG.octetString, nonce))
  return encodeTlv(contextTag(1), encodeSequence(extension))
}

function encodeAnswer({ certId, says, thisUpdate, nextUpdate }: OcspAnswer): Uint8Array {
  return encodeSequence(
    certId,
    encodeStatus(says),
    encodeGeneralizedTime(thisUpdate),
    encodeTlv(contextTag(0), encodeGeneralizedTime(nextUpdate)),
  )
}

function encodeStatus(says: OcspStatus): Uint8Array {
  switch (says.status) {
    case 'good':
      return GOOD
    case 'unknown':
      return UNKNOWN
    case 'revoked': {
      const reason = encodeTlv(contextTag(0), Uint8Array.of(ENUMERATED, 1, says.reason))
      const parts = says.reason === 0 ? [] : [reason]
      return encodeTlv(contextTag(1), encodeGeneralizedTime(says.at), ...parts)
    }
  }
}
