import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { digestApiKey, makeApiKey } from '../../src/clients/model.ts'
import {
  changeWeight,
  createClient,
  createKeylessClient,
  makeAuthenticate,
  revoke,
} from '../../src/clients/service.ts'
import { listClients } from '../../src/clients/store.ts'
import type { Db } from '../../src/db/database.ts'
import { describeEachDatabase, openAgain } from '../support/databases.ts'

const START = Date.UTC(2026, 10, 24, 12)

async function makeBench(db: Db) {
  const clock = { now: START }
  const deps = { db, now: () => clock.now }
  const { client, apiKey } = await createClient(deps, 'GED du conseil')
  return { clock, deps, client, apiKey, authenticate: makeAuthenticate(deps) }
}

describeEachDatabase('an API client', (open) => {
  test('is found by its key, and by no other', async () => {
    const { db } = await open()
    const { authenticate, apiKey, client } = await makeBench(db)

    expect(await authenticate(apiKey)).toEqual(client)
    for (const other of [makeApiKey(), '', 'sceau_', `${apiKey}x`, apiKey.slice(0, -1), 'x']) {
      expect(await authenticate(other)).toBeUndefined()
    }
  })

  test('leaves nothing of its key in the database but a digest', async () => {
    const { db } = await open()
    const { apiKey, client } = await makeBench(db)

    const stored = [
      ...(await db.selectFrom('api_client').selectAll().execute()),
      ...(await db.selectFrom('journal_entry').selectAll().execute()),
    ]

    expect(JSON.stringify(stored)).not.toContain(apiKey.slice('sceau_'.length))
    expect(stored[0]).toMatchObject({
      id: client.id,
      key_sha256: createHash('sha256').update(apiKey).digest('hex'),
    })
    expect(stored[1]).toMatchObject({ action: 'client.created', subject: client.id })
  })

  test('that another process revokes is refused within 250 ms, and for ever', async () => {
    const database = await open()
    const { authenticate, apiKey, client, clock } = await makeBench(database.db)
    expect(await authenticate(apiKey)).toBeDefined()

    await revoke({ db: await openAgain(database), now: () => clock.now }, client.id)

    clock.now += 250
    expect(await authenticate(apiKey)).toBeUndefined()
    clock.now += 3_600_000
    expect(await authenticate(apiKey)).toBeUndefined()
  })

  test('does not live on when the clock is set back', async () => {
    const { db } = await open()
    const { authenticate, apiKey, client, clock, deps } = await makeBench(db)
    expect(await authenticate(apiKey)).toBeDefined()
    await revoke(deps, client.id)

    clock.now -= 3_600_000

    expect(await authenticate(apiKey)).toBeUndefined()
  })

  test('is revoked once, in the journal too', async () => {
    const { db } = await open()
    const { client, deps } = await makeBench(db)

    await revoke(deps, client.id)

    await expect(revoke(deps, client.id)).rejects.toMatchObject({ code: 'not-found' })
    await expect(revoke(deps, 'nobody')).rejects.toMatchObject({ code: 'not-found' })
    const entries = await db.selectFrom('journal_entry').select('action').orderBy('seq').execute()
    expect(entries).toEqual([{ action: 'client.created' }, { action: 'client.revoked' }])
    expect(await listClients(db)).toMatchObject([{ id: client.id, revokedAt: START }])
  })

  test('shows when it was last used, to the minute', async () => {
    const { db } = await open()
    const { authenticate, apiKey, clock } = await makeBench(db)
    const lastUsed = async () => (await listClients(db))[0]?.lastUsedAt
    expect(await lastUsed()).toBeNull()

    await authenticate(apiKey)
    expect(await lastUsed()).toBe(START)
    clock.now += 59_000
    await authenticate(apiKey)
    expect(await lastUsed()).toBe(START)
    clock.now += 1_000
    await authenticate(apiKey)

    expect(await lastUsed()).toBe(START + 60_000)
  })

  test('stands in a list in the order of creation', async () => {
    const { db } = await open()
    const { deps, clock } = await makeBench(db)
    clock.now += 1
    await createClient(deps, 'Paie')

    expect((await listClients(db)).map(({ name }) => name)).toEqual(['GED du conseil', 'Paie'])
  })

  test('weighs 1 until it is told otherwise, and the journal says who was given more', async () => {
    const { db } = await open()
    const { deps, client } = await makeBench(db)
    const { client: heavy } = await createClient(deps, 'Factures', { weight: 20 })

    await changeWeight(deps, client.id, 1000)

    const weights = (await listClients(db)).map(({ id, weight }) => ({ id, weight }))
    expect(weights).toContainEqual({ id: client.id, weight: 1000 })
    expect(weights).toContainEqual({ id: heavy.id, weight: 20 })
    const entries = await db
      .selectFrom('journal_entry')
      .select(['action', 'subject', 'detail_json'])
      .orderBy('seq')
      .execute()
    expect(entries.slice(1)).toEqual([
      {
        action: 'client.created',
        subject: heavy.id,
        detail_json: '{"name":"Factures","weight":20}',
      },
      { action: 'client.weighted', subject: client.id, detail_json: '{"weight":1000}' },
    ])
  })

  test.each([0, 1001, 1.5, Number.NaN, -3])('cannot weigh %d', async (weight) => {
    const { db } = await open()
    const { deps, client } = await makeBench(db)

    const code = { code: 'invalid-request' }
    await expect(changeWeight(deps, client.id, weight)).rejects.toMatchObject(code)
    await expect(createClient(deps, 'GED', { weight })).rejects.toMatchObject(code)
    expect(await listClients(db)).toMatchObject([{ weight: 1 }])
  })

  test('that is revoked or unknown has no weight to change', async () => {
    const { db } = await open()
    const { deps, client } = await makeBench(db)
    await revoke(deps, client.id)

    for (const id of [client.id, 'nobody']) {
      await expect(changeWeight(deps, id, 2)).rejects.toMatchObject({ code: 'not-found' })
    }
  })

  test('without a key is nobody’s by any key', async () => {
    const { db } = await open()
    const { deps, authenticate } = await makeBench(db)

    const { id } = await createKeylessClient(deps, 'Dossier')

    const { key_sha256 } = await db
      .selectFrom('api_client')
      .select('key_sha256')
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    expect(key_sha256).not.toMatch(/^[0-9a-f]+$/)
    for (const key of [key_sha256, `sceau_${key_sha256}`]) {
      expect(await authenticate(key)).toBeUndefined()
    }
  })
})

test('keys are of 256 bits, no two alike, and known by their form', () => {
  const keys = Array.from({ length: 100 }, makeApiKey)

  expect(new Set(keys).size).toBe(100)
  for (const key of keys) {
    expect(Buffer.from(key.slice('sceau_'.length), 'base64url')).toHaveLength(32)
    expect(digestApiKey(key)).toMatch(/^[0-9a-f]{64}$/)
  }
  expect(digestApiKey('sceau_too-short')).toBeUndefined()
})
