import {
  MATRIX,
  type MatrixAction,
  type MemberFunction,
  NEVER_ABOUT_ONESELF,
  OWN_ACTS,
} from './matrix.ts'

/** A program. */
export interface ClientActor {
  readonly kind: 'api-client'
  readonly id: string
}

/** A person in the organisation for which he acts now, with what he is there at this moment. */
export interface PersonActor {
  readonly kind: 'person'
  readonly id: string
  readonly organisationId: string
  readonly functions: readonly MemberFunction[]
}

/** Who asks. */
export type Actor = ClientActor | PersonActor

/** What a program may want, and upon what. */
export type ClientAct =
  | { readonly action: 'seal.apply'; readonly sealId: string }
  | { readonly action: 'operation.read' | 'batch.use'; readonly clientId: string }

/** What a person may want in an organisation. */
export interface PersonAct {
  readonly action: MatrixAction
  /** Whose affair it is. */
  readonly organisationId: string
  /** Whom it is about, where it is about somebody. */
  readonly personId?: string
}

export type Act = ClientAct | PersonAct

/** A delegation as the decision needs it (docs/SECURITY.md). */
export interface Delegation {
  readonly id: string
  readonly number: string
  readonly version: number
  readonly kind: 'sign' | 'prepare' | 'seal' | 'launch'
  readonly granteeClientId: string | null
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
      if (actor.kind !== 'api-client') return { allowed: false, because: 'wrong-kind' }
      return act.clientId === actor.id
        ? { allowed: true, by: 'own-act' }
        : { allowed: false, because: 'not-own' }
    case 'seal.apply':
      if (actor.kind !== 'api-client') return { allowed: false, because: 'wrong-kind' }
      return canApply(actor, act.sealId, delegations, now)
    default:
      return actor.kind === 'person'
        ? canAsMember(actor, act)
        : { allowed: false, because: 'wrong-kind' }
  }
}

function canAsMember(actor: PersonActor, act: PersonAct): Decision {
  const { action, organisationId, personId } = act
  const isOwn = personId === actor.id
  if (isOwn && NEVER_ABOUT_ONESELF.includes(action)) {
    return { allowed: false, because: 'about-oneself' }
  }
  if (isOwn && OWN_ACTS.includes(action)) return { allowed: true, by: 'own-act' }
  if (organisationId !== actor.organisationId) return { allowed: false, because: 'not-own' }
  const entitled: readonly MemberFunction[] = MATRIX[action]
  const by = actor.functions.find((held) => entitled.includes(held))
  return by === undefined ? { allowed: false, because: 'no-function' } : { allowed: true, by }
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
  const refusals = new Set<Refusal>()
  for (const delegation of fitting) {
    const refusal = refusalOf(delegation, now)
    if (refusal === undefined) return { allowed: true, by: delegation }
    refusals.add(refusal)
  }
  const because = MOST_TELLING.find((reason) => refusals.has(reason)) ?? 'no-delegation'
  return { allowed: false, because }
}

/** Where several delegations fit and none allows, the refusal that is easiest to mend is told. */
const MOST_TELLING: readonly Refusal[] = ['suspended', 'not-yet-valid', 'ended']

function refusalOf({ state, validFrom, validTo }: Delegation, now: number): Refusal | undefined {
  if (state === 'revoked') return 'ended'
  if (state === 'suspended') return 'suspended'
  if (now < validFrom) return 'not-yet-valid'
  if (validTo !== null && now >= validTo) return 'ended'
  return undefined
}
