import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Hono } from 'hono'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeReceiveDocument, type ReceivedDocument } from '../../src/http/body.ts'
import type { Env } from '../../src/http/env.ts'
import { openSpool } from '../../src/sealing/spool.ts'

let dir: string

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sceau-body-'))
})
afterAll(() => rm(dir, { recursive: true, force: true }))

/** Receives one body after another and keeps them all, as slow handlers would. */
async function receiveAll(bodies: readonly Uint8Array<ArrayBuffer>[], heldBytesMax: number) {
  const receive = makeReceiveDocument(await openSpool(dir), { heldBytesMax })
  const received: ReceivedDocument[] = []
  const app = new Hono<Env>().post('/', async (c) => {
    received.push(await receive(c))
    return c.body(null, 204)
  })
  const post = (body: Uint8Array<ArrayBuffer>) =>
    app.request('/', {
      method: 'POST',
      body,
      headers: { 'content-length': String(body.length) },
    })
  for (const body of bodies) await post(body)
  return { received, post }
}

const hundred = () => new Uint8Array(100).fill(7)

test('while memory holds enough, documents go by files, and no octet is lost', async () => {
  const { received } = await receiveAll([hundred(), hundred(), hundred()], 250)

  expect(received.map(({ bytes }) => bytes !== undefined)).toEqual([true, true, false])
  for (const { source } of received)
    expect(Buffer.from(source.read(0, 100))).toEqual(Buffer.alloc(100, 7))
  expect(await readdir(dir)).toHaveLength(1)
  for (const document of received) await document.release()
  expect(await readdir(dir)).toEqual([])
})

test('what is released makes room, once however often it is released', async () => {
  const { received, post } = await receiveAll([hundred(), hundred()], 250)
  await received[0]?.release()
  await received[0]?.release()
  await post(hundred())
  await post(hundred())

  expect(received.map(({ bytes }) => bytes !== undefined)).toEqual([true, true, true, false])
  for (const document of received) await document.release()
})
