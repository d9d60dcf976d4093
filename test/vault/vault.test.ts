import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeIdMaker } from '../../src/ids.ts'
import { listEntries } from '../../src/journal/store.ts'
import type { SecretKeeper } from '../../src/vault/model.ts'
import { dataKeyIdOf } from '../../src/vault/sealed-value.ts'
import { makeVault } from '../../src/vault/vault.ts'
import { describeEachDatabase, openAgain, type TestDatabase } from '../support/databases.ts'
import { startTestGuard, type TestGuard } from '../support/guard.ts'
import { makeSoftHsm, type SoftHsm } from '../support/softhsm.ts'

const SECRET = Buffer.from('JBSWY3DPEHPK3PXP')
const CONTEXT = 'totp:ada'
let hsm: SoftHsm
let guard: TestGuard

beforeAll(async () => {
  hsm = await makeSoftHsm()
  guard = await startTestGuard(hsm)
})

afterAll(async () => {
  await guard.stop()
  await hsm.remove()
})

/** The guard, and how often it was asked for what. */
function countingKeys() {
  const { client } = guard
  const asked = { made: 0, wrapped: 0, unwrapped: 0 }
  const keys: SecretKeeper = {
    generateWrappingKey: (request) => {
      asked.made++
      return client.generateWrappingKey(request)
    },
    wrapSecret: (...args) => {
      asked.wrapped++
      return client.wrapSecret(...args)
    },
    unwrapSecret: (...args) => {
      asked.unwrapped++
      return client.unwrapSecret(...args)
    },
  }
  return { keys, asked }
}

/** On PostgreSQL with a connection of its own, as another process has it; SQLite serves one process. */
async function node(database: TestDatabase, keys: SecretKeeper = guard.client) {
  const db = database.url.startsWith('sqlite:') ? database.db : await openAgain(database)
  return makeVault({ db, keys, now: Date.now, makeId: makeIdMaker() })
}

async function actions({ db }: TestDatabase): Promise<string[]> {
  return (await listEntries(db, 0, 100)).map(({ action }) => action)
}

