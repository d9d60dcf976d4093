import type { MemberFunction, OrganisationKind } from '../rights/matrix.ts'

/** A legal person: the boundary of isolation, the owner of seals. */
export interface Organisation {
  readonly id: string
  readonly kind: OrganisationKind
  readonly name: string
  readonly siren: string
}

/** One human, unique on the appliance by his e-mail address. */
export interface Person {
  readonly id: string
  readonly givenName: string
  readonly familyName: string
  /** In lower case. */
  readonly email: string
  /** E.164. */
  readonly mobile: string | null
  /** Number of the professional register. */
  readonly professionalId: string | null
  readonly locale: 'fr' | 'en'
}

export type MembershipState = 'invited' | 'active' | 'suspended' | 'ended'

/** A person in an organisation. */
export interface Membership {
  readonly id: string
  readonly organisationId: string
  readonly personId: string
  readonly state: MembershipState
  /** Unix ms, inclusive. */
  readonly validFrom: number
  /** Unix ms, exclusive; null without end. */
  readonly validTo: number | null
}

/** When something holds. */
export interface Term {
  /** Unix ms, inclusive. */
  readonly validFrom: number
  /** Unix ms, exclusive; null without end. */
  readonly validTo: number | null
}

/** What a member is, for a term: it ends by itself, for nobody asks but for its dates. */
export interface HeldFunction extends Term {
  readonly id: string
  readonly function: MemberFunction
  readonly capacities: readonly SigningCapacity[]
}

/** In which quality one signs: in the name of the organisation, by one's profession, or for oneself. */
export interface SigningCapacity {
  readonly text: string
  readonly type: CapacityType
}

export type CapacityType = 'social' | 'technical' | 'self'

export type MembershipChange = 'accept' | 'suspend' | 'resume' | 'end' | 'invite-again'

/** The one table of transitions: what a change makes of each state it may be made in. */
export const MEMBERSHIP_CHANGES: Readonly<
  Record<MembershipChange, Readonly<Partial<Record<MembershipState, MembershipState>>>>
> = {
  accept: { invited: 'active' },
  suspend: { active: 'suspended' },
  resume: { suspended: 'active' },
  end: { invited: 'ended', active: 'ended', suspended: 'ended' },
  'invite-again': { ended: 'invited' },
}

/** The states in which a change may be made. */
export function statesBefore(change: MembershipChange): MembershipState[] {
  return MEMBERSHIP_STATES.filter((state) => MEMBERSHIP_CHANGES[change][state] !== undefined)
}

export const MEMBERSHIP_STATES: readonly MembershipState[] = [
  'invited',
  'active',
  'suspended',
  'ended',
]

export function isInForce({ validFrom, validTo }: Term, now: number): boolean {
  return validFrom <= now && (validTo === null || now < validTo)
}

export function isOver({ validTo }: Term, now: number): boolean {
  return validTo !== null && validTo <= now
}

/** Whether two terms share a moment. */
function overlaps(a: Term, b: Term): boolean {
  return (
    (b.validTo === null || a.validFrom < b.validTo) &&
    (a.validTo === null || b.validFrom < a.validTo)
  )
}

/**
 * The function that one person must not hold in the same organisation beside this one: who keeps the
 * keys must not be who administers the members (domain §9).
 *
 * @param administrating - The functions that administer the members of this organisation.
 */
export function findIncompatible(
  wanted: Term & { readonly function: MemberFunction },
  held: readonly (Term & { readonly function: MemberFunction })[],
  administrating: readonly MemberFunction[],
): MemberFunction | undefined {
  const isAdministrator = administrating.includes(wanted.function)
  const others: readonly MemberFunction[] =
    wanted.function === 'security-officer'
      ? administrating
      : isAdministrator
        ? ['security-officer']
        : []
  return held.find((one) => others.includes(one.function) && overlaps(one, wanted))?.function
}

/** A text without case and accents, to sort and to search by. */
export function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim()
}

/** By what a member is sorted and found. */
export function sortName(named: {
  readonly givenName: string
  readonly familyName: string
  readonly email: string
}): string {
  return fold(`${named.familyName} ${named.givenName} ${named.email}`)
}

/** The form in which an address makes a person unique. */
export function normaliseEmail(email: string): string {
  return email.normalize('NFC').trim().toLowerCase()
}
