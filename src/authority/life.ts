/** What a certificate is, as it is kept; its end is a matter of the clock. */
export type CertificateState = 'active' | 'suspended' | 'revoked' | 'superseded'

/** What people are shown. */
export type ShownState = CertificateState | 'not-yet-valid' | 'expired'

export type Change = 'suspend' | 'resume' | 'revoke' | 'supersede'

interface Transition {
  readonly from: readonly CertificateState[]
  readonly to: CertificateState
  /** In the journal. */
  readonly action: `certificate.${string}`
}

/**
 * The life of a certificate (docs/SECURITY.md). It is born `active`; `revoked` is for ever. One that a
 * newer has superseded is not revoked: what it signed stays good.
 */
export const TRANSITIONS: Readonly<Record<Change, Transition>> = {
  suspend: { from: ['active'], to: 'suspended', action: 'certificate.suspended' },
  resume: { from: ['suspended'], to: 'active', action: 'certificate.resumed' },
  revoke: {
    from: ['active', 'suspended', 'superseded'],
    to: 'revoked',
    action: 'certificate.revoked',
  },
  supersede: { from: ['active'], to: 'superseded', action: 'certificate.superseded' },
}

/** CRLReason that may be given for a revocation (RFC 5280 §5.3.1), by the name people know. */
export const REASONS = {
  unspecified: 0,
  'key-compromise': 1,
  'ca-compromise': 2,
  'affiliation-changed': 3,
  superseded: 4,
  'cessation-of-operation': 5,
  'privilege-withdrawn': 9,
  'aa-compromise': 10,
} as const

export type Reason = keyof typeof REASONS

/** `certificateHold` (RFC 5280 §5.3.1): the one reason that can be taken back. */
export const CERTIFICATE_HOLD = 6

/** What may be chosen of a certificate: CAs alone have a compromise of their own kind. */
export function reasonsFor(profile: string): readonly Reason[] {
  const isCa = profile === 'root-ca' || profile === 'issuing-ca'
  const ofCas: readonly Reason[] = ['ca-compromise', 'aa-compromise']
  return reasonNames().filter((reason) => isCa || !ofCas.includes(reason))
}

/** The name of a CRLReason, of a hold too; undefined for one that does not exist. */
export function reasonName(code: number): Reason | 'certificate-hold' | undefined {
  if (code === CERTIFICATE_HOLD) return 'certificate-hold'
  return reasonNames().find((name) => REASONS[name] === code)
}

function reasonNames(): Reason[] {
  return [
    'unspecified',
    'key-compromise',
    'ca-compromise',
    'affiliation-changed',
    'superseded',
    'cessation-of-operation',
    'privilege-withdrawn',
    'aa-compromise',
  ]
}

/** A hold lasts thirty days at most; then somebody must decide. */
export const HOLD_MS = 30 * 86_400_000

/** How long a verified identity is good for a new certificate without a new enrolment. */
const IDENTITY_YEARS = 5

/** Whether an identity that was verified then is still good for a renewal. Unix ms. */
export function isIdentityFresh(verifiedAt: number, now: number): boolean {
  return (
    now <=
    new Date(verifiedAt).setUTCFullYear(new Date(verifiedAt).getUTCFullYear() + IDENTITY_YEARS)
  )
}

/** The state at a moment, Unix ms. What was withdrawn stays so after the end. */
export function stateAt(
  certificate: {
    readonly state: CertificateState
    readonly notBefore: number
    readonly notAfter: number
  },
  now: number,
): ShownState {
  const { state, notBefore, notAfter } = certificate
  if (state === 'revoked' || state === 'superseded') return state
  if (now > notAfter) return 'expired'
  if (now < notBefore) return 'not-yet-valid'
  return state
}
