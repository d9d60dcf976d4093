import { createHash } from 'node:crypto'
import { encodeOid, encodeSequence, encodeTlv, encodeUnsigned, NULL, TAG } from '../cms/der.ts'
import { OID } from '../cms/oids.ts'
import { hashOfKey } from './extensions.ts'
import type { CertId } from './ocsp-request.ts'

/** Who issued, as a CertID names it. */
export interface NamedIssuer {
  /** DER `Name`. */
  readonly name: Uint8Array
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array
}

/**
 * The ways in which programs write a CertID: two hashes, with parameters and without. An answer to
 * one of them can be signed beforehand.
 */
const CERT_ID_FORMS = ['sha1', 'sha1-null', 'sha256', 'sha256-null'] as const
export type CertIdForm = (typeof CERT_ID_FORMS)[number]

/** DER `CertID` in one of its forms. @param serial - Hex. */
export function encodeCertId(form: CertIdForm, issuer: NamedIssuer, serial: string): Uint8Array {
  const hash = form.startsWith('sha256') ? 'sha256' : 'sha1'
  const parameters = form.endsWith('-null') ? [NULL] : []
  return encodeSequence(
    encodeSequence(encodeOid(OID[hash]), ...parameters),
    encodeTlv(TAG.octetString, createHash(hash).update(issuer.name).digest()),
    encodeTlv(TAG.octetString, hashOfKey(hash, issuer.publicKey)),
    encodeUnsigned(Buffer.from(serial.padStart(serial.length + (serial.length % 2), '0'), 'hex')),
  )
}

/** The form in which a CertID is written, if it is one of these. */
export function formOf(certId: CertId, issuer: NamedIssuer): CertIdForm | undefined {
  return CERT_ID_FORMS.find(
    (form) => Buffer.compare(encodeCertId(form, issuer, certId.serial), certId.der) === 0,
  )
}

/** Whether it names a certificate of this issuer, by name and by key (RFC 6960 §4.1.1). */
export function isIssuedBy({ hash, issuerNameHash, issuerKeyHash }: CertId, issuer: NamedIssuer) {
  if (hash !== 'sha1' && hash !== 'sha256') return false
  const nameHash = createHash(hash).update(issuer.name).digest()
  return (
    nameHash.equals(issuerNameHash) &&
    Buffer.compare(hashOfKey(hash, issuer.publicKey), issuerKeyHash) === 0
  )
}

export function isCertIdForm(text: string): text is CertIdForm {
  return CERT_ID_FORMS.some((form) => form === text)
}
