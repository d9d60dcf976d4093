import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import { Hono } from 'hono'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Env } from '../src/http/env.ts'
import { type Listener, listen } from '../src/listener.ts'

const ANSWER = Buffer.alloc(104_000, 'y')
const CLIENT = new URL('./support/keen-client.mjs', import.meta.url)

let dir: string
let listener: Listener

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sceau-listener-'))
  const files = ['-keyout', join(dir, 'key'), '-out', join(dir, 'cert')]
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  execFileSync('openssl', ['req', '-x509', ...key, ...files, '-subj', '/CN=localhost'], {
    stdio: 'ignore',
  })
  const app = new Hono<Env>().post('/', async (c) => {
    await c.req.arrayBuffer()
    await sleep(1)
    return c.body(ANSWER)
  })
  const identity = { key: read('key'), cert: read('cert') }
  listener = await listen(app, { host: '127.0.0.1', port: 0 }, identity)
})
afterAll(async () => {
  await listener?.close(100)
  rmSync(dir, { recursive: true, force: true })
})

function read(name: string): string {
  return readFileSync(join(dir, name), 'utf8')
}

/** @returns How many answers came before the connection ended. */
async function askAgainAndAgain(times: number): Promise<number> {
  const workerData = { port: listener.port, times, bodyBytes: 100_000 }
  const [answered] = await once(new Worker(CLIENT, { workerData }), 'message')
  return answered
}

test('a kept connection is not cut by a request that follows a large answer at once', async () => {
  const answered = await Promise.all(Array.from({ length: 8 }, () => askAgainAndAgain(100)))

  expect(answered).toEqual(new Array(8).fill(100))
})
