import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, inject, onTestFinished } from 'vitest'
import { type Db, openDatabase } from '../../src/db/database.ts'
import type { Dialect } from '../../src/db/schema.ts'
import { runOnPostgres } from './postgres.ts'

export interface TestDatabase {
  readonly db: Db
  readonly url: string
}

/** Run the same tests on SQLite and on PostgreSQL; each call of `open` in a test makes a database. */
export function describeEachDatabase(
  name: string,
  define: (open: () => Promise<TestDatabase>, dialect: Dialect) => void,
): void {
  describe.each(['sqlite', 'postgres'] as const)(`${name} (%s)`, (dialect) => {
    define(() => openTestDatabase(dialect), dialect)
  })
}

/** A database with all its tables and nothing in them, gone when the test is over. */
export async function openTestDatabase(dialect: Dialect): Promise<TestDatabase> {
  const url = await makeDatabaseUrl(dialect)
  const db = await openDatabase(url)
  onTestFinished(() => db.destroy())
  return { db, url }
}

/** One database for all tests of a `describe`, which must leave it as they found it. */
export function shareDatabase(dialect: Dialect, fill: (db: Db) => Promise<unknown>): () => Db {
  let db: Db | undefined
  let remove = async () => {}
  beforeAll(async () => {
    const place = await makePlace(dialect)
    remove = place.remove
    db = await openDatabase(place.url)
    await fill(db)
  })
  afterAll(async () => {
    await db?.destroy()
    await remove()
  })
  return () => {
    if (db === undefined) throw new Error('the database is opened before the tests')
    return db
  }
}

/** The same database by another connection, as another process has it. */
export async function openAgain({ url }: TestDatabase): Promise<Db> {
  const db = await openDatabase(url)
  onTestFinished(() => db.destroy())
  return db
}

/** The URL of a database that nobody has opened yet, gone when the test is over. */
export async function makeDatabaseUrl(dialect: Dialect): Promise<string> {
  const { url, remove } = await makePlace(dialect)
  onTestFinished(remove)
  return url
}

function makePlace(dialect: Dialect) {
  return dialect === 'sqlite' ? makeFolder() : makePostgresDatabase()
}

async function makeFolder() {
  const dir = await mkdtemp(join(tmpdir(), 'sceau-sqlite-'))
  return {
    url: `sqlite:${join(dir, 'sceau.db')}`,
    remove: () => rm(dir, { recursive: true, force: true }),
  }
}

/** Databases of the run's server that a test of this file has left: cheaper to empty than to make. */
const idleUrls: string[] = []

async function makePostgresDatabase() {
  const url = idleUrls.pop() ?? (await createDatabase(inject('postgresUrl')))
  return {
    url,
    async remove() {
      await runOnPostgres(url, CUT_OTHERS, 'drop schema public cascade', 'create schema public')
      idleUrls.push(url)
    },
  }
}

const CUT_OTHERS = `select pg_terminate_backend(pid) from pg_stat_activity
  where datname = current_database() and pid <> pg_backend_pid()`

async function createDatabase(server: string): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await runOnPostgres(server, `create database ${name}`)
  return server.replace('/postgres?', `/${name}?`)
}
