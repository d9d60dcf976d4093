import { execFile } from 'node:child_process'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { describe, expect, onTestFinished, test } from 'vitest'
import { openDatabase } from '../../src/db/database.ts'
import { appendEntries } from '../../src/journal/store.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import {
  describeEachDatabase,
  makeDatabaseUrl,
  openAgain,
  openTestDatabase,
} from '../support/databases.ts'

const ENTRY = { at: 1, actor: 'operator', action: 'thing.done', subject: 'x', detail: {} }

describeEachDatabase('a database', (open, dialect) => {
  test('has every table after it was opened, and opening it again changes nothing', async () => {
    const database = await open()
    await database.db
      .insertInto('organisation')
      .values({ id: 'o', kind: 'firm', name: 'Cabinet', siren: '123456782', created_at: 1 })
      .execute()

    const again = await openAgain(database)

    const tables = (await again.introspection.getTables()).map(({ name }) => name)
    expect(tables.sort()).toEqual([
      'account',
      'api_client',
      'batch',
      'batch_chunk',
      'batch_document',
      'certificate',
      'certificate_chain',
      'certificate_reminder',
      'certificate_renewal',
      'certificate_request',
      'crl',
      'delegation',
      'enrolment',
      'enrolment_code',
      'enrolment_link',
      'first_run',
      'first_run_step',
      'hot_folder',
      'idempotency',
      'identity_proof',
      'journal_entry',
      'journal_head',
      'known_device',
      'login_challenge',
      'login_throttle',
      'member_function',
      'membership',
      'notice',
      'ocsp_response',
      'oidc_subject',
      'operation',
      'organisation',
      'passkey',
      'person',
      'recovery_code',
      'seal',
      'session',
      'signing_capacity',
      'signing_key',
      'totp',
      'vault_data_key',
      'vault_wrapping_key',
      'webhook_attempt',
      'webhook_delivery',
    ])
    expect(await again.selectFrom('organisation').select('name').execute()).toEqual([
      { name: 'Cabinet' },
    ])
  })

  test('may be opened for the first time by several processes at once', async () => {
    const url = await makeDatabaseUrl(dialect)

    await Promise.all([1, 2, 3].map(() => openInProcess(url)))

    const db = await openDatabase(url)
    onTestFinished(() => db.destroy())
    expect(await verifyJournal(db)).toMatchObject({ intact: true, entries: 0 })
  })

  test('gives numbers above 2^32 and bytes back as they were', async () => {
    const { db } = await open()
    const at = Date.UTC(2026, 10, 24, 12, 0, 0, 123)
    const der = Buffer.from([0, 1, 127, 128, 255])
    await db
      .insertInto('certificate')
      .values({
        id: 'c',
        profile: 'root-ca',
        issuer_id: null,
        key_id: null,
        serial: '01',
        subject: 'CN=é',
        der,
        not_before: at,
        not_after: Date.UTC(2200, 0, 1),
        state: 'active',
        revoked_at: null,
        revocation_reason: null,
        created_at: at,
      })
      .execute()

    const row = await db.selectFrom('certificate').selectAll().executeTakeFirstOrThrow()

    expect(row).toMatchObject({
      subject: 'CN=é',
      not_before: at,
      not_after: Date.UTC(2200, 0, 1),
      revoked_at: null,
    })
    expect(Buffer.compare(row.der, der)).toBe(0)
  })

  test('refuses a row that names another that is not there', async () => {
    const { db } = await open()
    const orphan = db
      .insertInto('crl')
      .values({ issuer_id: 'nobody', number: 1, der: Buffer.of(1), this_update: 1, next_update: 2 })
      .execute()

    await expect(orphan).rejects.toThrow(/foreign key/i)
  })

  test('keeps two transactions of one process apart: none sees half of the other', async () => {
    const { db } = await open()
    const seen: number[] = []

    await Promise.all(
      [1, 2, 3, 4].map(() =>
        db.transaction().execute(async (tx) => {
          await appendEntries(tx, [ENTRY, ENTRY])
          await new Promise(setImmediate)
          const { count } = await tx
            .selectFrom('journal_entry')
            .select((eb) => eb.fn.countAll<number>().as('count'))
            .executeTakeFirstOrThrow()
          seen.push(Number(count))
        }),
      ),
    )

    expect(seen.sort()).toEqual([2, 4, 6, 8])
  })

  test('lets two processes that read before they write take turns', async () => {
    const database = await open()
    const other = await openAgain(database)
    const readThenWrite = (db: typeof other) =>
      db.transaction().execute(async (tx) => {
        await tx.selectFrom('journal_entry').selectAll().execute()
        await new Promise(setImmediate)
        await appendEntries(tx, [ENTRY])
      })

    // One at a time on each connection: SQLite waits for a lock without leaving the event loop.
    for (let i = 0; i < 5; i += 1) {
      await readThenWrite(database.db)
      await readThenWrite(other)
    }

    expect(await verifyJournal(other)).toMatchObject({ intact: true, entries: 10 })
  })
})

