import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import { Kysely, PostgresDialect, SqliteDialect, type Transaction } from 'kysely'
import pg from 'pg'
import { migrate } from './migrate.ts'
import type { Schema } from './schema.ts'

/** A database or a transaction on it: queries take either. */
export type Db = Kysely<Schema>
export type Tx = Transaction<Schema>

export type Dialect = 'sqlite' | 'postgres'

const INT8_OID = 20

/**
 * Open the database and bring its schema up to date.
 *
 * @param url - `sqlite:PATH` or `postgres://…`.
 */
export async function openDatabase(url: string): Promise<Db> {
  const dialect: Dialect = url.startsWith('sqlite:') ? 'sqlite' : 'postgres'
  const db = new Kysely<Schema>({
    dialect:
      dialect === 'sqlite' ? sqliteDialect(url.slice('sqlite:'.length)) : postgresDialect(url),
  })
  await migrate(db, dialect)
  return db
}

/**
 * What is answered must survive a power cut: WAL with `synchronous=FULL` syncs at every commit.
 * A second process (the command line) may write too, so locks are waited for.
 */
function sqliteDialect(path: string): SqliteDialect {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true })
  const database = new Sqlite(path)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.pragma('foreign_keys = ON')
  database.pragma('busy_timeout = 10000')
  return new SqliteDialect({ database })
}

/** Every number we store fits 53 bits, so `bigint` columns come back as numbers. */
function postgresDialect(connectionString: string): PostgresDialect {
  const types = new pg.TypeOverrides()
  types.setTypeParser(INT8_OID, Number)
  return new PostgresDialect({ pool: new pg.Pool({ connectionString, max: 10, types }) })
}
