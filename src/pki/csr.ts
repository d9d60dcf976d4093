import type { SignDigest } from '../../hsm/algorithms.ts'
import { contextTag, encodeSequence, encodeSmallInteger, encodeTlv } from '../cms/der.ts'
import { type Issuer, signStructure } from './certificate.ts'
import { encodeName, type NameParts } from './name.ts'

/**
 * Ask another authority for a certificate on a key in the token (RFC 2986 §4.2). The request is
 * signed by that key, which shows that we have it.
 *
 * @returns DER `CertificationRequest`.
 */
export async function buildCsr(
  { subject, ...key }: { readonly subject: NameParts } & Omit<Issuer, 'name' | 'notAfter'>,
  signDigest: SignDigest,
): Promise<Uint8Array> {
  const asked = encodeSequence(
    encodeSmallInteger(0),
    encodeName(subject),
    key.publicKey,
    // No attributes: what the certificate will say is the authority's affair.
    encodeTlv(contextTag(0)),
  )
  return signStructure(asked, key, signDigest)
}
