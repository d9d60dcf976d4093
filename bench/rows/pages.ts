import { mkdir } from 'node:fs/promises'
import { Agent, get } from 'node:https'
import { join } from 'node:path'
import { sql } from 'kysely'
import { type Db, openDatabase } from '../../src/db/database.ts'
import { makeIdMaker } from '../../src/ids.ts'
import { makeSessions } from '../../src/people/accounts/sessions.ts'
import { getOrganisation } from '../../src/people/service.ts'
import { seedPeople } from '../people.ts'
import type { BenchRow } from '../row.ts'
import { startServerProcess } from '../server-process.ts'

const CROWD = { persons: 1_000, organisations: 200, entries: 1_000_000 } as const
const TARGET = { of: 'p95Ms', atMost: 100 } as const

/** Every page that a Secretary General opens, by its name in the results. */
const PAGES: Readonly<Record<string, string>> = {
  home: '/home',
  members: '/members',
  'members, last page': '/members?page=20',
  'members, searched': '/members?q=martin',
  'members, by function': '/members?function=elected&state=active',
  'one member': '/members/person-500',
  'one member, himself': '/members/person-0',
  invitation: '/members/invite',
  organisations: '/organisations',
  enrolments: '/enrolments',
  certificates: '/certificates',
  'my certificate': '/my-certificate',
  seals: '/seals',
  health: '/health',
  notices: '/notices',
  settings: '/settings',
  profile: '/profile',
}

/** Each page of somebody who has signed in, one request after another. */
export const pagesRow: BenchRow = {
  name: 'pages',
  title: 'pages, 1,000 people, 1,000,000 journal entries',
  kind: 'floor',
  warmSeconds: 2,
  roundsMax: 2,
  cases: Object.keys(PAGES).map((name) => ({ name, targets: [TARGET] })),
  async open(bench) {
    const appliance = await bench.appliance()
    const dir = join(bench.dir, 'pages')
    await mkdir(dir, { mode: 0o700 })
    const path = join(dir, 'sceau.db')
    await copyDatabase(`sqlite:${join(appliance.dir, 'sceau.db')}`, path)
    const own = `sqlite:${path}`
    const db = await openDatabase(own)
    const cookie = await signIn(db).finally(() => db.destroy())
    const server = await startServerProcess({
      ...{ ...appliance.env, SCEAU_DATA_DIR: dir, DATABASE_URL: own },
    })
    const agent = new Agent({ keepAlive: true, rejectUnauthorized: false })
    const open = (page: string) => timeOf(`${server.url}${page}`, { agent, cookie })
    return {
      async measure({ case: { name }, seconds }) {
        const page = PAGES[name] ?? '/home'
        const until = performance.now() + seconds * 1000
        const times = [await open(page)]
        while (performance.now() < until) times.push(await open(page))
        return { also: { p50Ms: quantile(times, 0.5), p95Ms: quantile(times, 0.95) } }
      },
      async close() {
        agent.destroy()
        await server.stop()
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

/** @returns The cookie of a session that has just shown a factor. */
async function signIn(db: Db): Promise<string> {
  const { id: firstId } = await getOrganisation(db)
  const personId = await seedPeople(db, CROWD, { firstId, at: Date.now() - CROWD.entries })
  const sessions = makeSessions({ db, now: Date.now, makeId: makeIdMaker() })
  const begun = await sessions.startSession({
    ...{ personId, methods: ['passkey'], ip: '127.0.0.1', userAgent: 'bench' },
  })
  await sessions.chooseOrganisation(begun.session.id, firstId)
  const { token } = await sessions.markStepUp(begun.session.id, 'passkey')
  return `__Host-sceau=${token}`
}

/** @returns Ms until the whole page is there. @throws Error when it is not 200. */
function timeOf(url: string, { agent, cookie }: { agent: Agent; cookie: string }): Promise<number> {
  const from = performance.now()
  return new Promise((resolve, reject) => {
    const asked = get(url, { agent, headers: { cookie } }, (answer) => {
      answer.resume()
      answer.once('error', reject)
      answer.once('end', () => {
        if (answer.statusCode === 200) resolve(performance.now() - from)
        else reject(new Error(`${url}: ${answer.statusCode}`))
      })
    })
    asked.once('error', reject)
  })
}

function quantile(times: readonly number[], part: number): number {
  const sorted = [...times].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}
