import {
  APPLIANCE_ACTS,
  type Cell,
  COLUMN_OF,
  cellOf,
  type DelegatedKind,
  HOLDERS_ACTS,
  type MatrixAction,
  type MemberFunction,
  NEVER_ABOUT_ONESELF,
  ONLY_ABOUT_ONESELF,
  type OrganisationKind,
} from './matrix.ts'

/** A program. */
interface ClientActor {
  readonly kind: 'api-client'
  readonly id: string
  /** What it may do beside sealing; nothing when absent. */
  readonly scopes?: readonly MatrixAction[]
  /** Whose program it is: without one it can do nothing in an organisation. */
  readonly organisationId?: string
}

/** A person in the organisation for which he acts now, with what he is there at this moment. */
export interface PersonActor {
  readonly kind: 'person'
  readonly id: string
  readonly organisationId: string
  /** Without one nothing is allowed that only firms allow. */
  readonly organisationKind?: OrganisationKind
  /** Whether the appliance is another organisation's: its keys and settings are then no affair of his. */
  readonly isGuest?: boolean
  readonly functions: readonly MemberFunction[]
}

/** Who asks. */
export type Actor = ClientActor | PersonActor

/** What a program may want, and upon what. */
type ClientAct =
  | { readonly action: 'seal.apply'; readonly sealId: string }
  | { readonly action: 'operation.read' | 'batch.use'; readonly clientId: string }

/** What may be wanted in an organisation: a row of the table. */
export interface PersonAct {
  readonly action: MatrixAction
  /** Whose affair it is. */
  readonly organisationId: string
  /** Whom it is about, or whose the thing is, where it is anybody's. */
  readonly personId?: string
  /** Who else takes part, where the act takes two. */
  readonly secondPersonId?: string
  /** Which seal, where it takes one. */
  readonly sealId?: string
  /** Whether the space in which the thing lies shares it with the actor. */
  readonly isShared?: boolean
}

export type Act = ClientAct | PersonAct

/** A delegation as the decision needs it (docs/SECURITY.md). */
export interface Delegation {
  readonly id: string
  readonly number: string
  readonly version: number
  readonly kind: DelegatedKind
  readonly organisationId?: string
  readonly granteeClientId: string | null
  readonly granteePersonId?: string | null
  readonly sealId: string | null
  /** Unix ms, inclusive. */
  readonly validFrom: number
  /** Unix ms, exclusive; null without end. */
  readonly validTo: number | null
  readonly state: 'active' | 'suspended' | 'revoked'
}

export type Refusal =
  | 'no-delegation'
  | 'not-yet-valid'
  | 'ended'
  | 'suspended'
  | 'not-own'
  | 'no-function'
  | 'about-oneself'
  | 'second-person'
  | 'wrong-kind'

/** The decision with what explains it: kept in the evidence, told to the person. */
export type Decision =
  | { readonly allowed: true; readonly by: 'own-act' | Delegation | MemberFunction }
  | { readonly allowed: false; readonly because: Refusal }

/**
 * The one authorisation function: pure, evaluated at the moment of the act.
 *
 * @param delegations - All delegations whose grantee is the actor; others are ignored.
 * @param now - Unix ms.
 */
export function can(
  actor: Actor,
  act: Act,
  delegations: readonly Delegation[],
  now: number,
): Decision {
  switch (act.action) {
    case 'operation.read':
    case 'batch.use':
      if (actor.kind !== 'api-client') return refuse('wrong-kind')
      return act.clientId === actor.id ? { allowed: true, by: 'own-act' } : refuse('not-own')
    case 'seal.apply':
      if (actor.kind !== 'api-client') return refuse('wrong-kind')
      return canApply(actor, act.sealId, delegations, now)
    default:
      return actor.kind === 'person'
        ? canAsMember(actor, act, delegations, now)
        : canAsProgram(actor, act)
  }
}

