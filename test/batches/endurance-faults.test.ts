import { once } from 'node:events'
import { readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'kysely'
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest'
import {
  type BatchClient,
  type BatchView,
  isFinished,
  makeBatchClient,
} from '../../scripts/endurance/batch-client.ts'
import {
  mixedSamples,
  nameOf,
  oneSample,
  tarOf,
  tinyDocument,
} from '../../scripts/endurance/documents.ts'
import { type Installation, install } from '../../scripts/endurance/installation.ts'
import type { ServerNode } from '../../scripts/endurance/server-node.ts'
import { openDatabase } from '../../src/db/database.ts'
import { mountSmallDisk } from '../support/small-disk.ts'

const MIB = 1024 * 1024

let installation: Installation
let node: ServerNode
let client: BatchClient
beforeAll(async () => {
  installation = await install()
  node = await installation.startNode()
  client = makeBatchClient(installation.apiKey, () => node.url)
})
afterAll(async () => {
  client.close()
  await installation.remove()
})

const sealedAll = (count: number) => ({
  state: 'completed',
  counts: { total: count, sealed: count, failed: 0, pending: 0 },
})

test('a database that is locked for longer than anybody waits costs no document', async () => {
  const id = await client.open('rsa')
  await client.upload(id, tarOf(tinyDocument(), { count: 300 }))
  await client.start(id)
  const db = await openDatabase(installation.databaseUrl)
  await sql`begin immediate`.execute(db)
  await sleep(11_000)
  await sql`rollback`.execute(db)
  await db.destroy()

  const batch = await client.until(id, isFinished)

  expect(batch).toMatchObject(sealedAll(300))
}, 60_000)

test('clients that stop reading archive and events cost no memory, and can read on', async () => {
  const id = await client.open('ec')
  await client.upload(id, tarOf(oneSample('proces-verbal-session.pdf'), { count: 400 }))
  const events = await Promise.all(
    Array.from({ length: 8 }, () => client.send(`/api/v1/batches/${id}/events`)),
  )
  await client.start(id)
  await client.until(id, isFinished)
  const before = node.memory()
  const archives = await Promise.all(Array.from({ length: 8 }, () => client.archive(id)))
  await Promise.all(archives.map((archive) => once(archive, 'readable')))
  await sleep(2_000)

  // All of them together would be 400 MiB.
  expect(node.memory() - before).toBeLessThan(150 * MIB)
  const [archive, ...otherArchives] = archives
  const [told, ...otherEvents] = events
  if (archive === undefined || told === undefined) throw new RangeError('there are eight of each')
  let bytes = 0
  for await (const chunk of archive) bytes += chunk.length
  expect(bytes).toBeGreaterThan(40 * MIB)
  expect((await text(told)).match(/^event: document$/gm)).toHaveLength(400)
  for (const answer of [...otherArchives, ...otherEvents]) answer.destroy()
}, 60_000)

test('an upload that is cut in the middle leaves whole documents, and can be sent again', async () => {
  const make = mixedSamples()
  const id = await client.open('ec')
  const cut = new AbortController()
  const upload = client.ask(`/batches/${id}/documents`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-tar' },
    body: untilHalf(tarOf(make, { count: 60 }), () => cut.abort()),
    signal: cut.signal,
  })
  await expect(upload).rejects.toThrow()
  const put = client.ask(`/batches/${id}/documents/seul.pdf`, {
    method: 'PUT',
    headers: { 'content-type': 'application/pdf', 'content-length': '100000' },
    body: Buffer.alloc(10),
    signal: AbortSignal.timeout(300),
  })
  await expect(put).rejects.toThrow()

  await client.upload(id, tarOf(make, { count: 60 }))
  await client.start(id)
  const batch = await client.until(id, isFinished)

  expect(batch).toMatchObject(sealedAll(60))
}, 60_000)

/** The first 30 documents and a part of the next; then nothing more comes. */
async function* untilHalf(
  tar: AsyncIterable<Uint8Array>,
  cut: () => void,
): AsyncGenerator<Uint8Array> {
  let pieces = 0
  for await (const piece of tar) {
    yield piece
    pieces += 1
    if (pieces < 95) continue
    await sleep(200)
    cut()
    return
  }
}

test('many batches at once are all completed, with few descriptors', async () => {
  const make = tinyDocument()
  const ids = await Promise.all(
    Array.from({ length: 120 }, async (_, i) => {
      const id = await client.open('ec')
      await client.upload(id, tarOf(make, { from: 3 * i, count: 3 }))
      return id
    }),
  )
  await Promise.all(ids.map((id) => client.start(id)))
  const batches: BatchView[] = []
  for (const id of ids) batches.push(await client.until(id, isFinished))

  expect(batches.filter(({ counts }) => counts.sealed !== 3)).toEqual([])
  expect(node.descriptors()).toBeLessThan(600)
}, 60_000)

test('a full disk refuses uploads, lets a batch wait, and fails no document', async (context) => {
  const disk = mountSmallDisk(24 * MIB)
  if (disk === undefined) return context.skip('this user may not mount')
  onTestFinished(disk.unmount)
  const small = await install({ filesDir: disk.dir })
  onTestFinished(() => small.remove())
  const server = await small.startNode()
  const api = makeBatchClient(small.apiKey, () => server.url)
  const ballast = `${disk.dir}/ballast`
  const id = await api.open('ec')
  await api.upload(id, tarOf(tinyDocument(), { count: 500 }))
  writeFileSync(ballast, Buffer.alloc(MIB))
  fill(ballast)

  const put = (name: string) =>
    api.ask(`/batches/${id}/documents/${name}`, { method: 'PUT', body: Buffer.alloc(2 * MIB) })
  const refused = await Promise.all([put('large.pdf'), put('larger.pdf')])
  const packs = readdirSync(`${disk.dir}/batches/${id}`)
  await api.start(id)
  const waiting = await api.until(id, (batch) => batch.waiting !== null)
  rmSync(ballast)
  const batch = await api.until(id, isFinished)

  expect(refused.map(({ status }) => status)).toEqual([507, 507])
  expect(refused.map((answer) => JSON.parse(answer.text).type)).toEqual([
    '/problems/storage-full',
    '/problems/storage-full',
  ])
  expect(packs.filter((name) => /-s\d+\.pack$/.test(name))).toEqual([])
  expect(waiting.waiting?.type).toBe('/problems/storage-full')
  expect(batch).toMatchObject(sealedAll(500))
  const first = await api.send(`/api/v1/batches/${id}/documents/${nameOf(0)}`)
  expect(first.statusCode).toBe(200)
  first.resume()
  api.close()
}, 90_000)

/** Write until nothing more goes in. */
function fill(path: string): void {
  for (let bytes = MIB; bytes >= 4096; bytes /= 2) {
    try {
      for (;;) writeFileSync(path, Buffer.alloc(bytes), { flag: 'a' })
    } catch {
      // Full for this size; a smaller one may still go in.
    }
  }
  if (statSync(path).size === 0) throw new Error('the disk was full already')
}
