import { mkdirSync } from 'node:fs'
import type { Logger } from 'pino'
import { type Authority, makeAuthority } from './authority/service.ts'
import type { Config } from './config.ts'
import { type Db, openDatabase } from './db/database.ts'
import { type GuardAccess, openGuard } from './guard-access.ts'

/** What the server and the commands that use keys stand on. */
export interface Appliance {
  readonly db: Db
  readonly guard: GuardAccess
  readonly authority: Authority
  readonly now: () => number
  /** Database last: whoever still waits for the guard may have something to write. */
  close(): Promise<void>
}

/** Open the database of the configured data folder, and nothing else. */
export async function openStore({ dataDir, databaseUrl }: Config): Promise<Db> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  return openDatabase(databaseUrl)
}

/** Open database and guard. @throws AppError when the guard is not configured. */
export async function openAppliance(config: Config, log: Logger): Promise<Appliance> {
  const db = await openStore(config)
  try {
    return makeAppliance(config, { db, guard: await openGuard(config, log) })
  } catch (error) {
    await db.destroy()
    throw error
  }
}

/** What stands on an open database and a guard. */
export function makeAppliance(
  { publicUrl }: Pick<Config, 'publicUrl'>,
  { db, guard }: Pick<Appliance, 'db' | 'guard'>,
): Appliance {
  const { signDigest } = guard
  const now = Date.now
  const authority = makeAuthority({ db, keys: guard, signDigest, publicUrl, now })
  const close = async () => {
    await guard.close()
    await db.destroy()
  }
  return { db, guard, authority, now, close }
}
