import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import Sqlite from 'better-sqlite3'
import {
  CompiledQuery,
  type DatabaseConnection,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  type SqliteDialectConfig,
  SqliteDriver,
} from 'kysely'

const BUSY_TIMEOUT_MS = 10_000

/**
 * What is answered must survive a power cut: WAL with `synchronous=FULL` syncs at every commit.
 * A second process (the command line) may write too, so locks are waited for.
 */
export function makeSqliteDialect(path: string): SqliteDialect {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const database = new Sqlite(path, { timeout: BUSY_TIMEOUT_MS })
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.pragma('foreign_keys = ON')
  return new TransactionalDialect({ database: withStatementsKept(database) })
}

/** As many texts of statements as the way of a sealing has, and some more. */
const STATEMENTS_KEPT = 200

/** Kysely prepares a statement for each run; here its text is parsed once. */
function withStatementsKept(database: Sqlite.Database): SqliteDatabase {
  const kept = new Map<string, Sqlite.Statement>()
  return {
    prepare(text) {
      const found = kept.get(text) ?? database.prepare(text)
      if (kept.size >= STATEMENTS_KEPT) kept.clear()
      kept.set(text, found)
      return found
    },
    close: () => database.close(),
  }
}

class TransactionalDialect extends SqliteDialect {
  readonly #config: SqliteDialectConfig

  constructor(config: SqliteDialectConfig) {
    super(config)
    this.#config = config
  }

  override createDriver(): SqliteDriver {
    return new ImmediateDriver(this.#config)
  }

  override createAdapter(): SqliteAdapter {
    return new TransactionalAdapter()
  }
}

/**
 * SQLite creates tables in transactions as it does everything; told so, Kysely's migrator gives each
 * run one. A crash in it leaves nothing, and of two processes one waits for the other.
 */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

/**
 * Every transaction of ours writes, so it takes the lock at its beginning. One that reads first and
 * then writes would be refused at once (SQLITE_BUSY_SNAPSHOT) when another process wrote in
 * between, whatever the time-out.
 */
class ImmediateDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }
}
