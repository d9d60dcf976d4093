/** One row per kind of certificate: all there is to know of it but names, keys and dates. */
interface Profile {
  /** Bits of keyUsage (RFC 5280 §4.2.1.3), 0 is digitalSignature. */
  readonly keyUsage: readonly number[]
  readonly extendedKeyUsage?: readonly string[]
  /** Whether a relying party that does not know the purpose must refuse (RFC 3161 §2.3). */
  readonly isPurposeCritical?: boolean
  /** The responder vouches for others: nobody asks about itself (RFC 6960 §4.2.2.2.1). */
  readonly isNeverChecked?: boolean
  /** Present for CAs; the most CA certificates that may follow (RFC 5280 §4.2.1.9). */
  readonly ca?: { readonly pathLength: number }
  readonly validity: Validity
}

type Validity = { readonly years: number } | { readonly days: number }

export type ProfileName = 'root-ca' | 'issuing-ca' | 'seal' | 'person' | 'tls' | 'ocsp' | 'tsa'

const DIGITAL_SIGNATURE = 0
const NON_REPUDIATION = 1
const KEY_CERT_SIGN = 5
const CRL_SIGN = 6
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'
const TIME_STAMPING = '1.3.6.1.5.5.7.3.8'
const OCSP_SIGNING = '1.3.6.1.5.5.7.3.9'

export const PROFILES: Record<ProfileName, Profile> = {
  'root-ca': {
    keyUsage: [KEY_CERT_SIGN, CRL_SIGN],
    ca: { pathLength: 1 },
    validity: { years: 20 },
  },
  'issuing-ca': {
    keyUsage: [KEY_CERT_SIGN, CRL_SIGN],
    ca: { pathLength: 0 },
    validity: { years: 10 },
  },
  // ETSI EN 319 412-3 §4.3.1, type B: seals of content, and readers that demand digitalSignature.
  seal: { keyUsage: [DIGITAL_SIGNATURE, NON_REPUDIATION], validity: { years: 3 } },
  // ETSI EN 319 412-2 §4.3.2, type A: non-repudiation alone.
  person: { keyUsage: [NON_REPUDIATION], validity: { years: 3 } },
  tls: { keyUsage: [DIGITAL_SIGNATURE], extendedKeyUsage: [SERVER_AUTH], validity: { years: 1 } },
  // RFC 6960 §4.2.2.2: short-lived, for nothing tells of its revocation.
  ocsp: {
    keyUsage: [DIGITAL_SIGNATURE],
    extendedKeyUsage: [OCSP_SIGNING],
    isNeverChecked: true,
    validity: { days: 30 },
  },
  // RFC 3161 §2.3: this purpose alone, and critical. EN 319 422 §9: 5 years leave room for renewal.
  tsa: {
    keyUsage: [DIGITAL_SIGNATURE],
    extendedKeyUsage: [TIME_STAMPING],
    isPurposeCritical: true,
    validity: { years: 5 },
  },
}

const DAY_MS = 86_400_000

/** When what begins now ends by its profile. Unix ms. */
export function endOf(profile: ProfileName, notBefore: number): number {
  const { validity } = PROFILES[profile]
  if ('days' in validity) return notBefore + validity.days * DAY_MS
  return yearsAfter(notBefore, validity.years)
}

/** The same day and second some calendar years later; 29 February becomes 1 March. Unix ms. */
export function yearsAfter(ms: number, years: number): number {
  const date = new Date(ms)
  return date.setUTCFullYear(date.getUTCFullYear() + years)
}
