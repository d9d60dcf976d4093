import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import type { ArchiveEntry } from '../../archives/archive-entry.ts'
import { readMultipart } from '../../archives/read-multipart.ts'
import { readTar } from '../../archives/read-tar.ts'
import { readZip } from '../../archives/read-zip.ts'
import type { Batches } from '../../batches/service.ts'
import { AppError } from '../../errors.ts'
import type { Spool } from '../../sealing/spool.ts'
import { bodyChunks, DOCUMENT_BYTES_MAX, refuseDeclared } from '../body.ts'
import type { ClientEnv } from '../env.ts'
import { BatchId, toProblem } from './batches-schemas.ts'
import { binary, Problem, problemResponses, refuseInvalid } from './openapi.ts'

const GIB = 1024 ** 3
const ARCHIVE_BYTES_MAX = 64 * GIB
/** A zip may unpack to this in any case, and beyond it to so many times its size. */
const UNPACKED_BYTES_MIN = 4 * GIB
const UNPACKED_RATIO_MAX = 50

const LIMITS = {
  documentBytesMax: DOCUMENT_BYTES_MAX,
  totalBytesMax: ARCHIVE_BYTES_MAX,
  entriesMax: 500_000,
  hasUniqueNames: true,
} as const

const Report = z
  .object({
    accepted: z.number().int().openapi({
      description: 'Those that are in the batch now, also those that were in it before',
    }),
    rejected: z.array(z.object({ name: z.string(), problem: Problem })),
    rejectedMore: z.number().int().optional().openapi({
      description: 'How many were rejected beyond the 10,000 that are listed',
    }),
  })
  .openapi('UploadReport')

const uploadRoute = createRoute({
  method: 'post',
  path: '/batches/{id}/documents',
  summary: 'Add many documents to a batch',
  description:
    'Folders of the archive are parts of names. What cannot be taken is rejected, each with its ' +
    'problem, and the rest is taken. When the archive breaks off, `accepted` of the problem tells ' +
    'how many are in the batch: it can be sent again.',
  tags: ['Batches'],
  request: {
    params: BatchId,
    body: {
      required: true,
      content: { 'application/x-tar': binary, 'application/zip': binary },
    },
  },
  responses: {
    200: {
      description: 'What became of each document',
      content: { 'application/json': { schema: Report } },
    },
    ...problemResponses(400, 401, 404, 409, 413, 507),
  },
})

interface UploadDeps {
  readonly batches: Batches
  readonly spool: Spool
}

/** `POST /batches/{id}/documents`. */
export function batchUploadRoutes({ batches, spool }: UploadDeps) {
  const described = { ...uploadRoute.request.body.content, 'multipart/form-data': form }
  const routes = new OpenAPIHono<ClientEnv>({ defaultHook: refuseInvalid })
  routes.openAPIRegistry.registerPath({
    ...uploadRoute,
    request: { params: BatchId, body: { required: true, content: described } },
  })
  return routes.openapi({ ...uploadRoute, hide: true }, async (c) => {
    refuseDeclared(c, ARCHIVE_BYTES_MAX)
    const entries = entriesOf(c, spool)
    const report = await batches.putArchive(c.var.client, c.req.valid('param').id, entries)
    const { accepted, rejected, rejectedMore } = report
    const shown = rejected.map(({ name, problem }) => ({ name, problem: toProblem(problem) }))
    return c.json({ accepted, rejected: shown, ...(rejectedMore > 0 && { rejectedMore }) }, 200)
  })
}

/** Described only: a schema that validates a form would have it read into memory as a whole. */
const form = {
  schema: z.object({ document: z.array(binary.schema) }),
}

/** @throws AppError `invalid-request` for what is none of the three. */
function entriesOf(c: Context<ClientEnv>, spool: Spool): AsyncIterable<ArchiveEntry> {
  const contentType = c.req.header('content-type') ?? ''
  switch (contentType.split(';', 1)[0]?.trim().toLowerCase()) {
    case 'application/x-tar':
    case 'application/tar':
      return readTar(bodyChunks(c), LIMITS)
    case 'application/zip':
    case 'application/x-zip-compressed':
      return spooledZip(c, spool)
    case 'multipart/form-data':
      return readMultipart(bodyChunks(c), contentType, LIMITS)
    default:
      throw new AppError(
        'invalid-request',
        'Send `application/x-tar`, `application/zip` or `multipart/form-data`.',
        { hints: { field: 'Content-Type' } },
      )
  }
}

/** What a zip holds is told at its end: it is read from a file. */
async function* spooledZip(c: Context<ClientEnv>, spool: Spool): AsyncGenerator<ArchiveEntry> {
  const zip = await spool.receive(bodyChunks(c), { maxBytes: ARCHIVE_BYTES_MAX })
  // The client is silent from now on, for as long as it takes; with the answer the clock is set again.
  c.env.incoming?.socket.setTimeout(0)
  try {
    const unpacked = Math.max(UNPACKED_BYTES_MIN, UNPACKED_RATIO_MAX * zip.source.length)
    const totalBytesMax = Math.min(ARCHIVE_BYTES_MAX, unpacked)
    yield* readZip(zip.path, { ...LIMITS, totalBytesMax })
  } finally {
    await zip.release()
  }
}