function canAsMember(
  actor: PersonActor,
  act: PersonAct,
  delegations: readonly Delegation[],
  now: number,
): Decision {
  const { action, organisationId, personId } = act
  const isOwn = personId === actor.id
  if (isOwn && NEVER_ABOUT_ONESELF.includes(action)) return refuse('about-oneself')
  if (isOwn && HOLDERS_ACTS.includes(action)) return { allowed: true, by: 'own-act' }
  if (organisationId !== actor.organisationId) return refuse('not-own')
  if (actor.isGuest === true && APPLIANCE_ACTS.includes(action)) return refuse('not-own')
  if (!isOwn && ONLY_ABOUT_ONESELF.includes(action)) return refuse('not-own')
  const refusals = new Set<Refusal>()
  for (const held of actor.functions) {
    const decision = judge(cellOf(action, COLUMN_OF[held]), { actor, act, held, delegations, now })
    if (decision.allowed) return decision
    refusals.add(decision.because)
  }
  return refuse(MOST_TELLING.find((reason) => refusals.has(reason)) ?? 'no-function')
}

interface Case {
  readonly actor: PersonActor
  readonly act: PersonAct
  /** The function whose column is asked. */
  readonly held: MemberFunction
  readonly delegations: readonly Delegation[]
  readonly now: number
}

/** What a cell of the table says of a case. */
function judge(cell: Cell, one: Case): Decision {
  const { actor, act, held } = one
  const by: Decision = { allowed: true, by: held }
  const isOwn = act.personId === actor.id
  switch (cell) {
    case 'yes':
      return by
    case 'no':
    case 'scope':
      return refuse('no-function')
    case 'own':
      return isOwn ? by : refuse('not-own')
    case 'space':
      return isOwn || act.isShared === true ? by : refuse('not-own')
    case 'firm':
      return actor.organisationKind === 'firm' ? by : refuse('no-function')
    case 'second':
      return hasSecond(one) ? by : refuse('second-person')
    case 'second-sign':
      return hasSecond(one) ? canByDelegation('sign', one) : refuse('second-person')
    default:
      return canByDelegation(cell, one)
  }
}

function hasSecond({ actor, act: { secondPersonId } }: Case): boolean {
  return secondPersonId !== undefined && secondPersonId !== actor.id
}

function canByDelegation(wanted: DelegatedKind, { actor, act, delegations, now }: Case): Decision {
  const fitting = delegations.filter(
    ({ kind, granteePersonId, organisationId, sealId }) =>
      kind === wanted &&
      granteePersonId === actor.id &&
      organisationId === actor.organisationId &&
      (wanted !== 'seal' || sealId === act.sealId),
  )
  return decideBy(fitting, now)
}

function canAsProgram({ organisationId, scopes = [] }: ClientActor, act: PersonAct): Decision {
  if (cellOf(act.action, 'api-client') !== 'scope') return refuse('wrong-kind')
  if (organisationId !== act.organisationId) return refuse('not-own')
  return scopes.includes(act.action) ? { allowed: true, by: 'own-act' } : refuse('no-delegation')
}

function canApply(
  actor: ClientActor,
  sealId: string,
  delegations: readonly Delegation[],
  now: number,
): Decision {
  const fitting = delegations.filter(
    ({ kind, granteeClientId, sealId: granted }) =>
      kind === 'seal' && granteeClientId === actor.id && granted === sealId,
  )
  return decideBy(fitting, now)
}

/** By the first that is in force. */
function decideBy(fitting: readonly Delegation[], now: number): Decision {
  const refusals = new Set<Refusal>()
  for (const delegation of fitting) {
    const refusal = refusalOf(delegation, now)
    if (refusal === undefined) return { allowed: true, by: delegation }
    refusals.add(refusal)
  }
  return refuse(MOST_TELLING.find((reason) => refusals.has(reason)) ?? 'no-delegation')
}

function refuse(because: Refusal): Decision {
  return { allowed: false, because }
}

/** Where several reasons fit and none allows, the one that is easiest to mend is told. */
const MOST_TELLING: readonly Refusal[] = [
  'second-person',
  'suspended',
  'not-yet-valid',
  'ended',
  'no-delegation',
  'not-own',
]

function refusalOf({ state, validFrom, validTo }: Delegation, now: number): Refusal | undefined {
  if (state === 'revoked') return 'ended'
  if (state === 'suspended') return 'suspended'
  if (now < validFrom) return 'not-yet-valid'
  if (validTo !== null && now >= validTo) return 'ended'
  return undefined
}
