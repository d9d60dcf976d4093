import { randomBytes } from 'node:crypto'
import type { Tx } from '../db/database.ts'
import { appendEntries } from '../journal/store.ts'
import { KeyRing } from './key-ring.ts'
import { DATA_KEY_BYTES, type Vault, type VaultDeps } from './model.ts'
import { type DataKey, dataKeyIdOf, openValue, sealValue } from './sealed-value.ts'
import {
  findCurrentDataKey,
  findCurrentWrappingKey,
  insertDataKey,
  listDataKeys,
  replaceWrapped,
  retireDataKeys,
  retireGenerationsBefore,
  type WrappingKeyRow,
} from './store.ts'
import { beingMade, obtainWrappingKey } from './wrapping-key.ts'

/**
 * What is kept encrypted: values under a data key in memory, the data key in the database under a
 * wrapping key that never leaves the HSM. The first value that is sealed makes both.
 */
export function makeVault(deps: VaultDeps): Vault {
  const { db, keys, now, makeId } = deps
  const ring = new KeyRing(deps)
  let beginning: Promise<void> | undefined

  /** Asked of the database each time: another node may have rotated. */
  async function currentKey(): Promise<DataKey> {
    const row = (await findCurrentDataKey(db)) ?? (await begin())
    return ring.get(row.id, row)
  }

  async function begin() {
    beginning ??= obtainWrappingKey(deps, 1, { actor: 'system', prepare: firstDataKey })
      .then(() => {})
      .finally(() => {
        beginning = undefined
      })
    await beginning
    const row = await findCurrentDataKey(db)
    if (row === undefined) throw beingMade()
    return row
  }

  async function firstDataKey(wrapping: WrappingKeyRow) {
    const insert = await wrapNewDataKey(wrapping)
    return (tx: Tx) => insert(tx, 'system')
  }

  /** @returns What enters it into database and journal. */
  async function wrapNewDataKey({ generation, key_id: keyId }: WrappingKeyRow) {
    const at = now()
    const id = makeId(at)
    const key = randomBytes(DATA_KEY_BYTES)
    const wrapped = Buffer.from(await keys.wrapSecret(keyId, key))
    return async (tx: Tx, actor: string) => {
      const detail = { generation }
      await appendEntries(tx, [{ at, actor, action: 'vault.data-key-made', subject: id, detail }])
      // A key wrapped by one that was retired meanwhile would be lost with it.
      if ((await findCurrentWrappingKey(tx))?.generation !== generation) throw beingMade()
      await retireDataKeys(tx)
      const row = { id, wrapping_generation: generation, wrapped, created_at: at }
      await insertDataKey(tx, { ...row, state: 'active' })
      ring.add({ id, key })
    }
  }

  async function currentWrappingKey(): Promise<WrappingKeyRow> {
    await currentKey()
    const wrapping = await findCurrentWrappingKey(db)
    if (wrapping === undefined) throw beingMade()
    return wrapping
  }

  /** @returns What replaces each data key's wrapped form. */
  async function wrapAllAnew({ generation, key_id: keyId }: WrappingKeyRow) {
    const rows = await listDataKeys(db)
    const anew = await Promise.all(
      rows.map(async (row) => {
        const { key } = await ring.get(row.id, row)
        return { row, wrapped: await keys.wrapSecret(keyId, key) }
      }),
    )
    return async (tx: Tx) => {
      const isComplete = (await listDataKeys(tx)).length === rows.length
      for (const { row, wrapped } of anew) {
        if (!isComplete || !(await replaceWrapped(tx, row, { generation, wrapped }))) {
          throw beingMade()
        }
      }
      await retireGenerationsBefore(tx, generation)
    }
  }

  return {
    async seal(bytes, context) {
      return sealValue(await currentKey(), bytes, context)
    },

    async open(sealed, context) {
      return openValue(await ring.get(dataKeyIdOf(sealed)), sealed, context)
    },

    async prepare() {
      await currentKey()
    },

    async rotate(actor) {
      const insert = await wrapNewDataKey(await currentWrappingKey())
      await db.transaction().execute((tx) => insert(tx, actor))
    },

    async rewrap(actor) {
      const { generation, key_id: before } = await currentWrappingKey()
      await obtainWrappingKey(deps, generation + 1, { actor, prepare: wrapAllAnew })
      return before
    },

    close: () => ring.clear(),
  }
}
