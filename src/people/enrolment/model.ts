/** How far somebody has come (docs/SECURITY.md). Names are those of the domain. */
export type EnrolmentState =
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

/** What has been shown on the way. Each is recorded with its time, and never by the holder's word. */
export type Proof = 'email' | 'mobile' | 'identity' | 'factor' | 'key' | 'certificate' | 'terms'

/** What a decision needs to know of an enrolment. */
export interface Progress {
  readonly state: EnrolmentState
  readonly proofs: readonly Proof[]
  /** How often a document was refused. */
  readonly rejections: number
}

export type EnrolmentEvent =
  | 'start'
  | 'verify-email'
  | 'verify-mobile'
  | 'confirm-contact'
  | 'submit-identity'
  | 'reject-identity'
  | 'verify-identity'
  | 'register-factor'
  | 'generate-key'
  | 'issue-certificate'
  | 'accept'
  | 'activate'
  | 'abandon'
  | 'block'
  | 'restart'

interface Transition {
  readonly from: readonly EnrolmentState[]
  /** Where it leads; it stays where it is without one. */
  readonly to?: EnrolmentState
  readonly proves?: Proof
  /** Without these it is refused, whatever the state says. */
  readonly needs?: readonly Proof[]
  /** Everything shown so far is void: the way begins anew. */
  readonly forgets?: true
}

/** A first document and three more. */
export const REJECTIONS_MAX = 3

const CONTACT: readonly Proof[] = ['email', 'mobile']
const IDENTITY: readonly Proof[] = [...CONTACT, 'identity']
const FACTOR: readonly Proof[] = [...IDENTITY, 'factor']
const KEY: readonly Proof[] = [...FACTOR, 'key']
const CERTIFICATE: readonly Proof[] = [...KEY, 'certificate']
const EVERYTHING: readonly Proof[] = [...CERTIFICATE, 'terms']

export const ON_THE_WAY: readonly EnrolmentState[] = [
  'invited',
  'started',
  'contact-verified',
  'identity-submitted',
  'identity-rejected',
  'identity-verified',
  'factor-registered',
  'key-generated',
  'certificate-issued',
  'accepted',
]

/** The one table of transitions. What is not in it cannot happen. */
export const TRANSITIONS: Readonly<Record<EnrolmentEvent, Transition>> = {
  start: { from: ['invited'], to: 'started' },
  'verify-email': { from: ['started'], proves: 'email' },
  'verify-mobile': { from: ['started'], proves: 'mobile' },
  'confirm-contact': { from: ['started'], to: 'contact-verified', needs: CONTACT },
  'submit-identity': {
    from: ['contact-verified', 'identity-rejected'],
    to: 'identity-submitted',
    needs: CONTACT,
  },
  'reject-identity': { from: ['identity-submitted'], to: 'identity-rejected' },
  'verify-identity': {
    from: ['identity-submitted'],
    to: 'identity-verified',
    proves: 'identity',
    needs: CONTACT,
  },
  'register-factor': {
    from: ['identity-verified'],
    to: 'factor-registered',
    proves: 'factor',
    needs: IDENTITY,
  },
  'generate-key': {
    from: ['factor-registered'],
    to: 'key-generated',
    proves: 'key',
    needs: FACTOR,
  },
  'issue-certificate': {
    from: ['key-generated'],
    to: 'certificate-issued',
    proves: 'certificate',
    needs: KEY,
  },
  accept: { from: ['certificate-issued'], to: 'accepted', proves: 'terms', needs: CERTIFICATE },
  activate: { from: ['accepted'], to: 'active', needs: EVERYTHING },
  abandon: { from: ON_THE_WAY, to: 'abandoned' },
  block: { from: ON_THE_WAY, to: 'blocked' },
  restart: { from: [...ON_THE_WAY, 'abandoned', 'blocked'], to: 'invited', forgets: true },
}

/**
 * What an event makes of an enrolment: pure, the only way from state to state.
 *
 * @returns undefined when it cannot happen there.
 */
export function advance(progress: Progress, event: EnrolmentEvent): Progress | undefined {
  const { from, to, proves, needs = [], forgets } = TRANSITIONS[event]
  if (!from.includes(progress.state)) return undefined
  if (needs.some((proof) => !progress.proofs.includes(proof))) return undefined
  if (forgets) return { state: to ?? progress.state, proofs: [], rejections: 0 }
  const rejections = progress.rejections + (event === 'reject-identity' ? 1 : 0)
  // The last refusal is one too many: only an administrator lets it begin again.
  const state = rejections > REJECTIONS_MAX ? 'blocked' : (to ?? progress.state)
  const isNew = proves !== undefined && !progress.proofs.includes(proves)
  return { state, proofs: isNew ? [...progress.proofs, proves] : progress.proofs, rejections }
}

/** Whether it still goes on. */
export function isOnTheWay(state: EnrolmentState): boolean {
  return ON_THE_WAY.includes(state)
}

const DAY_MS = 86_400_000

/** A link is good for two weeks. */
export const LINK_VALID_MS = 14 * DAY_MS
/** Without progress for so long it is given up. */
export const ABANDONED_AFTER_MS = 30 * DAY_MS
/** Whoever is silent is reminded so long after the last progress. */
export const REMINDED_AFTER_MS: readonly number[] = [7 * DAY_MS, 21 * DAY_MS]

/**
 * Which reminder is due: 1 or 2, or undefined when none is.
 *
 * @param reminders - How many were sent since the last progress.
 */
export function reminderDue(
  { movedAt, reminders }: { readonly movedAt: number; readonly reminders: number },
  now: number,
): number | undefined {
  const due = REMINDED_AFTER_MS.filter((after) => now - movedAt >= after).length
  return due > reminders ? due : undefined
}

/** States in which it is the holder's turn. */
export function waitsForHolder(state: EnrolmentState): boolean {
  return isOnTheWay(state) && state !== 'identity-submitted'
}

export type IdentityKind = 'identity-card' | 'passport' | 'residence-permit' | 'driving-licence'

export const IDENTITY_KINDS: readonly IdentityKind[] = [
  'identity-card',
  'passport',
  'residence-permit',
  'driving-licence',
]

/** What a verifier says that he compared. */
export type Method = 'document-at-a-distance' | 'face-to-face' | 'video'

export const METHODS: readonly Method[] = ['document-at-a-distance', 'face-to-face', 'video']

/** Identity documents are refused on the day after they end, Unix ms of `YYYY-MM-DD` in UTC. */
export function endOfDay(isoDay: string): number {
  return Date.parse(`${isoDay}T00:00:00Z`) + DAY_MS
}
