import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { createClient } from '../../src/clients/service.ts'
import {
  changeSeal,
  createSeal,
  delegateSeal,
  type SealChange,
} from '../../src/sealing/administration.ts'
import { findSeal, insertDelegation, listSealIds } from '../../src/sealing/store.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { makeSealingBench, type SealingBench, START } from '../support/sealing-bench.ts'

const LOGO = new URL('../../scripts/demo/logo.png', import.meta.url)
const PNG = { type: 'png', bytes: readFileSync(LOGO) } as const

async function lastAction({ db }: SealingBench): Promise<string | undefined> {
  const row = await db
    .selectFrom('journal_entry')
    .select(['action', 'subject'])
    .orderBy('seq', 'desc')
    .executeTakeFirst()
  return row && `${row.action} ${row.subject}`
}

describeEachDatabase('a seal', (open) => {
  test('is not made with a logo that cannot be drawn: no key is left behind', async () => {
    const { administration, organisation, token } = await makeSealingBench((await open()).db)
    const before = token.labels.length
    const logo = { type: 'png', bytes: Buffer.from('no image') } as const
    const wanted = { id: 'x', name: 'X', organisation, keyAlgorithm: 'p-256', logo } as const

    await expect(createSeal(administration, wanted)).rejects.toMatchObject({
      code: 'invalid-request',
    })
    expect(token.labels).toHaveLength(before)
  })

  test('is made of a key, a certificate and what it shows, and read back whole', async () => {
    const bench = await makeSealingBench((await open()).db)
    const { administration, organisation, token, db } = bench

    await createSeal(administration, {
      id: 'paie',
      name: 'Cachet de la paie',
      organisation,
      keyAlgorithm: 'rsa-2048',
      algorithm: 'rsa-pss-sha256',
      logo: PNG,
    })

    const seal = await findSeal(db, 'paie')
    expect(seal).toMatchObject({
      id: 'paie',
      name: 'Cachet de la paie',
      organisation: 'Conseil d’essai',
      state: 'active',
      algorithm: 'rsa-pss-sha256',
      certificate: { state: 'active', subject: expect.stringContaining('CN=Cachet de la paie') },
      delegations: [],
    })
    expect(Buffer.from(seal?.tools.kit.logo?.bytes ?? [])).toEqual(PNG.bytes)
    expect(seal?.tools.publicKey.asymmetricKeyType).toBe('rsa')
    expect(token.labels.at(-1)).toBe('Sceau seal paie')
    expect(await lastAction(bench)).toBe('seal.created paie')
    expect(await listSealIds(db)).toEqual(['conseil', 'paie'])
    expect(await findSeal(db, 'nothing')).toBeUndefined()
  })

  test('is delegated by numbers that count on, told to it alone', async () => {
    const bench = await makeSealingBench((await open()).db)
    const { client } = await createClient(bench.administration, 'Paie')
    const granted = { organisationId: bench.organisation.id, sealId: 'conseil', validTo: null }

    const number = await delegateSeal(bench.administration, { ...granted, clientId: client.id })

    expect(number).toBe('D-2026-002')
    const seal = await findSeal(bench.db, 'conseil')
    expect(seal?.delegations).toMatchObject([
      { number: 'D-2026-001', granteeClientId: bench.client.id, sealId: 'conseil' },
      { number: 'D-2026-002', granteeClientId: client.id, validFrom: START, validTo: null },
    ])
    await expect(
      delegateSeal(bench.administration, { ...granted, sealId: 'x', clientId: client.id }),
    ).rejects.toMatchObject({ code: 'seal-not-found' })
  })

  test('keeps of a delegation its newest version only, and none that moved to another seal', async () => {
    const bench = await makeSealingBench((await open()).db)
    const { db, organisation, administration } = bench
    await createSeal(administration, {
      id: 'paie',
      name: 'Paie',
      organisation,
      keyAlgorithm: 'p-256',
    })
    const row = await db.selectFrom('delegation').selectAll().executeTakeFirstOrThrow()

    await insertDelegation(db, { ...row, id: 'v2', version: 2, state: 'suspended' })
    expect((await findSeal(db, 'conseil'))?.delegations).toMatchObject([
      { number: 'D-2026-001', version: 2, state: 'suspended' },
    ])

    await insertDelegation(db, { ...row, id: 'v3', version: 3, seal_id: 'paie' })
    expect((await findSeal(db, 'conseil'))?.delegations).toEqual([])
    expect((await findSeal(db, 'paie'))?.delegations).toMatchObject([{ version: 3 }])
  })
})

