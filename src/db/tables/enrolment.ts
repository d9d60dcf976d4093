/** Tables of migration 0005. */
export interface EnrolmentSchema {
  enrolment: EnrolmentTable
  enrolment_link: EnrolmentLinkTable
  enrolment_code: EnrolmentCodeTable
  identity_proof: IdentityProofTable
}

/** A person on the way to a certificate. */
interface EnrolmentTable {
  id: string
  person_id: string
  /** Who invited, and whose people verify. */
  organisation_id: string
  /** A person's id, or `operator`. */
  invited_by: string
  state:
    | 'invited'
    | 'started'
    | 'contact-verified'
    | 'identity-submitted'
    | 'identity-rejected'
    | 'identity-verified'
    | 'factor-registered'
    | 'key-generated'
    | 'certificate-issued'
    | 'accepted'
    | 'active'
    | 'abandoned'
    | 'blocked'
  created_at: number
  /** Of the last progress. */
  moved_at: number
  /** Sent since then. */
  reminders: number
  rejections: number
  email_at: number | null
  /** Typed, and shown to be his when `mobile_at` is set. */
  mobile: string | null
  mobile_at: number | null
  professional_id: string | null
  professional_id_source: 'typed' | 'oidc' | null
  identity_at: number | null
  factor_at: number | null
  /** When the HSM was about to be asked for a key; what it then made is ours. */
  key_wanted_at: number | null
  key_id: string | null
  key_at: number | null
  certificate_id: string | null
  certificate_at: number | null
  terms_version: string | null
  terms_locale: 'fr' | 'en' | null
  terms_sha256: string | null
  terms_at: number | null
}

/** A way in: of several links that were sent, each is good until its end. */
interface EnrolmentLinkTable {
  token_sha256: string
  enrolment_id: string
  expires_at: number
}

interface EnrolmentCodeTable {
  enrolment_id: string
  channel: 'mail' | 'sms'
  /** The address it was sent to is in the HMAC; null once used. */
  mac: string | null
  sent_at: number
  expires_at: number
  tries: number
  sends: number
  window_at: number
}

/** A document that was shown, and what remains of it once its image is destroyed. */
interface IdentityProofTable {
  id: string
  enrolment_id: string
  submitted_at: number
  kind: 'identity-card' | 'passport' | 'residence-permit' | 'driving-licence'
  /** Last four characters of its number. */
  last4: string
  /** `YYYY-MM-DD`. */
  expires_on: string
  file_type: 'jpeg' | 'png' | 'pdf'
  /** Of the image as it was kept, before encryption. */
  file_sha256: string
  /** Name of the encrypted file; null once it is destroyed. */
  file_id: string | null
  state: 'pending' | 'verified' | 'rejected' | 'withdrawn'
  method: 'document-at-a-distance' | 'face-to-face' | 'video' | null
  /** A person's id. */
  decided_by: string | null
  decided_at: number | null
  reason: string | null
}
