import { expect, test } from 'vitest'
import { createClient } from '../../src/clients/service.ts'
import { createSeal, delegateSeal } from '../../src/sealing/administration.ts'
import { findSealOf, listSealsOf } from '../../src/sealing/overview.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { makeSealingBench } from '../support/sealing-bench.ts'

describeEachDatabase('the seals that a person reads', (open) => {
  test('come with certificate, key, and who may apply them', async () => {
    const { organisation, db, now } = await benchWithSeal()
    const { client } = await createClient({ db, now }, 'Extranet')
    const grant = { organisationId: organisation.id, sealId: 'paie', clientId: client.id }
    await delegateSeal({ db, now }, { ...grant, validTo: null })

    const listed = await listSealsOf(db, organisation.id)
    const sheet = await findSealOf(db, organisation.id, 'paie')

    expect(listed.find(({ id }) => id === 'paie')).toMatchObject({
      name: 'Cachet de la paie',
      state: 'active',
      certificateState: 'active',
    })
    expect(sheet).toMatchObject({
      name: 'Cachet de la paie',
      subject: expect.stringContaining('CN=Cachet de la paie'),
      key: { state: 'active' },
      appliers: [{ name: 'Extranet', kind: 'program', state: 'active', validTo: null }],
    })
  })

  test('are those of one organisation: for another they do not exist', async () => {
    const { db } = await benchWithSeal()

    expect(await listSealsOf(db, 'another')).toEqual([])
    expect(await findSealOf(db, 'another', 'paie')).toBeUndefined()
  })

  async function benchWithSeal() {
    const bench = await makeSealingBench((await open()).db)
    const { administration, organisation } = bench
    const wanted = { id: 'paie', name: 'Cachet de la paie', organisation }
    await createSeal(administration, { ...wanted, keyAlgorithm: 'p-256' })
    return { ...bench, now: administration.now }
  }
})
