import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Tx } from '../db/database.ts'
import { AppError } from '../errors.ts'
import { appendEntries } from '../journal/store.ts'
import { type VaultDeps, WRAPPING_KEY_LABEL } from './model.ts'
import {
  activateGeneration,
  claimGeneration,
  findWrappingKey,
  releaseGeneration,
  type WrappingKeyRow,
} from './store.ts'

/** Longer than a guard is asked for a key: who takes over meets nobody who still makes one. */
const CLAIM_MS = 60_000
const LOOK_EVERY_MS = 100
const KEY_ID_BYTES = 16

/**
 * The wrapping key of a generation. Of several nodes that want it one makes it, the others wait for
 * it; its id is written down before it is made, so a crash leaves no second one in the HSM.
 *
 * @param finish - What has to become true together with it; only its maker is asked.
 * @throws AppError `hsm-unavailable`.
 */
export async function obtainWrappingKey(
  deps: Omit<VaultDeps, 'makeId'>,
  generation: number,
  maker: {
    readonly actor: string
    readonly prepare: (key: WrappingKeyRow) => Promise<(tx: Tx) => Promise<void>>
  },
): Promise<WrappingKeyRow> {
  const { db, now } = deps
  const claim = randomBytes(KEY_ID_BYTES).toString('hex')
  for (const giveUpAt = now() + CLAIM_MS; ; await sleep(LOOK_EVERY_MS)) {
    const at = now()
    const keyId = randomBytes(KEY_ID_BYTES).toString('hex')
    await claimGeneration(db, { generation, keyId, claim, now: at, until: at + CLAIM_MS })
    const row = await findWrappingKey(db, generation)
    if (row?.state === 'active') return row
    if (row?.state === 'making' && row.claim === claim) return make(deps, row, maker)
    if (row?.state === 'retired' || at > giveUpAt) throw beingMade()
  }
}

async function make(
  { db, keys, now }: Omit<VaultDeps, 'makeId'>,
  row: WrappingKeyRow,
  { actor, prepare }: Parameters<typeof obtainWrappingKey>[2],
): Promise<WrappingKeyRow> {
  const { generation, key_id: keyId } = row
  try {
    const { birth } = await keys.generateWrappingKey({ keyId, label: WRAPPING_KEY_LABEL })
    const finish = await prepare(row)
    await db.transaction().execute(async (tx) => {
      const detail = { purpose: 'vault', generation, birth: JSON.stringify(birth) }
      await appendEntries(tx, [
        { at: now(), actor, action: 'key.generated', subject: keyId, detail },
      ])
      if (!(await activateGeneration(tx, row))) throw beingMade()
      await finish(tx)
    })
    return row
  } catch (error) {
    await releaseGeneration(db, row)
    throw error
  }
}

export function beingMade(): AppError {
  const message = 'The keys of the vault are being made by another node. Try again in a moment.'
  return new AppError('hsm-unavailable', message, { hints: { retryAfterSeconds: 5 } })
}
