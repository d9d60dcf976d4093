import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Batch } from '../../batches/model.ts'
import type { Batches } from '../../batches/service.ts'
import type { ClientEnv } from '../env.ts'
import { BatchBody, BatchId, nextCursor, Page, toBatchBody } from './batches-schemas.ts'
import { CallbackUrl } from './callback-url.ts'
import { jsonBody } from './json-body.ts'
import { problemResponses, refuseInvalid } from './openapi.ts'
import { sealOptionsJson, toSealOptions } from './seal-options.ts'

const REQUEST_BYTES_MAX = 64 * 1024

const OpenBody = z
  .strictObject({
    seal: z.string().min(1).max(64).openapi({ example: 'cachet-du-conseil' }),
    label: z.string().min(1).max(200).optional().openapi({ example: 'Attestations 2026' }),
    callbackUrl: CallbackUrl.optional(),
    ...sealOptionsJson,
  })
  .openapi('NewBatch')

const OpenedBatch = BatchBody.extend({
  callbackSecret: z.string().nullable().openapi({
    description: 'Signs what is sent to `callbackUrl`. Shown here and nowhere else.',
  }),
}).openapi('OpenedBatch')

const openRoute = createRoute({
  method: 'post',
  path: '/batches',
  summary: 'Open a batch',
  description: 'Then give it documents, and start it.',
  tags: ['Batches'],
  middleware: jsonBody(REQUEST_BYTES_MAX),
  request: {
    headers: z.object({
      'idempotency-key': z.string().min(1).max(128).optional().openapi({
        description: 'The same key with the same request gives the same batch again.',
      }),
    }),
    body: { required: true, content: { 'application/json': { schema: OpenBody } } },
  },
  responses: {
    201: {
      description: 'The batch, open',
      headers: { Location: { schema: { type: 'string' }, description: 'Its address' } },
      content: { 'application/json': { schema: OpenedBatch } },
    },
    ...problemResponses(400, 401, 403, 404, 409, 503),
  },
})

const listRoute = createRoute({
  method: 'get',
  path: '/batches',
  summary: 'The batches of this client, the newest first',
  tags: ['Batches'],
  request: { query: Page },
  responses: {
    200: {
      description: 'A page of them',
      content: {
        'application/json': { schema: z.object({ batches: z.array(BatchBody), nextCursor }) },
      },
    },
    ...problemResponses(400, 401),
  },
})

const found = {
  description: 'The batch as it now stands',
  content: { 'application/json': { schema: BatchBody } },
}

const getRoute = createRoute({
  method: 'get',
  path: '/batches/{id}',
  summary: 'How a batch stands',
  tags: ['Batches'],
  request: { params: BatchId },
  responses: { 200: found, ...problemResponses(401, 404) },
})

const startRoute = createRoute({
  method: 'post',
  path: '/batches/{id}/start',
  summary: 'Seal everything in the batch',
  description:
    'From then on no crash loses a document, and none is sealed twice. Asked again, it changes nothing.',
  tags: ['Batches'],
  request: { params: BatchId },
  responses: { 202: found, ...problemResponses(400, 401, 403, 404, 409, 503) },
})

const cancelRoute = createRoute({
  method: 'post',
  path: '/batches/{id}/cancel',
  summary: 'Seal nothing more of the batch',
  description: 'What is sealed already can still be fetched.',
  tags: ['Batches'],
  request: { params: BatchId },
  responses: { 202: found, ...problemResponses(401, 404, 409) },
})

const retryRoute = createRoute({
  method: 'post',
  path: '/batches/{id}/retry',
  summary: 'Try again what failed, and only that',
  tags: ['Batches'],
  request: { params: BatchId },
  responses: { 202: found, ...problemResponses(401, 403, 404, 409, 503) },
})

const removeRoute = createRoute({
  method: 'delete',
  path: '/batches/{id}',
  summary: 'Remove a batch with its files',
  description:
    'Its operations stay: they are evidence. One that is at work must be cancelled first.',
  tags: ['Batches'],
  request: { params: BatchId },
  responses: { 204: { description: 'It is gone' }, ...problemResponses(401, 404, 409) },
})

/** `/batches` and what is asked of one as a whole. */
export function batchRoutes({ batches, now }: { batches: Batches; now: () => number }) {
  const show = (batch: Batch) => toBatchBody(batch, now())

  return new OpenAPIHono<ClientEnv>({ defaultHook: refuseInvalid })
    .openapi(openRoute, async (c) => {
      const { seal, label, callbackUrl, ...options } = c.req.valid('json')
      const idempotencyKey = c.req.valid('header')['idempotency-key']
      const batch = await batches.open({
        client: c.var.client,
        sealId: seal,
        options: toSealOptions(options),
        requestId: c.var.requestId,
        ...(label !== undefined && { label }),
        ...(callbackUrl !== undefined && { callbackUrl }),
        ...(idempotencyKey !== undefined && { idempotencyKey }),
      })
      const callbackSecret = batch.callback?.secret ?? null
      const headers = { Location: `/api/v1/batches/${batch.id}` }
      return c.json({ ...show(batch), callbackSecret }, 201, headers)
    })
    .openapi(listRoute, async (c) => {
      const { cursor, limit } = c.req.valid('query')
      const page = await batches.list(c.var.client, { before: cursor, limit: limit + 1 })
      const shown = page.slice(0, limit)
      const last = page.length > limit ? shown.at(-1) : undefined
      return c.json({ batches: shown.map(show), nextCursor: last?.id ?? null }, 200)
    })
    .openapi(getRoute, async (c) => {
      return c.json(show(await batches.get(c.var.client, c.req.valid('param').id)), 200)
    })
    .openapi(startRoute, async (c) => {
      return c.json(show(await batches.start(c.var.client, c.req.valid('param').id)), 202)
    })
    .openapi(cancelRoute, async (c) => {
      return c.json(show(await batches.cancel(c.var.client, c.req.valid('param').id)), 202)
    })
    .openapi(retryRoute, async (c) => {
      return c.json(show(await batches.retry(c.var.client, c.req.valid('param').id)), 202)
    })
    .openapi(removeRoute, async (c) => {
      await batches.remove(c.var.client, c.req.valid('param').id)
      return c.body(null, 204)
    })
}
