import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { get } from 'node:https'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { openDatabase } from '../../src/db/database.ts'
import type { NewEntry } from '../../src/journal/entry.ts'
import { appendEntries } from '../../src/journal/store.ts'
import type { BenchRow } from '../row.ts'
import { startServerProcess } from '../server-process.ts'

const ENTRIES = 1_000_000
const ENTRIES_A_TRANSACTION = 50_000
const READY_WITHIN_MS = 60_000

/** From nothing to `/readyz` 200 with a long journal. */
export const startRow: BenchRow = {
  name: 'start',
  title: 'start to ready, 1,000,000 journal entries',
  kind: 'floor',
  warmSeconds: 1,
  cases: [{ name: 'SQLite', targets: [{ of: 'readyMs', atMost: 2_000 }] }],
  async open(bench) {
    const appliance = await bench.appliance()
    const dir = join(bench.dir, 'start')
    await mkdir(dir, { mode: 0o700 })
    const own = `sqlite:${join(dir, 'sceau.db')}`
    await copyDatabase(`sqlite:${join(appliance.dir, 'sceau.db')}`, join(dir, 'sceau.db'))
    await fillJournal(own)
    const env = { ...appliance.env, SCEAU_DATA_DIR: dir, DATABASE_URL: own }
    return {
      async measure() {
        const from = performance.now()
        const server = await startServerProcess(env)
        try {
          await untilReady(server.url)
          return { also: { readyMs: performance.now() - from } }
        } finally {
          await server.stop()
        }
      },
    }
  },
}

/** Of the appliance, whose server is running: its seals and keys, to start another one with. */
async function copyDatabase(from: string, path: string): Promise<void> {
  const db = await openDatabase(from)
  await sql`vacuum into ${path}`.execute(db)
  await db.destroy()
}

async function fillJournal(url: string): Promise<void> {
  const db = await openDatabase(url)
  for (let done = 0; done < ENTRIES; done += ENTRIES_A_TRANSACTION) {
    const entries = Array.from({ length: ENTRIES_A_TRANSACTION }, (_, i) => makeEntry(done + i))
    await db.transaction().execute((tx) => appendEntries(tx, entries))
  }
  await db.destroy()
}

function makeEntry(number: number): NewEntry {
  return {
    at: Date.UTC(2026, 0, 1) + number,
    actor: 'client:bench',
    action: 'document.sealed',
    subject: randomUUID(),
    detail: { seal: 'p-256', bytes: 102_400, number },
  }
}

async function untilReady(url: string): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS
  while ((await statusOf(`${url}/readyz`)) !== 200) {
    if (performance.now() > until) throw new Error('the server does not become ready')
    await sleep(10)
  }
}

function statusOf(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    // Loopback, and a certificate of the authority that was made for this run.
    const asked = get(url, { rejectUnauthorized: false, agent: false }, (answer) => {
      answer.resume()
      resolve(answer.statusCode ?? 0)
    })
    asked.once('error', reject)
  })
}
