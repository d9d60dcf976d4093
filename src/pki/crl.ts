import type { SignDigest } from '../../hsm/algorithms.ts'
import { signatureAlgorithmIdentifier } from '../cms/algorithm-identifier.ts'
import {
  contextTag,
  encodeSequence,
  encodeSmallInteger,
  encodeTlv,
  encodeUnsigned,
} from '../cms/der.ts'
import { type Issuer, signStructure } from './certificate.ts'
import { authorityKeyIdentifier, encodeExtension } from './extensions.ts'
import { encodeTime } from './time.ts'

export interface RevokedCertificate {
  /** Hex. */
  readonly serial: string
  /** Unix ms. */
  readonly revokedAt: number
  /** CRLReason (RFC 5280 §5.3.1); 0, unspecified, is not written. */
  readonly reason: number
}

export interface CrlRequest {
  /** Greater than that of any CRL before (RFC 5280 §5.2.3). */
  readonly number: number
  readonly thisUpdate: number
  readonly nextUpdate: number
  readonly revoked: readonly RevokedCertificate[]
}

const CRL_NUMBER = '2.5.29.20'
const REASON_CODE = '2.5.29.21'
const ENUMERATED = 0x0a

/** Issue a complete CRL, version 2 (RFC 5280 §5.1). @returns DER `CertificateList`. */
export async function buildCrl(
  { number, thisUpdate, nextUpdate, revoked }: CrlRequest,
  issuer: Issuer,
  signDigest: SignDigest,
): Promise<Uint8Array> {
  const entries = revoked.map(encodeRevoked)
  const tbs = encodeSequence(
    encodeSmallInteger(1),
    signatureAlgorithmIdentifier(issuer.algorithm),
    issuer.name,
    encodeTime(thisUpdate),
    encodeTime(nextUpdate),
    // An empty list of revoked certificates must be absent (RFC 5280 §5.1.2.6).
    ...(entries.length === 0 ? [] : [encodeSequence(...entries)]),
    encodeTlv(
      contextTag(0),
      encodeSequence(
        authorityKeyIdentifier(issuer.publicKey),
        encodeExtension(CRL_NUMBER, encodeUnsigned(bigEndian(number))),
      ),
    ),
  )
  return signStructure(tbs, issuer, signDigest)
}

function encodeRevoked({ serial, revokedAt, reason }: RevokedCertificate): Uint8Array {
  const code = encodeExtension(REASON_CODE, Uint8Array.of(ENUMERATED, 1, reason))
  return encodeSequence(
    encodeUnsigned(Buffer.from(serial, 'hex')),
    encodeTime(revokedAt),
    ...(reason === 0 ? [] : [encodeSequence(code)]),
  )
}

function bigEndian(value: number): Uint8Array {
  const octets = Buffer.alloc(6)
  octets.writeUIntBE(value, 0, 6)
  return octets
}