describeEachDatabase('a vault', (open) => {
  test('opens what it sealed, also after a new start, and nothing lies there in the clear', async () => {
    const database = await open()
    const sealed = await (await node(database)).seal(SECRET, CONTEXT)
    const again = await node(database)
    expect(await again.open(sealed, CONTEXT)).toEqual(Uint8Array.from(SECRET))
    await expect(again.open(sealed, 'totp:grace')).rejects.toMatchObject({ code: 'internal' })
    expect(Buffer.from(sealed).includes(SECRET)).toBe(false)
  })

  test('makes its keys at the first need, once, and says so in the journal', async () => {
    const database = await open()
    const { keys, asked } = countingKeys()
    const vault = await node(database, keys)
    expect(await actions(database)).toEqual([])
    await Promise.all([1, 2, 3].map(() => vault.seal(SECRET, CONTEXT)))
    await vault.prepare()
    expect(asked).toEqual({ made: 1, wrapped: 1, unwrapped: 0 })
    expect(await actions(database)).toEqual(['key.generated', 'vault.data-key-made'])
  })

  test('unwraps a key once, and anew after it was closed', async () => {
    const database = await open()
    const sealed = await (await node(database)).seal(SECRET, CONTEXT)
    const { keys, asked } = countingKeys()
    const vault = await node(database, keys)
    await Promise.all([1, 2, 3].map(() => vault.open(sealed, CONTEXT)))
    expect(asked).toEqual({ made: 0, wrapped: 0, unwrapped: 1 })
    vault.close()
    expect(await vault.open(sealed, CONTEXT)).toEqual(Uint8Array.from(SECRET))
    expect(asked.unwrapped).toBe(2)
  })

  test('of two nodes that start at once has one key', async () => {
    const database = await open()
    const nodes = await Promise.all([1, 2, 3].map(() => node(database)))
    const sealed = await Promise.all(nodes.map((vault) => vault.seal(SECRET, CONTEXT)))
    expect(new Set(sealed.map(dataKeyIdOf)).size).toBe(1)
    expect(await actions(database)).toEqual(['key.generated', 'vault.data-key-made'])
    for (const vault of nodes) {
      for (const value of sealed) await vault.open(value, CONTEXT)
    }
  })

  test('whose first start was cut short goes on with the same key in the HSM', async () => {
    const database = await open()
    const ids: string[] = []
    const keys: SecretKeeper = {
      ...guard.client,
      generateWrappingKey: (request) => {
        ids.push(request.keyId)
        return guard.client.generateWrappingKey(request)
      },
    }
    const cut: SecretKeeper = {
      ...keys,
      wrapSecret: () => Promise.reject(new Error('the process ended here')),
    }
    await expect((await node(database, cut)).prepare()).rejects.toThrow('ended here')
    await sleep(5)
    await (await node(database, keys)).prepare()
    expect(ids).toHaveLength(2)
    expect(new Set(ids).size).toBe(1)
    expect(await actions(database)).toEqual(['key.generated', 'vault.data-key-made'])
  })

  test('seals with a new data key after a rotation, on every node, and opens the old', async () => {
    const database = await open()
    const [vault, other] = [await node(database), await node(database)]
    const old = await vault.seal(SECRET, CONTEXT)
    await other.seal(SECRET, CONTEXT)
    await vault.rotate('operator')
    const [fresh, elsewhere] = [
      await vault.seal(SECRET, CONTEXT),
      await other.seal(SECRET, CONTEXT),
    ]
    expect(dataKeyIdOf(fresh)).not.toBe(dataKeyIdOf(old))
    expect(dataKeyIdOf(elsewhere)).toBe(dataKeyIdOf(fresh))
    const third = await node(database)
    for (const value of [old, fresh, elsewhere]) {
      expect(await third.open(value, CONTEXT)).toEqual(Uint8Array.from(SECRET))
    }
    expect((await actions(database)).at(-1)).toBe('vault.data-key-made')
  })

  test('needs the old wrapping key no more once all was wrapped by a new one', async () => {
    const database = await open()
    const vault = await node(database)
    const old = await vault.seal(SECRET, CONTEXT)
    await vault.rotate('operator')
    const before = await vault.rewrap('operator')
    expect((await guard.client.destroyKey(before)).tokens).toMatchObject([
      { objects: ['secret-key'] },
    ])
    const again = await node(database)
    expect(await again.open(old, CONTEXT)).toEqual(Uint8Array.from(SECRET))
    await again.rotate('operator')
    expect(await vault.open(await again.seal(SECRET, CONTEXT), CONTEXT)).toBeDefined()
  })

  test('that another database sealed opens nothing', async () => {
    const [one, other] = [await open(), await open()]
    const sealed = await (await node(one)).seal(SECRET, CONTEXT)
    await expect((await node(other)).open(sealed, CONTEXT)).rejects.toMatchObject({
      code: 'internal',
    })
  })

  test('without its HSM says when to come back, and recovers', async () => {
    const database = await open()
    const sealed = await (await node(database)).seal(SECRET, CONTEXT)
    let isAway = true
    const keys: SecretKeeper = {
      ...guard.client,
      unwrapSecret: (...args) =>
        isAway ? Promise.reject(new Error('away')) : guard.client.unwrapSecret(...args),
    }
    const vault = await node(database, keys)
    await expect(vault.open(sealed, CONTEXT)).rejects.toThrow('away')
    isAway = false
    expect(await vault.open(sealed, CONTEXT)).toEqual(Uint8Array.from(SECRET))
  })
})

test('a guard that is killed meanwhile loses no secret', async () => {
  const { client } = guard
  const keyId = '5'.repeat(32)
  await client.generateWrappingKey({ keyId, label: 'Sceau vault' })
  const work = Array.from({ length: 40 }, async (_, i) => {
    const secret = Uint8Array.of(i, 1, 2)
    const opened = await client.unwrapSecret(keyId, await client.wrapSecret(keyId, secret))
    expect(opened).toEqual(secret)
  })
  process.kill(guard.pid(), 'SIGKILL')
  await Promise.all(work)
})
