import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { describeRights } from '../../scripts/rights/table.ts'
import { can, type Delegation, type PersonAct, type PersonActor } from '../../src/rights/can.ts'
import {
  APPLIANCE_ACTS,
  COLUMN_OF,
  type Column,
  functionsThatMay,
  isMemberFunction,
  MATRIX,
  type MatrixAction,
  MEMBER_FUNCTIONS,
  type MemberFunction,
  type OrganisationKind,
} from '../../src/rights/matrix.ts'
import { DOMAIN_ROWS, UNNAMED } from './domain-table.ts'

const NOW = 1_000_000
const ACTIONS = Object.keys(MATRIX).filter(isAction)

function isAction(text: string): text is MatrixAction {
  return text in MATRIX
}

/** Everything that any condition of the table looks at. */
interface Situation {
  readonly organisation: 'same' | 'other'
  readonly about: 'self' | 'somebody' | 'nobody'
  readonly kind: OrganisationKind | undefined
  readonly delegated: Delegation['kind'] | undefined
  readonly second: 'none' | 'oneself' | 'another'
  readonly isShared: boolean
}

const SITUATIONS: readonly Situation[] = cross({
  organisation: ['same', 'other'],
  about: ['self', 'somebody', 'nobody'],
  kind: ['council', 'firm', 'agc', undefined],
  delegated: ['sign', 'prepare', 'seal', 'launch', 'verify', undefined],
  second: ['none', 'oneself', 'another'],
  isShared: [false, true],
})

function cross(sides: { [Key in keyof Situation]: readonly Situation[Key][] }): Situation[] {
  const found: Situation[] = []
  for (const organisation of sides.organisation)
    for (const about of sides.about)
      for (const kind of sides.kind)
        for (const delegated of sides.delegated)
          for (const second of sides.second)
            for (const isShared of sides.isShared)
              found.push({ organisation, about, kind, delegated, second, isShared })
  return found
}

function actorIn(functions: readonly MemberFunction[], kind?: OrganisationKind): PersonActor {
  return {
    ...{ kind: 'person', id: 'ada', organisationId: 'o1', functions },
    ...(kind !== undefined && { organisationKind: kind }),
  }
}

function actIn(action: MatrixAction, situation: Situation): PersonAct {
  const { organisation, about, second, isShared } = situation
  return {
    ...{ action, organisationId: organisation === 'same' ? 'o1' : 'o2', isShared, sealId: 's1' },
    ...(about !== 'nobody' && { personId: about === 'self' ? 'ada' : 'bob' }),
    ...(second !== 'none' && { secondPersonId: second === 'oneself' ? 'ada' : 'eve' }),
  }
}

function delegationOf(kind: Delegation['kind']): Delegation {
  return {
    ...{ id: 'd1', number: 'D-1', version: 1, kind, organisationId: 'o1', state: 'active' },
    ...{ granteeClientId: null, granteePersonId: 'ada', sealId: 's1' },
    ...{ validFrom: NOW - 1, validTo: NOW + 1 },
  }
}

/** What the domain says, read from its signs alone. */
function expected(action: string, signs: readonly string[], at: Situation): boolean {
  const isOwn = at.about === 'self'
  if (action === 'identity.verify' && isOwn) return false
  if (action === 'certificate.revoke' && isOwn) return true
  if (at.organisation === 'other') return false
  if (action === 'slot.sign-own' && !isOwn) return false
  if (signs.includes('firm') && at.kind !== 'firm') return false
  if (signs.includes('2nd') && at.second !== 'another') return false
  if (signs.includes('●')) return true
  if (signs.includes('○')) return isOwn || (signs.includes('space') && at.isShared)
  return signs.includes('◇') && at.delegated !== undefined && signs.includes(at.delegated)
}

