/** Who asks. Persons come with sign-in; so far programs act. */
export interface Actor {
  readonly kind: 'api-client'
  readonly id: string
}

/** What an actor may want, and upon what. */
export type Act =
  | { readonly action: 'seal.apply'; readonly sealId: string }
  | { readonly action: 'operation.read' | 'batch.use'; readonly clientId: string }

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

export type Refusal = 'no-delegation' | 'not-yet-valid' | 'ended' | 'suspended' | 'not-own'

/** The decision with what explains it: kept in the evidence, told to the person. */
export type Decision =
  | { readonly allowed: true; readonly by: 'own-act' | Delegation }
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
      return act.clientId === actor.id
        ? { allowed: true, by: 'own-act' }
        : { allowed: false, because: 'not-own' }
    case 'seal.apply':
      return canApply(actor, act.sealId, delegations, now)
  }
}

function canApply(
  actor: Actor,
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