describe('a seal is refused', () => {
  test.each(['', 'Conseil', 'a b', '-a', 'a-', 'é', 'a'.repeat(65), '../x', 'a/b'])(
    'by the id «%s», before a key is made',
    async (id) => {
      const { administration, organisation, token } = await makeSealingBench()
      const before = token.labels.length
      const wanted = { id, name: 'x', organisation, keyAlgorithm: 'p-256' } as const

      await expect(createSeal(administration, wanted)).rejects.toMatchObject({
        code: 'invalid-request',
      })
      expect(token.labels).toHaveLength(before)
    },
  )

  test.each(['a', '0', 'cachet-du-conseil', 'a'.repeat(64)])('not by the id «%s»', async (id) => {
    const { administration, organisation, db } = await makeSealingBench()

    await createSeal(administration, { id, name: 'x', organisation, keyAlgorithm: 'p-256' })

    expect(await findSeal(db, id)).toBeDefined()
  })

  test('when its id is taken, or its key cannot sign by the algorithm', async () => {
    const { administration, organisation, token } = await makeSealingBench()
    const before = token.labels.length
    const taken = { id: 'conseil', name: 'x', organisation, keyAlgorithm: 'p-256' } as const
    const unfit = { ...taken, id: 'x', algorithm: 'rsa-pss-sha256' } as const

    for (const wanted of [taken, unfit]) {
      await expect(createSeal(administration, wanted)).rejects.toMatchObject({
        code: 'invalid-request',
      })
    }
    expect(token.labels).toHaveLength(before)
  })
})

describe('the states of a seal', () => {
  const PATHS: Record<string, SealChange[]> = {
    active: [],
    suspended: ['suspend'],
    retired: ['retire'],
  }
  const OUTCOMES: { from: string; change: SealChange; to: string }[] = [
    { from: 'active', change: 'suspend', to: 'suspended' },
    { from: 'active', change: 'resume', to: 'refused' },
    { from: 'active', change: 'retire', to: 'retired' },
    { from: 'suspended', change: 'suspend', to: 'refused' },
    { from: 'suspended', change: 'resume', to: 'active' },
    { from: 'suspended', change: 'retire', to: 'retired' },
    { from: 'retired', change: 'suspend', to: 'refused' },
    { from: 'retired', change: 'resume', to: 'refused' },
    { from: 'retired', change: 'retire', to: 'refused' },
  ]

  test.each(OUTCOMES)('$from, $change: $to', async ({ from, change, to }) => {
    const bench = await makeSealingBench()
    for (const step of PATHS[from] ?? []) await changeSeal(bench.administration, 'conseil', step)
    const before = await lastAction(bench)

    const outcome = await changeSeal(bench.administration, 'conseil', change).catch((e) => e)

    const { state } = (await findSeal(bench.db, 'conseil')) ?? {}
    if (to === 'refused') {
      expect(outcome).toMatchObject({ code: 'invalid-request' })
      expect(state).toBe(from)
      expect(await lastAction(bench)).toBe(before)
    } else {
      expect(outcome).toBeUndefined()
      expect(state).toBe(to)
      expect(await lastAction(bench)).toMatch(/^seal\.(suspended|resumed|retired) conseil$/)
    }
  })

  test('are those of seals that exist', async () => {
    const { administration } = await makeSealingBench()

    await expect(changeSeal(administration, 'nothing', 'suspend')).rejects.toThrow(
      /no seal nothing/,
    )
  })
})