describe('the table of rights', () => {
  test.each(DOMAIN_ROWS)('says of $action what the domain says', ({ action, cells }) => {
    if (!isAction(action)) throw new Error(`${action} is no act`)
    const wrong: unknown[] = []
    for (const held of MEMBER_FUNCTIONS) {
      for (const situation of SITUATIONS) {
        const { kind, delegated } = situation
        const delegations = delegated === undefined ? [] : [delegationOf(delegated)]
        const is = can(actorIn([held], kind), actIn(action, situation), delegations, NOW).allowed
        const ought = expected(action, cells.get(COLUMN_OF[held]) ?? [], situation)
        if (is !== ought) wrong.push({ held, situation, is })
      }
    }
    expect(wrong).toEqual([])
  })

  test('has a row for every row of the domain, and names the others', () => {
    const named = [...DOMAIN_ROWS.map(({ action }) => action), ...UNNAMED]

    expect(named.sort()).toEqual(ACTIONS.toSorted())
  })

  test.each(DOMAIN_ROWS)('lets programs do $action by a scope or not at all', (row) => {
    const { action, cells } = row
    if (!isAction(action)) throw new Error(`${action} is no act`)
    const client = { kind: 'api-client', id: 'ged', organisationId: 'o1' } as const
    const act = { action, organisationId: 'o1' }
    const isScoped = cells.get('api-client')?.includes('scope') === true
    const scoped = { ...client, scopes: [action] }

    expect(can(scoped, act, [], NOW).allowed).toBe(isScoped)
    expect(can(client, act, [], NOW)).toMatchObject({
      because: isScoped ? 'no-delegation' : 'wrong-kind',
    })
    expect(can({ ...scoped, organisationId: 'o2' }, act, [], NOW).allowed).toBe(false)
  })

  test.each(ACTIONS)(
    'lets nobody without a function do %s, but a holder with his own',
    (action) => {
      const own = action.startsWith('certificate.') && action !== 'certificate.list'

      for (const about of ['self', 'somebody', 'nobody'] as const) {
        const situation = { ...TELLING, about, isShared: true }
        const decision = can(actorIn([]), actIn(action, situation), [], NOW)

        expect(decision.allowed).toBe(own && about === 'self')
      }
    },
  )

  test.each<[MatrixAction, readonly MemberFunction[]]>([
    ['member.list', ['president', 'secretary-general', 'auditor', 'security-officer']],
    ['organisation.found', ['president', 'secretary-general', 'accountant']],
    ['enrolment.list', ['president', 'secretary-general', 'security-officer']],
    ['enrolment.manage', ['secretary-general']],
    ['seal.list', ['president', 'secretary-general', 'auditor', 'security-officer']],
    ['certificate.list', ['president', 'secretary-general', 'auditor', 'security-officer']],
    ['certificate.suspend', ['secretary-general', 'security-officer']],
    ['certificate.renew', []],
    ['hsm.read', ['secretary-general', 'security-officer']],
    ['authority.manage', ['security-officer']],
    ['settings.read', ['secretary-general', 'security-officer']],
    ['notice.list', ['secretary-general']],
  ])('%s in a council is for %j', (action, functions) => {
    expect(functionsThatMay(action, 'council')).toEqual(functions)
    for (const held of MEMBER_FUNCTIONS) {
      const act = { action, organisationId: 'o1', personId: 'bob' }
      const is = can(actorIn([held], 'council'), act, [], NOW).allowed
      expect(is).toBe(functions.includes(held))
    }
  })

  test('lets accountants administer a firm, and nothing else than a firm', () => {
    expect(functionsThatMay('member.invite', 'firm')).toEqual(['secretary-general', 'accountant'])
    expect(functionsThatMay('member.invite', 'agc')).toEqual(['secretary-general'])
  })
})

