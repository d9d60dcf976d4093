import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Act, type Actor, can, type Delegation } from '../../src/rights/can.ts'

const NOW = 1_000_000
const ACTOR: Actor = { kind: 'api-client', id: 'ged' }
const APPLY: Act = { action: 'seal.apply', sealId: 'conseil' }
const FITTING: Delegation = {
  id: 'd1',
  number: 'D-2026-001',
  version: 1,
  kind: 'seal',
  granteeClientId: 'ged',
  sealId: 'conseil',
  validFrom: NOW - 10,
  validTo: NOW + 10,
  state: 'active',
}

describe('applying a seal', () => {
  test.each<{ when: string; delegation: Partial<Delegation>; outcome: string }>([
    { when: 'it is active and fits', delegation: {}, outcome: 'allowed' },
    { when: 'it has no end', delegation: { validTo: null }, outcome: 'allowed' },
    { when: 'it begins at this very moment', delegation: { validFrom: NOW }, outcome: 'allowed' },
    { when: 'it ends at this very moment', delegation: { validTo: NOW }, outcome: 'ended' },
    { when: 'it begins in a moment', delegation: { validFrom: NOW + 1 }, outcome: 'not-yet-valid' },
    { when: 'it has ended', delegation: { validTo: NOW - 1 }, outcome: 'ended' },
    { when: 'it is suspended', delegation: { state: 'suspended' }, outcome: 'suspended' },
    {
      when: 'it is suspended and has ended',
      delegation: { state: 'suspended', validTo: NOW - 1 },
      outcome: 'suspended',
    },
    { when: 'it is revoked', delegation: { state: 'revoked' }, outcome: 'ended' },
    {
      when: 'it is another client’s',
      delegation: { granteeClientId: 'x' },
      outcome: 'no-delegation',
    },
    { when: 'it is a person’s', delegation: { granteeClientId: null }, outcome: 'no-delegation' },
    { when: 'it is for another seal', delegation: { sealId: 'firm' }, outcome: 'no-delegation' },
    { when: 'it is for no seal', delegation: { sealId: null }, outcome: 'no-delegation' },
    { when: 'it lets prepare', delegation: { kind: 'prepare' }, outcome: 'no-delegation' },
    { when: 'it lets sign', delegation: { kind: 'sign' }, outcome: 'no-delegation' },
    { when: 'it lets launch', delegation: { kind: 'launch' }, outcome: 'no-delegation' },
  ])('is $outcome when $when', ({ delegation, outcome }) => {
    const decision = can(ACTOR, APPLY, [{ ...FITTING, ...delegation }], NOW)

    expect(decision.allowed ? 'allowed' : decision.because).toBe(outcome)
  })

  test('is refused without any delegation', () => {
    expect(can(ACTOR, APPLY, [], NOW)).toEqual({ allowed: false, because: 'no-delegation' })
  })

  test('is allowed by the one that is in force, and says by which', () => {
    const ended = { ...FITTING, id: 'd0', validTo: NOW - 1 }
    const suspended = { ...FITTING, id: 'd2', state: 'suspended' } as const

    expect(can(ACTOR, APPLY, [ended, suspended, FITTING], NOW)).toEqual({
      allowed: true,
      by: FITTING,
    })
  })

  test('tells the refusal that is easiest to mend', () => {
    const ended = { ...FITTING, validTo: NOW - 1 }
    const later = { ...FITTING, validFrom: NOW + 1 }
    const suspended = { ...FITTING, state: 'suspended' } as const
    const because = (...delegations: Delegation[]) => can(ACTOR, APPLY, delegations, NOW)

    expect(because(ended, later)).toMatchObject({ because: 'not-yet-valid' })
    expect(because(ended, later, suspended)).toMatchObject({ because: 'suspended' })
  })

  test('is never allowed but by a fitting delegation in force', () => {
    fc.assert(
      fc.property(fc.array(anyDelegation), fc.nat(30), (delegations, offset) => {
        const now = NOW - 15 + offset

        const decision = can(ACTOR, APPLY, delegations, now)

        const inForce = delegations.filter(
          (d) =>
            d.kind === 'seal' &&
            d.granteeClientId === 'ged' &&
            d.sealId === 'conseil' &&
            d.state === 'active' &&
            d.validFrom <= now &&
            (d.validTo === null || now < d.validTo),
        )
        expect(decision.allowed).toBe(inForce.length > 0)
        if (decision.allowed) expect(inForce).toContain(decision.by)
      }),
    )
  })
})

describe('reading an operation', () => {
  test('is for the client that asked for it alone, whatever is delegated', () => {
    const own: Act = { action: 'operation.read', clientId: 'ged' }
    const other: Act = { action: 'operation.read', clientId: 'x' }

    expect(can(ACTOR, own, [], NOW)).toEqual({ allowed: true, by: 'own-act' })
    expect(can(ACTOR, other, [FITTING], NOW)).toEqual({ allowed: false, because: 'not-own' })
  })
})

const near = fc.integer({ min: NOW - 15, max: NOW + 15 })
const anyDelegation: fc.Arbitrary<Delegation> = fc.record({
  id: fc.uuid(),
  number: fc.constantFrom('D-2026-001', 'D-2026-002'),
  version: fc.nat(3),
  kind: fc.constantFrom('sign', 'prepare', 'seal', 'seal', 'launch'),
  granteeClientId: fc.constantFrom('ged', 'ged', 'x', null),
  sealId: fc.constantFrom('conseil', 'conseil', 'firm', null),
  validFrom: near,
  validTo: fc.option(near),
  state: fc.constantFrom('active', 'active', 'suspended', 'revoked'),
})
