import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { BatchEvents, WatchEvent } from '../../batches/events.ts'
import { isFinished } from '../../batches/model.ts'
import type { Batches } from '../../batches/service.ts'
import { AppError } from '../../errors.ts'
import type { ClientEnv } from '../env.ts'
import { streamed } from '../streamed.ts'
import { BatchId, toBatchBody, toDocumentBody } from './batches-schemas.ts'
import { problemResponses, refuseInvalid } from './openapi.ts'

const RECONNECT_MS = 1_000
const DONE_MARK = '-done'

const eventsRoute = createRoute({
  method: 'get',
  path: '/batches/{id}/events',
  summary: 'Watch a batch',
  description:
    'Server-sent events. `document`: one document was sealed or has failed (as in the list of ' +
    'documents); `progress`: how the batch stands; `done`: the same, and nothing more follows. ' +
    'With `Last-Event-ID` the stream goes on behind that event, without loss or repetition of ' +
    'documents, on any node.',
  tags: ['Batches'],
  request: {
    params: BatchId,
    headers: z.object({
      'last-event-id': z
        .string()
        .regex(/^\d{1,15}(-done)?$/, 'is not the id of an event')
        .optional()
        .openapi({ description: 'The id of the last event that was received' }),
    }),
  },
  responses: {
    200: {
      description: 'The events, until the batch is finished or removed',
      content: { 'text/event-stream': { schema: z.string() } },
    },
    204: { description: 'The event was `done`: there is nothing more' },
    ...problemResponses(400, 401, 404),
  },
})

interface EventsDeps {
  readonly batches: Batches
  readonly batchEvents: BatchEvents
  readonly now: () => number
}

/** `GET /batches/{id}/events`. */
export function batchEventRoutes({ batches, batchEvents, now }: EventsDeps) {
  return new OpenAPIHono<ClientEnv>({ defaultHook: refuseInvalid }).openapi(
    eventsRoute,
    async (c) => {
      const { id } = c.req.valid('param')
      const lastId = c.req.valid('header')['last-event-id'] ?? '0'
      const after = Number.parseInt(lastId, 10)
      const { state, eventNo } = await batches.get(c.var.client, id)
      if (after > eventNo) throw unknownEvent()
      const isDone = lastId.endsWith(DONE_MARK) && after === eventNo && isFinished(state)
      if (isDone) return c.body(null, 204)
      const headers = { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' }
      if (c.req.method === 'HEAD') return c.body(null, 200, headers)
      const body = streamed(c.var.log, async function* (signal) {
        yield Buffer.from(`retry: ${RECONNECT_MS}\n\n`)
        for await (const events of batchEvents.watch(id, { after, signal })) {
          yield Buffer.from(encodeEvents(events, now()))
        }
      })
      return c.body(body, 200, headers)
    },
  )
}

/** Nothing to tell is a comment: it keeps what lies between from taking the connection for dead. */
function encodeEvents(events: readonly WatchEvent[], now: number): string {
  if (events.length === 0) return ':\n\n'
  return events.map((event) => encodeEvent(event, now)).join('')
}

function encodeEvent(event: WatchEvent, now: number): string {
  const body =
    event.kind === 'document' ? toDocumentBody(event.document) : toBatchBody(event.batch, now)
  const id = `${event.no}${event.kind === 'done' ? DONE_MARK : ''}`
  return `event: ${event.kind}\nid: ${id}\ndata: ${JSON.stringify(body)}\n\n`
}

function unknownEvent(): AppError {
  return new AppError('invalid-request', 'The batch has no event of this id.', {
    hints: { field: 'Last-Event-ID' },
  })
}
