import { OpenAPIHono } from '@hono/zod-openapi'
import { expect, test } from 'vitest'
import type { Batch } from '../../src/batches/model.ts'
import type { Delivery } from '../../src/batches/webhooks/delivery-store.ts'
import { AppError } from '../../src/errors.ts'
import { batchDeliveryRoutes } from '../../src/http/api/batch-deliveries.ts'
import type { ClientEnv } from '../../src/http/env.ts'

const AT = Date.UTC(2026, 10, 24, 12)

const BATCH: Batch = {
  ...{ id: 'b-1', clientId: 'ged', sealId: 'conseil', label: undefined, requestId: 'r-1' },
  ...{ options: { level: 'B-B' }, callback: undefined, state: 'completed', waiting: undefined },
  ...{ counts: { total: 0, sealed: 0, failed: 0, pending: 0 }, eventNo: 0 },
  ...{ rate: { perSecond: 0, at: AT }, createdAt: AT },
  ...{ startedAt: AT, finishedAt: AT, expiresAt: undefined },
}

const DELIVERY: Delivery = {
  ...{ id: 'msg-1', state: 'waiting', createdAt: AT, nextAttemptAt: AT + 5_000 },
  attempts: [
    { number: 1, at: AT, durationMs: 12, status: 500, error: undefined },
    { number: 2, at: AT + 100, durationMs: 10_000, status: undefined, error: 'timed-out' },
  ],
}

/** The route for a client that has one batch. */
function appFor(batchId: string) {
  const get = async (_client: unknown, id: string) => {
    if (id !== batchId) throw new AppError('not-found', 'There is no batch of this id.')
    return { ...BATCH, id }
  }
  return new OpenAPIHono<ClientEnv>()
    .use((c, next) => {
      c.set('client', { id: 'ged', name: 'GED' })
      return next()
    })
    .route('/', batchDeliveryRoutes({ batches: { get }, listDeliveries: async () => [DELIVERY] }))
    .onError((error, c) => c.text(error instanceof AppError ? error.code : 'internal', 400))
}

test('what was sent about a batch is told with its attempts', async () => {
  const answer = await appFor('b-1').request('/batches/b-1/deliveries')

  expect(await answer.json()).toEqual({
    deliveries: [
      {
        id: 'msg-1',
        state: 'waiting',
        createdAt: '2026-11-24T12:00:00.000Z',
        nextAttemptAt: '2026-11-24T12:00:05.000Z',
        attempts: [
          { number: 1, at: '2026-11-24T12:00:00.000Z', durationMs: 12, status: 500 },
          { number: 2, at: '2026-11-24T12:00:00.100Z', durationMs: 10_000, error: 'timed-out' },
        ],
      },
    ],
  })
})

test('nothing is told of the batch of another', async () => {
  const answer = await appFor('b-1').request('/batches/b-2/deliveries')

  expect(await answer.text()).toBe('not-found')
})
