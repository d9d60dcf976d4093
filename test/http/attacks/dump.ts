import { sql } from 'kysely'
import type { Db } from '../../../src/db/database.ts'

/** What a look changes by rights: when a session was last seen. */
const LOOKS = /^(?:last_seen_at)$/

/** Every row of every table as text, by table. */
export async function dumpTables(db: Db): Promise<Record<string, string[]>> {
  const dump: Record<string, string[]> = {}
  for (const { name } of await db.introspection.getTables()) {
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(name)}`.execute(
      db,
    )
    dump[name] = rows.map(rowText).sort()
  }
  return dump
}

function rowText(row: Record<string, unknown>): string {
  return JSON.stringify(
    Object.entries(row)
      .filter(([column]) => !LOOKS.test(column))
      .map(([column, value]) => [
        column,
        value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
      ]),
  )
}