describe('SQLite', () => {
  test('takes the write lock at the beginning of a transaction, so a read in it is never stale', async () => {
    const database = await openTestDatabase('sqlite')
    const other = await openAgain(database)
    await sql`pragma busy_timeout = 0`.execute(other)

    await database.db.transaction().execute(async (tx) => {
      await tx.selectFrom('journal_entry').selectAll().execute()
      const blocked = other.transaction().execute((blockedTx) => appendEntries(blockedTx, [ENTRY]))
      await expect(blocked).rejects.toThrow(/locked/)
      await appendEntries(tx, [ENTRY])
    })

    await other.transaction().execute((tx) => appendEntries(tx, [ENTRY]))
    expect(await verifyJournal(other)).toMatchObject({ intact: true, entries: 2 })
  })

  test('syncs every commit, checks references, and waits for another process', async () => {
    const { db } = await openTestDatabase('sqlite')
    const pragma = async (name: string) => {
      const { rows } = await sql`pragma ${sql.raw(name)}`.execute(db)
      return rows
    }

    expect(await pragma('journal_mode')).toEqual([{ journal_mode: 'wal' }])
    expect(await pragma('synchronous')).toEqual([{ synchronous: 2 }])
    expect(await pragma('foreign_keys')).toEqual([{ foreign_keys: 1 }])
    expect(await pragma('busy_timeout')).toEqual([{ timeout: 10_000 }])
  })

  test('keeps types: text in a column of numbers is refused', async () => {
    const { db } = await openTestDatabase('sqlite')

    const wrong = sql`update journal_head set seq = 'many'`.execute(db)

    await expect(wrong).rejects.toThrow(/cannot store TEXT value in INTEGER column/)
  })

  test('makes a missing folder for its file, closed to others', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sceau-folder-'))
    onTestFinished(() => rm(dir, { recursive: true }))

    const db = await openDatabase(`sqlite:${join(dir, 'new/sceau.db')}`)
    onTestFinished(() => db.destroy())

    expect((await stat(join(dir, 'new'))).mode & 0o777).toBe(0o700)
  })
})

describe('PostgreSQL', () => {
  test('goes on after the server has cut its connections, idle or at work', async () => {
    const { db, url } = await openTestDatabase('postgres')
    const other = await openDatabase(url)
    onTestFinished(() => other.destroy())
    const cut = sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`
    const sleeping = sql`select 1 from pg_stat_activity
      where datname = current_database() and wait_event = 'PgSleep'`

    const atWork = expect(sql`select pg_sleep(60)`.execute(db)).rejects.toThrow()
    await expect.poll(async () => (await sleeping.execute(other)).rows).toHaveLength(1)
    await sql`select 1`.execute(db)
    await cut.execute(other)
    await atWork

    await expect.poll(() => verifyJournal(db)).toMatchObject({ intact: true })
  })

  test('that is not there is an error at once, and nothing is left open', async () => {
    await expect(openDatabase('postgres://nobody@/x?host=/nonexistent')).rejects.toThrow(/ENOENT/)
  })
})

async function openInProcess(url: string): Promise<void> {
  const script = `
    const { openDatabase } = await import(process.argv[1])
    const db = await openDatabase(process.argv[2])
    await db.destroy()`
  const module = new URL('../../dist/src/db/database.js', import.meta.url).href
  const args = ['--input-type=module', '--eval', script, module, url]
  await promisify(execFile)(process.execPath, args)
}
