import { statfs } from 'node:fs/promises'
import { sql } from 'kysely'
import type { Logger } from 'pino'
import type { Db } from './db/database.ts'
import type { GuardAccess } from './guard-access.ts'
import type { Check, CheckReadiness } from './http/readiness.ts'

const DISK_BYTES_MIN = 512 * 1024 * 1024
const CHECK_MS = 3_000

interface Parts {
  readonly guard: Pick<GuardAccess, 'status'>
  readonly db: Db
  /** Folders that are written to, on one disk or several. */
  readonly dirs: readonly string[]
  readonly log: Logger
}

/** Ask each thing the server needs how it is; one that does not answer in time is down. */
export function makeCheckReadiness({ guard, db, dirs, log }: Parts): CheckReadiness {
  return async () => {
    const [hsm, database, disk] = await Promise.all([
      checked(log, () => checkHsm(guard)),
      checked(log, () => checkDatabase(db)),
      checked(log, () => checkDisks(dirs)),
    ])
    const checks = { hsm, database, disk }
    return { ready: Object.values(checks).every(({ state }) => state !== 'down'), checks }
  }
}

async function checked(log: Logger, check: () => Promise<Check>): Promise<Check> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Check>((resolve) => {
    timer = setTimeout(() => resolve({ state: 'down', detail: 'no answer' }), CHECK_MS)
  })
  try {
    return await Promise.race([check(), late])
  } catch (error) {
    log.error({ err: error }, 'a readiness check failed')
    return { state: 'down', detail: 'it fails; the log says why' }
  } finally {
    clearTimeout(timer)
  }
}

async function checkHsm(guard: Parts['guard']): Promise<Check> {
  const { state, tokens } = await guard.status()
  const away = tokens.filter((token) => token.state !== 'open')
  const detail = away.map((token) => `${token.selector}: ${token.state}`).join(', ')
  if (state !== 'open') return { state: 'down', detail: detail || state }
  return away.length === 0 ? { state: 'ok' } : { state: 'degraded', detail }
}

async function checkDatabase(db: Db): Promise<Check> {
  await sql`select 1`.execute(db)
  return { state: 'ok' }
}

async function checkDisks(dirs: readonly string[]): Promise<Check> {
  const rooms = dirs.map(async (dir) => {
    const { bavail, bsize } = await statfs(dir)
    return bavail * bsize
  })
  const free = Math.min(...(await Promise.all(rooms)))
  const detail = `${Math.floor(free / 1024 / 1024)} MiB free`
  return { state: free < DISK_BYTES_MIN ? 'degraded' : 'ok', detail }
}
