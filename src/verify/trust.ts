import { type ParsedCrl, parseCrl } from '../pki/parsed-crl.ts'
import { type PathProblem, type PathVerdict, validatePath } from '../pki/path.ts'
import { type Certificate, parseCertificate } from '../pki/x509.ts'
import { type Finding, failed, undecided } from './finding.ts'
import { readableName } from './readable-name.ts'

/** Whom to trust, what may help, and when. */
export interface Trust {
  readonly anchors: readonly Certificate[]
  readonly certificates: readonly Certificate[]
  readonly crls: readonly ParsedCrl[]
  /** Unix ms of the judgement. */
  readonly at: number
}

/** What a certificate is used for here. */
export type Purpose = 'signing' | 'timestamping'

const DIGITAL_SIGNATURE = 0
const NON_REPUDIATION = 1
const TIMESTAMPING = '1.3.6.1.5.5.7.3.8'
/** Uses that go with signing documents; a certificate that has others only was issued for them. */
const SIGNING_USES = [
  '2.5.29.37.0',
  '1.3.6.1.5.5.7.3.2',
  '1.3.6.1.5.5.7.3.3',
  '1.3.6.1.5.5.7.3.4',
  '1.3.6.1.5.5.7.3.36',
  '1.2.840.113583.1.1.5',
  '1.3.6.1.4.1.311.10.3.12',
]

/** Judge a signer's certificate up to an anchor (ETSI EN 319 102-1 §5.2.6). */
export function judgeSigner(
  signer: Certificate,
  purpose: Purpose,
  { anchors, certificates, crls, at }: Trust,
): { readonly verdict: PathVerdict; readonly findings: readonly Finding[] } {
  const verdict = validatePath(signer, { anchors, candidates: certificates, crls, at })
  const { problem, culprit = signer } = verdict
  const findings = problem === undefined ? [] : [FINDINGS[problem](culprit, culprit === signer)]
  return { verdict, findings: mayServe(signer, purpose) ? findings : [WRONG_USE, ...findings] }
}

const WRONG_USE = undecided(
  'CHAIN_CONSTRAINTS_FAILURE',
  'The signer’s certificate was issued for another use.',
)

/** keyUsage and extendedKeyUsage; a TSA must have one use and no other (RFC 3161 §2.3). */
function mayServe({ keyUsage, extendedKeyUsage }: Certificate, purpose: Purpose): boolean {
  const signs =
    keyUsage === undefined || keyUsage.has(DIGITAL_SIGNATURE) || keyUsage.has(NON_REPUDIATION)
  if (!signs) return false
  if (purpose === 'timestamping') {
    return extendedKeyUsage?.size === 1 && extendedKeyUsage.has(TIMESTAMPING)
  }
  return extendedKeyUsage === undefined || SIGNING_USES.some((use) => extendedKeyUsage.has(use))
}

type Describe = (culprit: Certificate, isSigner: boolean) => Finding

const FINDINGS: Record<PathProblem, Describe> = {
  'no-chain': (culprit) =>
    undecided(
      'NO_CERTIFICATE_CHAIN_FOUND',
      `No chain leads from the certificate of ${nameOf(culprit)} to a trust anchor.`,
    ),
  constraints: (culprit) =>
    undecided(
      'CHAIN_CONSTRAINTS_FAILURE',
      `The certificate of ${nameOf(culprit)} must not stand where it does.`,
    ),
  'weak-algorithm': (culprit) =>
    undecided(
      'CRYPTO_CONSTRAINTS_FAILURE_NO_POE',
      `The certificate of ${nameOf(culprit)} rests on weak cryptography.`,
    ),
  revoked: (culprit, isSigner) =>
    undecided(
      isSigner ? 'REVOKED_NO_POE' : 'REVOKED_CA_NO_POE',
      `The certificate of ${nameOf(culprit)} was revoked.`,
    ),
  // The signature exists now, so it was made before its certificate began (§5.5.4, step 4).
  'not-yet-valid': (culprit, isSigner) =>
    isSigner
      ? failed('NOT_YET_VALID', `The certificate of ${nameOf(culprit)} is not valid yet.`)
      : undecided(
          'OUT_OF_BOUNDS_NO_POE',
          `The certificate of ${nameOf(culprit)} is not valid yet.`,
        ),
  expired: (culprit) =>
    undecided(
      'OUT_OF_BOUNDS_NO_POE',
      `The certificate of ${nameOf(culprit)} has expired, and nothing proves that it was valid when it was used.`,
    ),
  'revocation-unknown': (culprit) =>
    undecided(
      'TRY_LATER',
      `No current revocation list says whether the certificate of ${nameOf(culprit)} was revoked.`,
    ),
}

function nameOf({ subject }: Certificate): string {
  return `“${readableName(subject)}”`
}

/** Certificates, those that cannot be read left out: they came with a document. */
export function parseCertificates(ders: readonly Uint8Array[]): Certificate[] {
  return ders.flatMap((der) => tolerant(() => parseCertificate(der)))
}

/** The same for revocation lists. */
export function parseCrls(ders: readonly Uint8Array[]): ParsedCrl[] {
  return ders.flatMap((der) => tolerant(() => parseCrl(der)))
}

function tolerant<T>(read: () => T): T[] {
  try {
    return [read()]
  } catch {
    return []
  }
}
