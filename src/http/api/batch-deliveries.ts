import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Batches } from '../../batches/service.ts'
import type { Delivery } from '../../batches/webhooks/delivery-store.ts'
import type { ClientEnv } from '../env.ts'
import { problemResponses, refuseInvalid } from './openapi.ts'

const Attempt = z.object({
  number: z.number().int(),
  at: z.iso.datetime(),
  durationMs: z.number().int(),
  status: z.number().int().optional().openapi({ description: 'Of the answer, if there was one' }),
  error: z.string().optional().openapi({
    description: 'Why there was none, in a word',
    example: 'timed-out',
  }),
})

const Deliveries = z
  .object({
    deliveries: z.array(
      z.object({
        id: z.string().openapi({ description: 'The `webhook-id` of the message' }),
        state: z.enum(['waiting', 'delivered', 'given-up']),
        createdAt: z.iso.datetime(),
        nextAttemptAt: z.iso.datetime().optional(),
        attempts: z.array(Attempt),
      }),
    ),
  })
  .openapi('Deliveries')

const listRoute = createRoute({
  method: 'get',
  path: '/batches/{id}/deliveries',
  summary: 'The messages about the end of a batch, each with its attempts, the newest first',
  tags: ['Batches'],
  request: { params: z.object({ id: z.string().max(64) }) },
  responses: {
    200: {
      description: 'What was sent to `callbackUrl`',
      content: { 'application/json': { schema: Deliveries } },
    },
    ...problemResponses(401, 404),
  },
})

interface Deps {
  readonly batches: Pick<Batches, 'get'>
  readonly listDeliveries: (batchId: string) => Promise<Delivery[]>
}

/** `GET /batches/{id}/deliveries`. */
export function batchDeliveryRoutes({ batches, listDeliveries }: Deps) {
  return new OpenAPIHono<ClientEnv>({ defaultHook: refuseInvalid }).openapi(
    listRoute,
    async (c) => {
      const { id } = c.req.valid('param')
      await batches.get(c.var.client, id)
      const deliveries = await listDeliveries(id)
      return c.json({ deliveries: deliveries.map(toJson) }, 200)
    },
  )
}

function toJson({ createdAt, nextAttemptAt, attempts, ...delivery }: Delivery) {
  return {
    ...delivery,
    createdAt: new Date(createdAt).toISOString(),
    ...(nextAttemptAt !== undefined && { nextAttemptAt: new Date(nextAttemptAt).toISOString() }),
    attempts: attempts.map(({ at, ...attempt }) => ({
      ...attempt,
      at: new Date(at).toISOString(),
    })),
  }
}
