import { Kysely, PostgresDialect, type Transaction } from 'kysely'
import pg from 'pg'
import { migrate } from './migrate.ts'
import type { Dialect, Schema } from './schema.ts'
import { makeSqliteDialect } from './sqlite-dialect.ts'

/** A database or a transaction on it: queries take either. */
export type Db = Kysely<Schema>
export type Tx = Transaction<Schema>

const SQLITE = 'sqlite:'
const INT8_OID = 20
const CONNECT_TIMEOUT_MS = 10_000

/**
 * Open the database and bring its schema up to date.
 *
 * @param url - `sqlite:PATH` or `postgres://…`; a Unix socket is `postgres://USER@/NAME?host=DIR`.
 */
export async function openDatabase(url: string): Promise<Db> {
  const dialect: Dialect = url.startsWith(SQLITE) ? 'sqlite' : 'postgres'
  const db = new Kysely<Schema>({
    dialect:
      dialect === 'sqlite' ? makeSqliteDialect(url.slice(SQLITE.length)) : makePostgresDialect(url),
  })
  try {
    await migrate(db, dialect)
    return db
  } catch (error) {
    await db.destroy()
    throw error
  }
}

/** Every number we store fits 53 bits, so `bigint` columns come back as numbers. */
function makePostgresDialect(connectionString: string): PostgresDialect {
  const types = new pg.TypeOverrides()
  types.setTypeParser(INT8_OID, Number)
  const pool = new pg.Pool({
    connectionString,
    max: 10,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    types,
  })
  // A query on a broken connection fails and the pool makes a new one; the event, unheard, would end
  // the process: from the pool for idle connections, from the client for those at work.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return new PostgresDialect({ pool })
}
