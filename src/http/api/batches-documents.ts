import { buffer } from 'node:stream/consumers'
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { sliceExtents } from '../../batches/files/extent.ts'
import type { BatchDocument } from '../../batches/model.ts'
import { DOCUMENT_STATES } from '../../batches/model.ts'
import type { Batches } from '../../batches/service.ts'
import { AppError } from '../../errors.ts'
import { bodyChunks, DOCUMENT_BYTES_MAX, refuseDeclared } from '../body.ts'
import { parseByteRange } from '../byte-range.ts'
import type { ClientEnv } from '../env.ts'
import { streamed, withShortTail } from '../streamed.ts'
import { BatchId, DocumentBody, nextCursor, Page, toDocumentBody } from './batches-schemas.ts'
import { binary, problemResponses, refuseInvalid } from './openapi.ts'

/** Up to this a document leaves in one piece. */
const WHOLE_BYTES_MAX = 512 * 1024

/** A name may have several segments, for which OpenAPI has no word: it is described as one. */
const DOCUMENT_PATH = '/batches/{id}/documents/{name}'
const ANY_DOCUMENT_PATH = `${DOCUMENT_PATH}{[^]+}`

const DocumentName = BatchId.extend({
  name: z.string().openapi({
    description: 'May have several segments: `2026/mars/attestation.pdf`.',
    example: 'attestation-042.pdf',
  }),
})

const Stored = z
  .object({ name: z.string(), bytes: z.number().int(), sha256: z.string() })
  .openapi('StoredDocument')

const putRoute = createRoute({
  method: 'put',
  path: DOCUMENT_PATH,
  summary: 'Add one document to a batch',
  description: 'Whatever the body is: what is no PDF fails when the batch is at work.',
  tags: ['Batches'],
  request: {
    params: DocumentName,
    body: { required: true, content: { 'application/pdf': binary } },
  },
  responses: {
    201: {
      description: 'It is in the batch',
      content: { 'application/json': { schema: Stored } },
    },
    200: {
      description: 'It was in the batch already, octet for octet',
      content: { 'application/json': { schema: Stored } },
    },
    ...problemResponses(400, 401, 404, 409, 413, 422, 507),
  },
})

const listRoute = createRoute({
  method: 'get',
  path: '/batches/{id}/documents',
  summary: 'The documents of a batch, in the order of their arrival',
  tags: ['Batches'],
  request: {
    params: BatchId,
    query: Page.extend({
      cursor: z
        .string()
        .regex(/^\d{1,15}$/, 'is not the nextCursor of a page')
        .optional(),
      state: z.enum(DOCUMENT_STATES).optional(),
    }),
  },
  responses: {
    200: {
      description: 'A page of them',
      content: {
        'application/json': { schema: z.object({ documents: z.array(DocumentBody), nextCursor }) },
      },
    },
    ...problemResponses(400, 401, 404),
  },
})

const getRoute = createRoute({
  method: 'get',
  path: DOCUMENT_PATH,
  summary: 'The sealed file',
  description:
    'A document that failed answers why, one that is not sealed yet `not-sealed-yet`. Single ranges are answered.',
  tags: ['Batches'],
  request: { params: DocumentName },
  responses: {
    200: {
      description: 'The sealed PDF',
      headers: {
        'Sceau-Operation': { schema: { type: 'string' }, description: 'Id of the operation' },
        Digest: { schema: { type: 'string' }, description: 'SHA-256 of the whole (RFC 3230)' },
        ETag: { schema: { type: 'string' } },
      },
      content: { 'application/pdf': binary },
    },
    206: { description: 'A part of it', content: { 'application/pdf': binary } },
    304: { description: 'The client has it already' },
    ...problemResponses(401, 404, 409, 415, 416, 422),
  },
})

/** `/batches/{id}/documents` but for the upload of many at once. */
export function batchDocumentRoutes({ batches }: { batches: Batches }) {
  const routes = new OpenAPIHono<ClientEnv>({ defaultHook: refuseInvalid })
  routes.openAPIRegistry.registerPath(putRoute)
  routes.openAPIRegistry.registerPath(getRoute)
  return routes
    .openapi({ ...putRoute, path: ANY_DOCUMENT_PATH, hide: true }, async (c) => {
      refuseDeclared(c, DOCUMENT_BYTES_MAX)
      const { id, name } = c.req.valid('param')
      const { isNew, ...stored } = await batches.put(c.var.client, id, {
        name,
        chunks: bodyChunks(c),
      })
      return isNew ? c.json(stored, 201) : c.json(stored, 200)
    })
    .openapi(listRoute, async (c) => {
      const { id } = c.req.valid('param')
      const { cursor = '0', limit, state } = c.req.valid('query')
      const after = Number(cursor)
      const page = await batches.documents(c.var.client, id, { state, after, limit: limit + 1 })
      const shown = page.slice(0, limit)
      const last = page.length > limit ? shown.at(-1) : undefined
      const next = last === undefined ? null : String(last.seq)
      return c.json({ documents: shown.map(toDocumentBody), nextCursor: next }, 200)
    })
    .openapi({ ...getRoute, path: ANY_DOCUMENT_PATH, hide: true }, async (c) => {
      const { id, name } = c.req.valid('param')
      return answerDocument(c, await batches.readDocument(c.var.client, id, name))
    })
}

type Read = Awaited<ReturnType<Batches['readDocument']>>

async function answerDocument(c: Context<ClientEnv>, { document, parts, read }: Read) {
  const { sealed } = document
  if (sealed === undefined) throw new RangeError('a document that is not sealed has no file')
  const headers = headersOf(sealed)
  if (c.req.header('if-none-match') === headers.ETag) return c.body(null, 304, { ...headers })
  const range = rangeOf(c, sealed.bytes, headers.ETag)
  const { from, to } = range ?? { from: 0, to: sealed.bytes }
  const status = range === undefined ? 200 : 206
  const length = {
    'Content-Type': 'application/pdf',
    'Content-Length': String(to - from),
    ...(range !== undefined && { 'Content-Range': `bytes ${from}-${to - 1}/${sealed.bytes}` }),
  }
  if (c.req.method === 'HEAD') return c.body(null, status, { ...headers, ...length })
  const wanted = read(sliceExtents(parts, from, to))
  const body =
    to - from <= WHOLE_BYTES_MAX
      ? await buffer(wanted)
      : streamed(c.var.log, () => withShortTail(wanted))
  return c.body(body, status, { ...headers, ...length })
}

function headersOf({ sha256, operationId }: NonNullable<BatchDocument['sealed']>) {
  return {
    'Accept-Ranges': 'bytes',
    ETag: `"${sha256}"`,
    Digest: `sha-256=${Buffer.from(sha256, 'hex').toString('base64')}`,
    'Sceau-Operation': operationId,
  }
}

/** @throws AppError `range-not-satisfiable`. */
function rangeOf(c: Context<ClientEnv>, bytes: number, etag: string) {
  const ifRange = c.req.header('if-range')
  // Only of what the client has the beginning of.
  if (ifRange !== undefined && ifRange !== etag) return undefined
  const range = parseByteRange(c.req.header('range'), bytes)
  if (range !== 'unsatisfiable') return range
  c.header('Content-Range', `bytes */${bytes}`)
  throw new AppError('range-not-satisfiable', `The document has ${bytes} bytes.`, {
    hints: { field: 'Range', bytes },
  })
}
