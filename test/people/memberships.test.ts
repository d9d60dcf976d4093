import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Db } from '../../src/db/database.ts'
import { makeIdMaker } from '../../src/ids.ts'
import { foundFurtherOrganisation } from '../../src/people/founding.ts'
import {
  acceptInvitation,
  type Invited,
  inviteMember,
  refuseInvitation,
} from '../../src/people/invitations.ts'
import { countMembers, listMembers, listMembersPage } from '../../src/people/lists.ts'
import { findMember, listMemberEvents } from '../../src/people/member.ts'
import { endMembership, resumeMember, suspendMember } from '../../src/people/memberships.ts'
import { enterMember, foundOrganisation } from '../../src/people/service.ts'
import { findActor, listCapacities } from '../../src/people/standing.ts'
import { findMembership, renamePerson } from '../../src/people/store.ts'
import { endFunction, setFunction } from '../../src/people/terms.ts'
import { listEndingTerms, listInvitations } from '../../src/people/waiting.ts'
import type { MemberFunction } from '../../src/rights/matrix.ts'
import { describeEachDatabase } from '../support/databases.ts'

const NOW = Date.UTC(2026, 10, 24, 12)
const DAY_MS = 86_400_000
const COUNCIL = { kind: 'council', name: 'Conseil', siren: '123456782' } as const
const FIRM = {
  kind: 'firm',
  name: 'Cabinet',
  siren: '732829320',
  address: '',
  function: 'accountant',
} as const
const makeId = makeIdMaker()

/** A council with its Secretary General; who has a certificate is told by `certified`. */
async function found(db: Db) {
  const certified = new Set<string>()
  const enrolments: string[] = []
  const mails: { kind: string; to: string }[] = []
  const clock = { now: NOW }
  const deps = {
    ...{ db, makeId, now: () => clock.now },
    enqueueNotice: async (_tx: Db, { kind, to }: { kind: string; to: string }) =>
      mails.push({ kind, to }),
    needsEnrolment: async (_tx: Db, personId: string) =>
      !certified.has(personId) && !enrolments.includes(personId),
    openEnrolment: async (_tx: Db, { personId }: { personId: string }) => enrolments.push(personId),
    hasCertificate: async (_tx: Db, personId: string) => certified.has(personId),
  }
  const { id: council } = await foundOrganisation(deps, COUNCIL)
  const sg = await enter(council, 'Étienne', 'secretary-general')
  return { deps, clock, council, sg, certified, enrolments, mails, enter, invite }

  function enter(organisationId: string, givenName: string, held: MemberFunction) {
    const email = `${givenName.toLowerCase()}@croec.example`
    const named = { givenName, familyName: 'LACROIX', email }
    return enterMember(deps, { organisationId, ...named, function: held, validTo: null })
  }

  function invite(organisationId: string, email: string, more: Partial<Invited> = {}) {
    return inviteMember(deps, {
      ...{ organisationId, email, givenName: 'Zoé', familyName: 'Martin', locale: 'fr', by: sg },
      given: { function: 'president', validFrom: NOW, validTo: null, capacities: [] },
      ...more,
    })
  }
}

async function actions(db: Db): Promise<string[]> {
  const rows = await db.selectFrom('journal_entry').select('action').orderBy('seq').execute()
  return rows.map(({ action }) => action)
}

