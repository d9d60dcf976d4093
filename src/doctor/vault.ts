import { openStore } from '../appliance.ts'
import type { Config } from '../config.ts'
import { type GuardAccess, openGuard } from '../guard-access.ts'
import { makeLog } from '../log.ts'
import { findWrappingKey, listDataKeys } from '../vault/store.ts'
import { type Finding, fail, ok, reasonOf } from './finding.ts'

const CHECK = 'vault'
const NOT_ASKED = 'Mend what stands above, then ask again.'
const MEND =
  'Bring the key «Sceau vault» back into the HSM from its own backup, with the same id: without it no secret and no identity document can be read.'

/**
 * Whether the HSM opens every data key of this database: after a restore they may be of two times.
 * Asked only where the HSM is well, so that no PIN is tried twice.
 */
export async function examineVault(config: Config): Promise<Finding> {
  try {
    const db = await openStore(config)
    try {
      const rows = await listDataKeys(db)
      if (rows.length === 0) return ok(CHECK, 'no secret is kept yet')
      const guard = await openGuard(config, makeLog('silent'))
      try {
        for (const { wrapped, wrapping_generation } of rows) {
          const wrapping = await findWrappingKey(db, wrapping_generation)
          const problem = await problemOf(guard, wrapping?.key_id ?? '', wrapped)
          if (problem !== undefined) return problem
        }
        return ok(CHECK, `the HSM opens every data key (${rows.length})`)
      } finally {
        await guard.close()
      }
    } finally {
      await db.destroy()
    }
  } catch (error) {
    return fail(CHECK, reasonOf(error), NOT_ASKED)
  }
}

async function problemOf(
  guard: GuardAccess,
  keyId: string,
  wrapped: Uint8Array,
): Promise<Finding | undefined> {
  try {
    const key = await guard.unwrapSecret(keyId, wrapped)
    key.fill(0)
    return undefined
  } catch (error) {
    return fail(
      CHECK,
      `the wrapping key ${keyId} does not open its data key: ${reasonOf(error)}`,
      MEND,
    )
  }
}
