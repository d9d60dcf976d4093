import { expect, test } from 'vitest'
import { listMembers } from '../../src/people/lists.ts'
import { enterMember, foundOrganisation, getOrganisation } from '../../src/people/service.ts'
import { findFirstOrganisation } from '../../src/people/store.ts'
import { describeEachDatabase } from '../support/databases.ts'

const COUNCIL = { kind: 'council', name: 'Conseil d’essai', siren: '123456782' } as const
const PRESIDENT = {
  givenName: 'Zoé',
  familyName: 'D’ARTAGNAN',
  email: 'zoe@conseil.example',
  function: 'president',
  validTo: null,
} as const

describeEachDatabase('the organisation of an appliance', (open) => {
  test('is the first that was founded', async () => {
    const { db } = await open()
    let now = 1_000
    const deps = { db, now: () => now++ }

    const council = await foundOrganisation(deps, COUNCIL)
    await foundOrganisation(deps, { ...COUNCIL, kind: 'firm', name: 'Autre' })

    expect(await getOrganisation(db)).toEqual({ id: council.id, ...COUNCIL })
  })

  test('is asked for before `sceau init` in words that say what to do', async () => {
    const { db } = await open()

    expect(await findFirstOrganisation(db)).toBeUndefined()
    await expect(getOrganisation(db)).rejects.toThrow(/sceau init/)
  })

  test('has members, whom the journal names by id alone', async () => {
    const { db } = await open()
    let now = 1_000
    const deps = { db, now: () => now++ }
    const { id: organisationId } = await foundOrganisation(deps, COUNCIL)

    const personId = await enterMember(deps, { organisationId, ...PRESIDENT })

    const { validTo: _, function: held, ...president } = PRESIDENT
    expect(await listMembers(db, organisationId, now)).toEqual([
      { id: personId, ...president, functions: [held] },
    ])
    expect(await listMembers(db, 'other', now)).toEqual([])
    const entries = await db.selectFrom('journal_entry').selectAll().orderBy('seq').execute()
    expect(entries[1]).toMatchObject({ action: 'member.entered', subject: personId })
    expect(JSON.stringify(entries)).not.toMatch(/ARTAGNAN|Zoé|zoe@/)
  })

  test('refuses a second person of the same address, and journals nothing of it', async () => {
    const { db } = await open()
    const deps = { db, now: () => 1 }
    const { id: organisationId } = await foundOrganisation(deps, COUNCIL)
    await enterMember(deps, { organisationId, ...PRESIDENT })

    const twin = enterMember(deps, { organisationId, ...PRESIDENT, givenName: 'Autre' })

    await expect(twin).rejects.toThrow(/unique/i)
    expect(await db.selectFrom('journal_entry').select('seq').execute()).toHaveLength(2)
  })
})