describeEachDatabase('an invitation', (open) => {
  test('opens an enrolment for who has no certificate, once', async () => {
    const { db } = await open()
    const { council, enrolments, mails, invite } = await found(db)

    const first = await invite(council, 'Zoe@Croec.example')
    const second = await invite(council, ' zoe@croec.EXAMPLE')

    expect(second).toEqual({ personId: first.personId, isRepeated: true })
    expect(first.isRepeated).toBe(false)
    expect(enrolments).toEqual([first.personId])
    expect(mails).toEqual([])
    expect((await actions(db)).filter((action) => action === 'member.invited')).toHaveLength(1)
  })

  test('of who has a certificate is a mail, and accepting it is all there is to do', async () => {
    const { db } = await open()
    const { deps, sg, certified, enrolments, mails, invite } = await found(db)
    const firm = await foundFurtherOrganisation(deps, { ...FIRM, by: sg })
    const { personId } = await invite(firm, 'zoe@croec.example')
    certified.add(personId)
    const other = await foundFurtherOrganisation(deps, { ...FIRM, siren: '443061841', by: sg })
    await invite(other, 'zoe@croec.example')

    expect(enrolments).toEqual([personId])
    expect(mails).toEqual([{ kind: 'member.invited', to: 'zoe@croec.example' }])
    expect(await listInvitations(db, personId)).toHaveLength(2)
    expect(await listCapacities(db, personId, NOW)).toEqual([])

    await acceptInvitation(deps, { personId, organisationId: other })

    expect(await listCapacities(db, personId, NOW)).toMatchObject([
      { organisationId: other, functions: ['president'] },
    ])
  })

  test('cannot be accepted without a certificate, nor by who was not invited', async () => {
    const { db } = await open()
    const { deps, council, sg, invite } = await found(db)
    const { personId } = await invite(council, 'zoe@croec.example')

    await expect(acceptInvitation(deps, { personId, organisationId: council })).rejects.toThrow(
      /enrolment/,
    )
    await expect(
      acceptInvitation(deps, { personId: sg, organisationId: council }),
    ).rejects.toMatchObject({ code: 'not-found' })
    expect(await findMembership(db, { organisationId: council, personId })).toMatchObject({
      state: 'invited',
    })
  })

  test('can be refused, and made again', async () => {
    const { db } = await open()
    const { deps, council, invite } = await found(db)
    const { personId } = await invite(council, 'zoe@croec.example')

    await refuseInvitation(deps, { personId, organisationId: council })
    const again = await invite(council, 'zoe@croec.example', { givenName: 'Zoë' })

    expect(again).toEqual({ personId, isRepeated: false })
    expect(await findMember(db, { organisationId: council, personId })).toMatchObject({
      ...{ state: 'invited', givenName: 'Zoë' },
    })
    await refuseInvitation(deps, { personId, organisationId: council })
    await expect(
      refuseInvitation(deps, { personId, organisationId: council }),
    ).rejects.toMatchObject({ code: 'not-found' })
  })

  test('of a member is refused, and nothing of it stays', async () => {
    const { db } = await open()
    const { council, invite } = await found(db)
    const before = await actions(db)

    await expect(invite(council, 'étienne@croec.example')).rejects.toMatchObject({
      hints: { reason: 'already-member' },
    })

    expect(await actions(db)).toEqual(before)
  })

  test('shows what was typed, and nothing of the person, before it is accepted', async () => {
    const { db } = await open()
    const { deps, council, sg, certified, invite } = await found(db)
    const firm = await foundFurtherOrganisation(deps, { ...FIRM, by: sg })
    const { personId } = await invite(council, 'zoe@croec.example')
    certified.add(personId)
    await acceptInvitation(deps, { personId, organisationId: council })
    await db.updateTable('person').set({ mobile: '+33612345678' }).execute()
    await invite(firm, 'zoe@croec.example', { givenName: 'X', familyName: 'Y' })

    const seen = await findMember(db, { organisationId: firm, personId })
    await acceptInvitation(deps, { personId, organisationId: firm })
    const known = await findMember(db, { organisationId: firm, personId })

    expect(seen).toMatchObject({ givenName: 'X', familyName: 'Y', mobile: null })
    expect(known).toMatchObject({ givenName: 'Zoé', mobile: '+33612345678' })
  })

  test('of the same person twice at once is one', async () => {
    const { db } = await open()
    const { council, invite } = await found(db)

    const both = await Promise.all([1, 2].map(() => invite(council, 'zoe@croec.example')))

    expect(both.map(({ isRepeated }) => isRepeated).sort()).toEqual([false, true])
    expect(await countMembers(db, council)).toMatchObject({ invited: 1 })
  })
})