test.each(ACTIONS)(
  '%s of an organisation that is a guest is refused if it is of the appliance',
  (action) => {
    const isRefused = APPLIANCE_ACTS.includes(action)
    for (const held of MEMBER_FUNCTIONS) {
      const act = actIn(action, { ...TELLING, second: 'another' })
      const own = actorIn([held], 'firm')
      const before = can(own, act, [], NOW)
      const after = can({ ...own, isGuest: true }, act, [], NOW)

      expect(after).toEqual(isRefused ? { allowed: false, because: 'not-own' } : before)
    }
  },
)

const TELLING: Situation = {
  ...{ organisation: 'same', about: 'somebody', kind: 'council', delegated: undefined },
  ...{ second: 'none', isShared: false },
}

describe('a refusal', () => {
  test.each<[string, MatrixAction, readonly MemberFunction[], Partial<Situation>, string]>([
    ['of another organisation', 'member.list', ['president'], { organisation: 'other' }, 'not-own'],
    ['about oneself', 'identity.verify', ['secretary-general'], { about: 'self' }, 'about-oneself'],
    ['by no function', 'member.invite', ['staff'], {}, 'no-function'],
    ['outside a firm', 'member.invite', ['accountant'], {}, 'no-function'],
    ['of what is another’s', 'slot.visa', ['elected'], {}, 'not-own'],
    ['of a slot that is another’s', 'slot.sign-own', ['president'], {}, 'not-own'],
    ['of what is not shared', 'collection.read', ['president'], {}, 'not-own'],
    ['without a delegation', 'seal.use', ['permanent'], {}, 'no-delegation'],
    ['without a second person', 'hsm.manage', ['security-officer'], {}, 'second-person'],
    [
      'with oneself as the second person',
      'hsm.manage',
      ['security-officer'],
      { second: 'oneself' },
      'second-person',
    ],
    ['by several functions', 'seal.use', ['external', 'permanent'], {}, 'no-delegation'],
  ])('%s names its reason', (_what, action, functions, more, because) => {
    const situation = { ...TELLING, ...more }
    const decision = can(actorIn(functions, 'council'), actIn(action, situation), [], NOW)

    expect(decision).toEqual({ allowed: false, because })
  })

  test.each<[string, Partial<Delegation>, string]>([
    ['is suspended', { state: 'suspended' }, 'suspended'],
    ['is revoked', { state: 'revoked' }, 'ended'],
    ['ends now', { validTo: NOW }, 'ended'],
    ['begins later', { validFrom: NOW + 1 }, 'not-yet-valid'],
    ['is somebody else’s', { granteePersonId: 'bob' }, 'no-delegation'],
    ['is another organisation’s', { organisationId: 'o2' }, 'no-delegation'],
    ['is for another seal', { sealId: 's2' }, 'no-delegation'],
  ])('because the delegation %s says so', (_what, wrong, because) => {
    const act = actIn('seal.use', TELLING)
    const actor = actorIn(['permanent'], 'council')
    const fitting = delegationOf('seal')

    expect(can(actor, act, [{ ...fitting, ...wrong }], NOW)).toEqual({ allowed: false, because })
    expect(can(actor, act, [fitting], NOW)).toEqual({ allowed: true, by: fitting })
  })
})

test('an act that is allowed is by the function that allows it', () => {
  const actor = actorIn(['elected', 'secretary-general'], 'council')

  expect(can(actor, { action: 'member.list', organisationId: 'o1' }, [], NOW)).toEqual({
    ...{ allowed: true, by: 'secretary-general' },
  })
})

test('what is no function is none', () => {
  expect(MEMBER_FUNCTIONS.every(isMemberFunction)).toBe(true)
  expect(isMemberFunction('king')).toBe(false)
})

test('docs/RIGHTS.md is made of the table as it now is', () => {
  expect(readFileSync('docs/RIGHTS.md', 'utf8')).toBe(describeRights())
})

type Columns = ReadonlyMap<Column, readonly string[]>
test('the domain has eight columns', () => {
  const sizes = DOMAIN_ROWS.map(({ cells }: { cells: Columns }) => cells.size)

  expect(new Set(sizes)).toEqual(new Set([8]))
})
