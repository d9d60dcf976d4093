import type { KeyAlgorithm } from '../../hsm/algorithms.ts'
import type { NameParts } from '../pki/name.ts'
import { endOf, type ProfileName } from '../pki/profiles.ts'

/** The appliance's own CAs, by the names their files have under `/pki/`. */
export type AuthorityName = 'root' | 'issuing'

export const AUTHORITY_PROFILE: Record<AuthorityName, 'root-ca' | 'issuing-ca'> = {
  root: 'root-ca',
  issuing: 'issuing-ca',
}

/** A key as the token made it. */
export interface MadeKey {
  /** Hex CKA_ID. */
  readonly keyId: string
  readonly label: string
  readonly algorithm: KeyAlgorithm
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array
  /** The token's own word on how the key came to be. */
  readonly birth: object
}

/** Makes keys in the token: the guard's client, seen from here. */
export interface KeyMaker {
  /** @param request.keyId - Asked again with the same one, the key that is there is given. */
  generateKey(request: { algorithm: KeyAlgorithm; label: string; keyId?: string }): Promise<MadeKey>
}

/** The organisation that the certificates name. */
export interface Organisation {
  readonly name: string
  readonly siren: string
}

/** A legal person in the French register (ETSI EN 319 412-1 §5.1.4). */
const REGISTERED = 'NTRFR-'

/** The SIREN in the identifier of an organisation. */
export function sirenOf(organisationIdentifier: string): string {
  return organisationIdentifier.slice(REGISTERED.length)
}

/** Names of the CAs. */
export function authorityName(ca: AuthorityName, { name, siren }: Organisation): NameParts {
  return {
    country: 'FR',
    organisation: name,
    organisationIdentifier: REGISTERED + siren,
    commonName: ca === 'root' ? `${name} - Autorité racine` : `${name} - Autorité émettrice`,
  }
}

/** Name of a seal's holder, a legal person (ETSI EN 319 412-3 §4.2.1). */
export function sealName({ name, siren }: Organisation, commonName: string): NameParts {
  return {
    country: 'FR',
    organisation: name,
    organisationIdentifier: REGISTERED + siren,
    commonName,
  }
}

/**
 * The CA's own policy, which every certificate of content must name (ETSI EN 319 412-2 §4.3.3). Its
 * OID lies under the organisation's SIREN (ISO/IEC 6523, ICD 0002), so no policy of others is
 * claimed.
 */
export function ownPolicy(siren: string): string {
  return `1.3.2.${Number(siren)}.1.1`
}

/** What a CA certificate says that does not limit the policies below it (RFC 5280 §4.2.1.4). */
export const ANY_POLICY = '2.5.29.32.0'

/**
 * The dates of a new certificate: from this very second for the years of its profile, to the
 * second, but never beyond its issuer.
 */
export function validityOf(
  profile: ProfileName,
  now: number,
  issuerNotAfter: number,
): { notBefore: number; notAfter: number } {
  const notBefore = Math.floor(now / 1000) * 1000
  const notAfter = Math.min(endOf(profile, notBefore), issuerNotAfter)
  return { notBefore, notAfter }
}

/** A CRL is good for a week and is made anew each day, so that a day's outage harms nobody. */
export const CRL_VALID_MS = 7 * 24 * 3_600_000
export const CRL_RENEWED_AFTER_MS = 24 * 3_600_000

/** A SIREN is nine digits whose Luhn sum is a multiple of ten. */
export function isSiren(text: string): boolean {
  if (!/^\d{9}$/.test(text)) return false
  const sum = [...text].reduce((total, digit, index) => {
    const doubled = Number(digit) * (index % 2 === 1 ? 2 : 1)
    return total + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return sum % 10 === 0
}

export function isAuthorityName(text: string): text is AuthorityName {
  return text === 'root' || text === 'issuing'
}
