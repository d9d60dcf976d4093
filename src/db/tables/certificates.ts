import type { Generated } from 'kysely'

/** Keys, certificates and what is published of them: migration 0001, widened by 0007. */
export interface CertificatesSchema {
  signing_key: SigningKeyTable
  certificate: CertificateTable
  crl: CrlTable
  ocsp_response: OcspResponseTable
  certificate_chain: CertificateChainTable
  certificate_request: CertificateRequestTable
  certificate_renewal: CertificateRenewalTable
  certificate_reminder: CertificateReminderTable
}

interface SigningKeyTable {
  /** Hex CKA_ID. */
  id: string
  label: string
  algorithm: string
  /** DER SubjectPublicKeyInfo. */
  public_key: Uint8Array
  /** The token's own word on how the key was born. */
  birth_json: string
  purpose: 'root-ca' | 'issuing-ca' | 'seal' | 'person' | 'ocsp' | 'tsa'
  state: 'generated' | 'active' | 'disabled' | 'destroyed'
  created_at: number
}

interface CertificateTable {
  id: string
  profile: 'root-ca' | 'issuing-ca' | 'seal' | 'person' | 'tls' | 'ocsp' | 'tsa'
  /** Null for a root, and for what another authority issued. */
  issuer_id: string | null
  /** Null when the key is not in the token. */
  key_id: string | null
  /** Hex. */
  serial: string
  subject: string
  der: Uint8Array
  not_before: number
  not_after: number
  state: 'active' | 'suspended' | 'revoked' | 'superseded'
  /** When it was revoked, or put on hold: a hold that becomes a revocation keeps its date. */
  revoked_at: number | null
  /** CRLReason (RFC 5280 §5.3.1); 6, certificateHold, while it is suspended. */
  revocation_reason: number | null
  created_at: number
  /** Whose seal it is; null for persons and for the appliance's own. */
  organisation_id: Generated<string | null>
  person_id: Generated<string | null>
  superseded_by: Generated<string | null>
  /** When a decision on the hold is asked for, Unix ms. */
  held_until: Generated<number | null>
  /** Raised by every change of state, so that an answer from before is known to be old. */
  version: Generated<number>
}

interface CrlTable {
  issuer_id: string
  number: number
  der: Uint8Array
  this_update: number
  next_update: number
}

/** An answer that is signed already, for requests without a nonce. */
interface OcspResponseTable {
  certificate_id: string
  /** How requests that it answers write the CertID (`src/pki/cert-id.ts`). */
  form: string
  /** Of the certificate when this was said. */
  version: number
  der: Uint8Array
  this_update: number
  next_update: number
}

/** What stands between a certificate of another authority and its anchor, nearest first. */
interface CertificateChainTable {
  certificate_id: string
  position: number
  der: Uint8Array
}

/** A PKCS #10 request for a certificate of another authority. */
interface CertificateRequestTable {
  id: string
  key_id: string
  profile: 'seal' | 'person'
  seal_id: string | null
  person_id: string | null
  der: Uint8Array
  state: 'requested' | 'answered'
  certificate_id: string | null
  created_at: number
}

/** The key a renewal is about to make: written down first, so that none is left behind. */
interface CertificateRenewalTable {
  certificate_id: string
  key_id: string
  wanted_at: number
}

/** A notice that was given once: `60`, `30` … days before the end, or `hold`. */
interface CertificateReminderTable {
  certificate_id: string
  kind: string
  sent_at: number
}
