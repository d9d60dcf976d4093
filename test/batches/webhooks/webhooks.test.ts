import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSecureContext } from 'node:tls'
import pino from 'pino'
import { expect, onTestFinished, test, vi } from 'vitest'
import { deleteBatch, findBatch } from '../../../src/batches/store.ts'
import { announceCompletion } from '../../../src/batches/webhooks/completion-message.ts'
import { claimDue, listDeliveries } from '../../../src/batches/webhooks/delivery-store.ts'
import { makeSendMessage, type SendMessage } from '../../../src/batches/webhooks/send-message.ts'
import { startWebhooks } from '../../../src/batches/webhooks/webhooks.ts'
import type { Db } from '../../../src/db/database.ts'
import type { Dialect } from '../../../src/db/schema.ts'
import { makeIdMaker } from '../../../src/ids.ts'
import { insertBatchRow } from '../../support/batch-rows.ts'
import { describeEachDatabase } from '../../support/databases.ts'
import { insertSealRows } from '../../support/recorded-operations.ts'

const FINISHED = Date.UTC(2026, 10, 24, 12)
const KEY = Buffer.alloc(32, 3)
const SECRET = `whsec_${KEY.toString('base64')}`
const SILENT = pino({ level: 'silent' })

interface Arrived {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** A receiver that gives these statuses one after the other, the last one for ever; 0 hangs up. */
async function receive(...statuses: readonly number[]) {
  const arrived: Arrived[] = []
  const server = createServer(async (request, answer) => {
    let body = ''
    for await (const chunk of request) body += chunk
    arrived.push({ headers: request.headers, body })
    const status = statuses[Math.min(arrived.length, statuses.length) - 1] ?? 200
    if (status === 0) request.socket.destroy()
    else answer.writeHead(status).end('whatever')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { arrived, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` }
}

describeEachDatabase('the message of a finished batch', (open, dialect) => {
  const makeId = makeIdMaker()

  async function finishBatch(db: Db, url: string, state: 'completed' | 'completed_with_failures') {
    const id = await insertBatchRow(db, {
      ...{ state, label: 'Délibérations', callback_url: url, callback_secret: SECRET },
      ...{ total: 3, sealed: state === 'completed' ? 3 : 2 },
      ...{ failed: state === 'completed' ? 0 : 1, started_at: FINISHED - 5000 },
      finished_at: FINISHED,
    })
    await announce(db, id)
    return id
  }

  async function announce(db: Db, id: string) {
    const batch = await findBatch(db, id)
    if (batch === undefined) throw new Error('no batch')
    const now = () => FINISHED
    await db.transaction().execute((tx) => announceCompletion(tx, batch, { makeId, now }))
  }

  function deliver(
    db: Db,
    {
      clock = { now: FINISHED },
      send = makeSendMessage({ trust: createSecureContext }),
    }: {
      clock?: { now: number }
      send?: SendMessage
    } = {},
  ) {
    const webhooks = startWebhooks({
      ...{ db, dialect, send, log: SILENT, lookMs: 10 },
      now: () => clock.now,
      random: () => 0.5,
    })
    onTestFinished(() => webhooks.stop())
    return { clock, webhooks }
  }

  async function until(db: Db, id: string, state: string, attempts: number) {
    await vi.waitFor(
      async () => {
        const [delivery] = await listDeliveries(db, id)
        expect(delivery).toMatchObject({ state })
        expect(delivery?.attempts).toHaveLength(attempts)
      },
      { timeout: 20_000, interval: 10 },
    )
  }

  test('says what became of it, signed with its secret', async () => {
    const { db } = await open()
    await insertSealRows(db)
    const { url, arrived } = await receive(200)
    const id = await finishBatch(db, url, 'completed_with_failures')

    deliver(db, { clock: { now: FINISHED + 1500 } })
    await until(db, id, 'delivered', 1)

    const [{ headers, body } = { headers: {}, body: '' }, ...others] = arrived
    expect(others).toEqual([])
    expect(JSON.parse(body)).toEqual({
      type: 'batch.completed_with_failures',
      timestamp: '2026-11-24T12:00:00.000Z',
      data: {
        id,
        state: 'completed_with_failures',
        counts: { total: 3, sealed: 2, failed: 1, pending: 0 },
        label: 'Délibérations',
        seal: 'conseil',
        startedAt: '2026-11-24T11:59:55.000Z',
        finishedAt: '2026-11-24T12:00:00.000Z',
      },
    })
    const [delivery] = await listDeliveries(db, id)
    const signed = `${delivery?.id}.${FINISHED / 1000 + 1}.${body}`
    const signature = createHmac('sha256', KEY).update(signed).digest('base64')
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      'webhook-id': delivery?.id,
      'webhook-timestamp': String(FINISHED / 1000 + 1),
      'webhook-signature': `v1,${signature}`,
    })
  })

  test('is the same at each attempt, until one is answered with 2xx; all are logged', async () => {
    const { db } = await open()
    await insertSealRows(db)
    const { url, arrived } = await receive(500, 302, 0, 204)
    const id = await finishBatch(db, url, 'completed')

    const { clock } = deliver(db)
    for (const [i, pauseMs] of [5_000, 30_000, 120_000].entries()) {
      await until(db, id, 'waiting', i + 1)
      const [delivery] = await listDeliveries(db, id)
      expect(delivery?.nextAttemptAt).toBe(clock.now + pauseMs)
      clock.now += pauseMs
    }
    await until(db, id, 'delivered', 4)

    const [delivery] = await listDeliveries(db, id)
    expect(delivery?.attempts).toMatchObject([
      { number: 1, at: FINISHED, status: 500, error: undefined },
      { number: 2, at: FINISHED + 5_000, status: 302 },
      { number: 3, at: FINISHED + 35_000, status: undefined, error: 'connection-broken' },
      { number: 4, at: FINISHED + 155_000, status: 204 },
    ])
    expect(new Set(arrived.map(({ body }) => body)).size).toBe(1)
    expect(new Set(arrived.map(({ headers }) => headers['webhook-id'])).size).toBe(1)
  })

  test.each([
    { what: 'at once when the receiver says that it is gone', status: 410, late: 0 },
    { what: 'after three days of failures', status: 500, late: 72 * 3_600_000 },
  ])('is given up $what', async ({ status, late }) => {
    const { db } = await open()
    await insertSealRows(db)
    const { url } = await receive(status)
    const id = await finishBatch(db, url, 'completed')

    deliver(db, { clock: { now: FINISHED + late } })

    await until(db, id, 'given-up', 1)
  })

  test('is there once for each end of the batch, and not at all without an address', async () => {
    const { db } = await open()
    await insertSealRows(db)
    const id = await finishBatch(db, 'http://127.0.0.1:1/', 'completed')
    await announce(db, id)
    const untold = await insertBatchRow(db)
    await announce(db, untold)

    expect(await listDeliveries(db, id)).toMatchObject([
      { state: 'waiting', attempts: [], nextAttemptAt: FINISHED },
      { state: 'waiting' },
    ])
    expect(await listDeliveries(db, untold)).toEqual([])
  })

  test('is sent once, however many nodes look for it at the same time', async () => {
    const { db } = await open()
    await insertSealRows(db)
    const { url, arrived } = await receive(200)
    const ids: string[] = []
    for (let i = 0; i < 20; i += 1) ids.push(await finishBatch(db, url, 'completed'))

    for (let node = 0; node < 4; node += 1) deliver(db)
    for (const id of ids) await until(db, id, 'delivered', 1)

    expect(arrived).toHaveLength(ids.length)
  })

  test('that a node took and never reported is sent by another', async () => {
    const { db } = await open()
    await insertSealRows(db)
    const { url, arrived } = await receive(200)
    const id = await finishBatch(db, url, 'completed')
    const taken = { now: FINISHED, heldUntil: FINISHED + 60_000, limit: 10 }
    expect(await claimDue(db, dialect satisfies Dialect, taken)).toHaveLength(1)

    const { clock } = deliver(db)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(arrived).toEqual([])
    clock.now += 60_000

    await until(db, id, 'delivered', 1)
    expect((await listDeliveries(db, id))[0]?.attempts).toMatchObject([{ number: 2, status: 200 }])
  })

  test('may lose its batch while it is on its way: nothing stays of it', async () => {
    const { db } = await open()
    await insertSealRows(db)
    const id = await finishBatch(db, 'http://127.0.0.1:1/', 'completed')
    const batch = await findBatch(db, id)
    if (batch === undefined) throw new Error('no batch')

    const { webhooks } = deliver(db, {
      send: async () => {
        await deleteBatch(db, batch)
        return { status: 500 }
      },
    })
    await vi.waitFor(async () => expect(await findBatch(db, id)).toBeUndefined())
    await webhooks.stop()

    expect(await db.selectFrom('webhook_delivery').selectAll().execute()).toEqual([])
    expect(await db.selectFrom('webhook_attempt').selectAll().execute()).toEqual([])
  })

  test('does not wait for others whose receivers hang', async () => {
    const { db } = await open()
    await insertSealRows(db)
    let release = () => {}
    const hanging = new Promise<void>((resolve) => {
      release = resolve
    })
    const send: SendMessage = async ({ url }) => {
      if (url.includes('hangs')) await hanging
      return { status: 200 }
    }
    await finishBatch(db, 'http://hangs.example/', 'completed')
    deliver(db, { send })
    const id = await finishBatch(db, 'http://answers.example/', 'completed')

    await until(db, id, 'delivered', 1)
    release()
  })
})
