import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, inject, onTestFinished } from 'vitest'
import { type Db, openDatabase } from '../../src/db/database.ts'
import type { Dialect } from '../../src/db/schema.ts'
import { runOnPostgres } from './postgres.ts'

export interface TestDatabase {
  readonly db: Db
  readonly url: string
  readonly dialect: Dialect
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
  return { db, url, dialect }
}

/** The same database by another connection, as another process has it. */
export async function openAgain({ url }: TestDatabase): Promise<Db> {
  const db = await openDatabase(url)
  onTestFinished(() => db.destroy())
  return db
}

/** The URL of a database that nobody has opened yet, gone when the test is over. */
export function makeDatabaseUrl(dialect: Dialect): Promise<string> {
  return dialect === 'sqlite' ? makeFile() : makeDatabase()
}

async function makeFile(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'sceau-sqlite-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  return `sqlite:${join(dir, 'sceau.db')}`
}

async function makeDatabase(): Promise<string> {
  const server = inject('postgresUrl')
  const name = `test_${randomUUID().replaceAll('-', '')}`
  await runOnPostgres(server, `create database ${name}`)
  onTestFinished(() => runOnPostgres(server, `drop database ${name} with (force)`))
  return server.replace('/postgres?', `/${name}?`)
}
