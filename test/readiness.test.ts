import { tmpdir } from 'node:os'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import type { GuardStatus, TokenState } from '../hsm/protocol.ts'
import { type Db, openDatabase } from '../src/db/database.ts'
import { makeCheckReadiness } from '../src/readiness.ts'
import { mountSmallDisk } from './support/small-disk.ts'

let db: Db

beforeAll(async () => {
  db = await openDatabase('sqlite::memory:')
})

afterAll(() => db.destroy())

/** A guard as it would speak of its tokens `main` and `twin`. */
function status(state: TokenState, tokens: readonly TokenState[]): GuardStatus {
  const selectors = ['main', 'twin']
  return {
    state,
    pid: 1,
    startedAt: 0,
    generation: 1,
    sessions: { open: 0, wanted: 0, busy: 0, waiting: 0 },
    counters: { signatures: 0, failures: 0, retries: 0, logins: 0, openings: 0 },
    tokens: tokens.map((each, i) => ({
      selector: selectors[i] ?? '',
      state: each,
      signatures: 0,
      failures: 0,
    })),
  }
}

function check(guardStatus: () => Promise<GuardStatus>, dirs: readonly string[] = [tmpdir()]) {
  const log = pino({ level: 'silent' })
  return makeCheckReadiness({ guard: { status: guardStatus }, db, dirs, log })()
}

test.each([
  ['every token is open', 'open', ['open', 'open'], true, { state: 'ok' }],
  [
    'one of two is away',
    'open',
    ['open', 'down'],
    true,
    { state: 'degraded', detail: 'twin: down' },
  ],
  [
    'one of two signed wrongly',
    'open',
    ['set-aside', 'open'],
    true,
    { state: 'degraded', detail: 'main: set-aside' },
  ],
  [
    'none signs',
    'down',
    ['pin-refused', 'down'],
    false,
    { state: 'down', detail: 'main: pin-refused, twin: down' },
  ],
  ['the guard does not answer', 'down', [], false, { state: 'down', detail: 'down' }],
] as const)('when %s, that is said of the HSM', async (_name, state, tokens, ready, hsm) => {
  const readiness = await check(async () => status(state, tokens))
  expect(readiness).toMatchObject({ ready, checks: { hsm, database: { state: 'ok' } } })
})

test('the fullest of the disks that are written to is told of', async (context) => {
  const disk = mountSmallDisk(1024 * 1024)
  if (disk === undefined) return context.skip('this user may not mount')
  onTestFinished(disk.unmount)
  const readiness = await check(async () => status('open', ['open']), [tmpdir(), disk.dir])
  expect(readiness.checks).toMatchObject({ disk: { state: 'degraded', detail: '1 MiB free' } })
})

test('a check that fails is down, and the others are made all the same', async () => {
  const readiness = await check(() => Promise.reject(new Error('no')))
  expect(readiness).toMatchObject({
    ready: false,
    checks: { hsm: { state: 'down' }, database: { state: 'ok' } },
  })
})
