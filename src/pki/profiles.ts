/** One row per kind of certificate: all there is to know of it but names, keys and dates. */
interface Profile {
  /** Bits of keyUsage (RFC 5280 §4.2.1.3), 0 is digitalSignature. */
  readonly keyUsage: readonly number[]
  readonly extendedKeyUsage?: readonly string[]
  /** Present for CAs; the most CA certificates that may follow (RFC 5280 §4.2.1.9). */
  readonly ca?: { readonly pathLength: number }
  readonly validityYears: number
}

export type ProfileName = 'root-ca' | 'issuing-ca' | 'seal' | 'person' | 'tls'

const DIGITAL_SIGNATURE = 0
const NON_REPUDIATION = 1
const KEY_CERT_SIGN = 5
const CRL_SIGN = 6
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1'

export const PROFILES: Record<ProfileName, Profile> = {
  'root-ca': { keyUsage: [KEY_CERT_SIGN, CRL_SIGN], ca: { pathLength: 1 }, validityYears: 20 },
  'issuing-ca': { keyUsage: [KEY_CERT_SIGN, CRL_SIGN], ca: { pathLength: 0 }, validityYears: 10 },
  // ETSI EN 319 412-3 §4.3.1, type B: seals of content, and readers that demand digitalSignature.
  seal: { keyUsage: [DIGITAL_SIGNATURE, NON_REPUDIATION], validityYears: 3 },
  // ETSI EN 319 412-2 §4.3.2, type A: non-repudiation alone.
  person: { keyUsage: [NON_REPUDIATION], validityYears: 3 },
  tls: { keyUsage: [DIGITAL_SIGNATURE], extendedKeyUsage: [SERVER_AUTH], validityYears: 1 },
}

/** The same day and second some calendar years later; 29 February becomes 1 March. Unix ms. */
export function yearsAfter(ms: number, years: number): number {
  const date = new Date(ms)
  return date.setUTCFullYear(date.getUTCFullYear() + years)
}
