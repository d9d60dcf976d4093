import { describe, expect, test } from 'vitest'
import {
  findIncompatible,
  fold,
  isInForce,
  isOver,
  MEMBERSHIP_CHANGES,
  MEMBERSHIP_STATES,
  normaliseEmail,
  sortName,
  statesBefore,
} from '../../src/people/model.ts'

describe('a change of membership', () => {
  test.each([
    ['accept', ['invited'], 'active'],
    ['suspend', ['active'], 'suspended'],
    ['resume', ['suspended'], 'active'],
    ['end', ['invited', 'active', 'suspended'], 'ended'],
    ['invite-again', ['ended'], 'invited'],
  ] as const)('%s is made of %j and leads to %s', (change, before, after) => {
    expect(statesBefore(change)).toEqual(before)
    for (const state of MEMBERSHIP_STATES) {
      const isAllowed = before.some((one) => one === state)
      expect(MEMBERSHIP_CHANGES[change][state]).toBe(isAllowed ? after : undefined)
    }
  })
})

describe('a term', () => {
  test.each([
    ['before its first moment', 9, 20, false, false],
    ['at its first moment', 10, 20, true, false],
    ['just before its end', 19, 20, true, false],
    ['at its end', 20, 20, false, true],
    ['without end', 1e15, null, true, false],
  ])('%s', (_when, now, validTo, inForce, over) => {
    const term = { validFrom: 10, validTo }

    expect(isInForce(term, now)).toBe(inForce)
    expect(isOver(term, now)).toBe(over)
  })
})

const SG = ['secretary-general'] as const

describe('the security officer beside the Secretary General', () => {
  const held = { function: 'secretary-general', validFrom: 10, validTo: 20 } as const

  test.each([
    ['during the other term', 12, 15, 'secretary-general'],
    ['around it', 1, null, 'secretary-general'],
    ['until it begins', 1, 10, undefined],
    ['from its end on', 20, null, undefined],
    ['up to its first moment', 1, 11, 'secretary-general'],
    ['from its last moment on', 19, 30, 'secretary-general'],
  ])('%s', (_when, validFrom, validTo, other) => {
    const wanted = { function: 'security-officer', validFrom, validTo } as const

    expect(findIncompatible(wanted, [held], SG)).toBe(other)
    expect(findIncompatible({ ...wanted, function: 'auditor' }, [held], SG)).toBeUndefined()
    const swapped = { ...held, function: 'security-officer' } as const
    const general = { ...wanted, function: 'secretary-general' } as const
    expect(findIncompatible(general, [swapped], SG)).toBe(other && 'security-officer')
  })
})

test('names are sorted and found without case, accents and doubled spaces', () => {
  expect(fold('  Éléonore   ÇA-Ñ ')).toBe('eleonore ca-n')
  expect(sortName({ givenName: 'Zoé', familyName: 'ÉDEN', email: 'Z@a.fr' })).toBe(
    'eden zoe z@a.fr',
  )
})

test('an address is the same in any case', () => {
  expect(normaliseEmail(' Zoe@Croec.EXAMPLE ')).toBe('zoe@croec.example')
})
