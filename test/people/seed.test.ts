import { expect, test } from 'vitest'
import { seedPeople } from '../../bench/people.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { countMembers } from '../../src/people/lists.ts'
import { findMember, listMemberEvents } from '../../src/people/member.ts'
import { foundOrganisation } from '../../src/people/service.ts'
import { findActor, listCapacities } from '../../src/people/standing.ts'
import { describeEachDatabase } from '../support/databases.ts'

describeEachDatabase('a seeded appliance', (open) => {
  test('has its people in two organisations each, and a journal that verifies', async () => {
    const { db } = await open()
    const council = { kind: 'council', name: 'Conseil', siren: '123456782' } as const
    const { id: firstId } = await foundOrganisation({ db, now: () => 1 }, council)
    const crowd = { persons: 30, organisations: 8, entries: 500 }

    const personId = await seedPeople(db, crowd, { firstId, at: 1_000 })

    const of = { organisationId: firstId, personId }
    expect(await countMembers(db, firstId)).toMatchObject({ active: 30 })
    expect((await findActor(db, { ...of, now: 2_000 }))?.functions).toEqual(['secretary-general'])
    expect(await listCapacities(db, 'person-29', 2_000)).toHaveLength(2)
    expect(await findMember(db, { organisationId: 'firm-1', personId })).toBeUndefined()
    expect(await listMemberEvents(db, of)).toHaveLength(2)
    expect(await verifyJournal(db)).toMatchObject({ intact: true })
  })
})