describeEachDatabase('a membership', (open) => {
  test('suspended lets nothing be done, resumed it does again, ended it never does', async () => {
    const { db } = await open()
    const { deps, council, sg, enter } = await found(db)
    const personId = await enter(council, 'Hélène', 'president')
    const act = { organisationId: council, personId, by: sg }
    const actor = () => findActor(db, { personId, organisationId: council, now: deps.now() })

    expect(await actor()).toMatchObject({ functions: ['president'], organisationKind: 'council' })
    await suspendMember(deps, act)
    expect(await actor()).toBeUndefined()
    await expect(suspendMember(deps, act)).rejects.toMatchObject({ code: 'not-found' })
    await resumeMember(deps, act)
    expect(await actor()).toMatchObject({ functions: ['president'] })
    await endMembership(deps, act)
    expect(await actor()).toBeUndefined()
    await expect(resumeMember(deps, act)).rejects.toMatchObject({ code: 'not-found' })
    expect((await listMemberEvents(db, act)).map(({ action }) => action)).toEqual([
      ...['member.ended', 'member.resumed', 'member.suspended', 'member.entered'],
    ])
  })

  test('of another organisation is absent for every act', async () => {
    const { db } = await open()
    const { deps, council, sg, enter } = await found(db)
    const personId = await enter(council, 'Hélène', 'president')
    const organisationId = await foundFurtherOrganisation(deps, { ...FIRM, by: sg })
    const act = { organisationId, personId, by: sg }
    const given = { function: 'staff', validFrom: NOW, validTo: null, capacities: [] } as const

    for (const attempt of [
      () => suspendMember(deps, act),
      () => endMembership(deps, act),
      () => setFunction(deps, { ...act, given }),
      () => endFunction(deps, { ...act, functionId: 'x', validTo: NOW }),
    ]) {
      await expect(attempt()).rejects.toMatchObject({ code: 'not-found' })
    }
    expect(await findMember(db, act)).toBeUndefined()
    expect(await listMemberEvents(db, act)).toEqual([])
  })

  test('of the last administrator cannot be ended, nor suspended by himself', async () => {
    const { db } = await open()
    const { deps, council, sg, enter } = await found(db)
    const president = await enter(council, 'Hélène', 'president')
    const own = { organisationId: council, personId: sg, by: sg }

    await expect(suspendMember(deps, own)).rejects.toMatchObject({ code: 'not-authorised' })
    await expect(endMembership(deps, own)).rejects.toMatchObject({ code: 'not-authorised' })
    await expect(endMembership(deps, { ...own, by: president })).rejects.toMatchObject({
      hints: { reason: 'last-administrator' },
    })
    expect(await countMembers(db, council)).toMatchObject({ active: 2 })

    await suspendMember(deps, { ...own, by: president })
    expect(await countMembers(db, council)).toMatchObject({ suspended: 1 })
  })

  test('of two administrators who end one another at once, one stays', async () => {
    const { db } = await open()
    const { deps, council, sg, enter } = await found(db)
    const other = await enter(council, 'Hélène', 'secretary-general')

    const ended = await Promise.allSettled([
      endMembership(deps, { organisationId: council, personId: sg, by: other }),
      endMembership(deps, { organisationId: council, personId: other, by: sg }),
    ])

    expect(ended.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(await countMembers(db, council)).toMatchObject({ active: 1, ended: 1 })
  })
})

describeEachDatabase('a function', (open) => {
  test('ends at the midnight of its term without anybody doing anything', async () => {
    const { db } = await open()
    const { deps, council, sg, enter } = await found(db)
    const personId = await enter(council, 'Nadia', 'permanent')
    const validTo = Date.UTC(2026, 10, 30, 23)
    const given = { function: 'treasurer', validFrom: NOW, validTo, capacities: [] } as const
    await setFunction(deps, { organisationId: council, personId, by: sg, given })
    const at = async (now: number) =>
      (await findActor(db, { personId, organisationId: council, now }))?.functions.toSorted()

    expect(await at(NOW - 1)).toBeUndefined()
    expect(await at(NOW)).toEqual(['permanent', 'treasurer'])
    expect(await at(validTo - 1)).toEqual(['permanent', 'treasurer'])
    expect(await at(validTo)).toEqual(['permanent'])
  })

  test('given again has its new term and its new capacities', async () => {
    const { db } = await open()
    const { deps, council, sg, enter } = await found(db)
    const personId = await enter(council, 'Hélène', 'president')
    const act = { organisationId: council, personId, by: sg }
    const capacities = [{ text: 'Présidente du conseil régional', type: 'social' }] as const
    const given = { function: 'president', validFrom: NOW, validTo: NOW + DAY_MS } as const

    await setFunction(deps, { ...act, given: { ...given, capacities: [] } })
    await setFunction(deps, { ...act, given: { ...given, capacities } })

    expect((await findMember(db, act))?.functions).toMatchObject([{ ...given, capacities }])
  })

  test.each([
    ['ends before it begins', { validFrom: NOW + 2, validTo: NOW + 1 }, 'term-over'],
    ['is over already', { validFrom: NOW - 2, validTo: NOW }, 'term-over'],
    [
      'goes with the administration of members',
      { function: 'security-officer' } as const,
      'not-together',
    ],
  ])('that %s is refused', async (_what, wrong, reason) => {
    const { db } = await open()
    const { deps, council, sg } = await found(db)
    const given = { function: 'elected', validFrom: NOW, validTo: null, capacities: [] } as const
    const act = { organisationId: council, personId: sg, by: sg }

    await expect(
      setFunction(deps, { ...act, given: { ...given, ...wrong } }),
    ).rejects.toMatchObject({ hints: { reason } })
  })

  test('of the last administrator cannot end', async () => {
    const { db } = await open()
    const { deps, council, sg } = await found(db)
    const act = { organisationId: council, personId: sg, by: sg }
    const [held] = (await findMember(db, act))?.functions ?? []
    const functionId = held?.id ?? ''

    await expect(endFunction(deps, { ...act, functionId, validTo: NOW })).rejects.toMatchObject({
      hints: { reason: 'last-administrator' },
    })
    await endFunction(deps, { ...act, functionId, validTo: NOW + DAY_MS })
    expect(await listEndingTerms(db, await actorOf(db, act), NOW)).toMatchObject([
      { personId: sg, function: 'secretary-general', validTo: NOW + DAY_MS },
    ])
  })

  test('that ends in 60 days is told to who can renew it, and to nobody else', async () => {
    const { db } = await open()
    const { deps, council, sg, enter } = await found(db)
    const personId = await enter(council, 'Hélène', 'president')
    const act = { organisationId: council, personId, by: sg }
    const term = async (days: number) => {
      const validTo = NOW + days * DAY_MS
      const given = { function: 'president', validFrom: NOW, validTo, capacities: [] } as const
      await setFunction(deps, { ...act, given })
      return listEndingTerms(db, await actorOf(db, { ...act, personId: sg }), NOW)
    }

    expect(await term(60)).toMatchObject([{ name: 'Hélène LACROIX', function: 'president' }])
    expect(await term(61)).toEqual([])
    await term(60)
    expect(await listEndingTerms(db, await actorOf(db, act), NOW)).toEqual([])
  })
})

async function actorOf(db: Db, who: { organisationId: string; personId: string }) {
  const actor = await findActor(db, { ...who, now: NOW })
  if (actor === undefined) throw new Error('no such actor')
  return actor
}

describeEachDatabase('a further organisation', (open) => {
  test('has its founder as its first administrator', async () => {
    const { db } = await open()
    const { deps, clock, council, sg } = await found(db)
    clock.now += 1

    const firm = await foundFurtherOrganisation(deps, { ...FIRM, by: sg })

    const who = { personId: sg, now: NOW + 1 }
    expect(await findActor(db, { ...who, organisationId: firm })).toMatchObject({ isGuest: true })
    expect(await findActor(db, { ...who, organisationId: council })).toMatchObject({
      isGuest: false,
    })
    expect(await listCapacities(db, sg, NOW + 1)).toMatchObject([
      { organisationId: firm, kind: 'firm', functions: ['accountant'] },
      { kind: 'council', functions: ['secretary-general'] },
    ])
  })

  test.each([
    ['of a SIREN that is there', { siren: COUNCIL.siren }, 'siren-taken'],
    ['that its founder could not administer', { kind: 'agc' } as const, 'no-administrator'],
  ])('%s is refused', async (_what, wrong, reason) => {
    const { db } = await open()
    const { deps, sg } = await found(db)

    await expect(
      foundFurtherOrganisation(deps, { ...FIRM, ...wrong, by: sg }),
    ).rejects.toMatchObject({ hints: { reason } })
    expect(await listCapacities(db, sg, NOW)).toHaveLength(1)
  })
})

describeEachDatabase('the list of members', (open) => {
  test.each([
    ['', ['Helene', 'Étienne']],
    ['HÉLÈNE', ['Helene']],
    ['lacroix etien', ['Étienne']],
    ['%', []],
    ['helene@croec', ['Helene']],
  ])('searched for «%s» finds %j', async (search, names) => {
    const { db } = await open()
    const { council, enter } = await found(db)
    await enter(council, 'Helene', 'president')
    const filter = { organisationId: council, search, now: NOW }

    const { lines, total } = await listMembersPage(db, filter, { offset: 0, limit: 10 })

    expect(lines.map(({ givenName }) => givenName).sort()).toEqual([...names].sort())
    expect(total).toBe(names.length)
  })

  test('by function and state, a page at a time, those who left only when asked for', async () => {
    const { db } = await open()
    const { deps, council, sg, enter } = await found(db)
    const left = await enter(council, 'Anne', 'permanent')
    await enter(council, 'Bruno', 'permanent')
    await enter(council, 'Claire', 'permanent')
    await endMembership(deps, { organisationId: council, personId: left, by: sg })
    const list = async (filter: object, offset = 0) => {
      const all = { organisationId: council, now: NOW, ...filter }
      const { lines } = await listMembersPage(db, all, { offset, limit: 2 })
      return lines.map(({ givenName }) => givenName)
    }

    expect(await list({ function: 'permanent' })).toEqual(['Bruno', 'Claire'])
    expect(await list({ state: 'ended' })).toEqual(['Anne'])
    expect(await list({})).toEqual(['Bruno', 'Claire'])
    expect(await list({}, 2)).toEqual(['Étienne'])
    expect(await list({ function: 'auditor' })).toEqual([])
  })

  test('has the names that a person was given later', async () => {
    const { db } = await open()
    const { council, sg } = await found(db)

    await renamePerson(db, sg, { givenName: 'Étienne-Marie', familyName: 'AUBERT' })

    const filter = { organisationId: council, search: 'aubert', now: NOW }
    const { lines } = await listMembersPage(db, filter, { offset: 0, limit: 10 })
    expect(lines).toMatchObject([{ givenName: 'Étienne-Marie', familyName: 'AUBERT' }])
  })

  test('never has anything of another organisation', async () => {
    const { db } = await open()
    const { deps, council, sg, enter } = await found(db)
    const firm = await foundFurtherOrganisation(deps, { ...FIRM, by: sg })
    const people = new Map([
      [council, new Set([sg])],
      [firm, new Set([sg])],
    ])
    for (const [index, name] of ['Anne', 'Bruno', 'Claire', 'Denis'].entries()) {
      const home = index % 2 === 0 ? council : firm
      people.get(home)?.add(await enter(home, name, 'permanent'))
    }

    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(council, firm),
        fc.option(fc.constantFrom('a', 'e', 'croec', '%', '_', "' or 1=1 --"), { nil: '' }),
        fc.option(fc.constantFrom('invited', 'active', 'suspended', 'ended'), { nil: undefined }),
        fc.nat(3),
        async (organisationId, search, state, offset) => {
          const filter = { organisationId, search, now: NOW, ...(state && { state }) }
          const { lines } = await listMembersPage(db, filter, { offset, limit: 3 })
          const seen = [
            ...lines.map(({ personId }) => personId),
            ...(await listMembers(db, organisationId, NOW)).map(({ id }) => id),
          ]
          expect(seen.filter((id) => people.get(organisationId)?.has(id) !== true)).toEqual([])
        },
      ),
      { numRuns: 30 },
    )
  })
})
