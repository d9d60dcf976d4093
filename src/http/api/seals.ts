import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Sealing } from '../../sealing/service.ts'
import { type ReceiveDocument, type ReceivedDocument, requirePdf } from '../body.ts'
import type { ClientEnv } from '../env.ts'
import { binary, problemResponses, refuseInvalid } from './openapi.ts'
import { sealOptionsQuery, toSealOptions } from './seal-options.ts'

const SealId = z.object({ seal: z.string().max(64).openapi({ example: 'cachet-du-conseil' }) })

const ApplyQuery = z.object({ format: z.enum(['pades']).default('pades'), ...sealOptionsQuery })

const Seal = z
  .object({
    id: z.string(),
    name: z.string(),
    organisation: z.string(),
    state: z.enum(['draft', 'active', 'suspended', 'retired']),
    signatureAlgorithm: z.string(),
    certificate: z.object({ subject: z.string(), serial: z.string(), notAfter: z.iso.datetime() }),
    delegation: z.object({
      number: z.string(),
      version: z.number().int(),
      validFrom: z.iso.datetime(),
      validTo: z.iso.datetime().nullable(),
    }),
  })
  .openapi('Seal')

const listRoute = createRoute({
  method: 'get',
  path: '/seals',
  summary: 'The seals this client may apply, each with the delegation that allows it',
  tags: ['Seals'],
  responses: {
    200: {
      description: 'The seals',
      content: {
        'application/json': {
          schema: z.object({ seals: z.array(Seal), nextCursor: z.string().nullable() }),
        },
      },
    },
    ...problemResponses(401),
  },
})

const applyRoute = createRoute({
  method: 'post',
  path: '/seals/{seal}/apply',
  summary: 'Seal one PDF',
  description:
    'The sealed PDF is the original, byte for byte, followed by the seal. Earlier signatures stay valid.',
  tags: ['Seals'],
  request: {
    params: SealId,
    query: ApplyQuery,
    headers: z.object({
      'idempotency-key': z.string().min(1).max(128).optional().openapi({
        description: 'The same key with the same request gives the same sealed file again.',
      }),
    }),
    body: { required: true, content: { 'application/pdf': binary } },
  },
  responses: {
    200: {
      description: 'The sealed PDF',
      headers: {
        'Sceau-Operation': { schema: { type: 'string' }, description: 'Id of the operation' },
        'Sceau-Warnings': {
          schema: { type: 'string' },
          description:
            'Only if any: `repaired` (its cross-reference was rebuilt), `dynamic-form` (XFA)',
        },
        Digest: { schema: { type: 'string' }, description: 'SHA-256 of the body (RFC 3230)' },
      },
      content: { 'application/pdf': binary },
    },
    ...problemResponses(400, 401, 403, 404, 409, 413, 415, 422, 503, 507),
  },
})

/** `GET /seals` and `POST /seals/{seal}/apply`. */
export function sealRoutes({ sealing, receive }: { sealing: Sealing; receive: ReceiveDocument }) {
  return new OpenAPIHono<ClientEnv>({ defaultHook: refuseInvalid })
    .openapi(listRoute, async (c) => {
      return c.json({ seals: await sealing.listSeals(c.var.client), nextCursor: null }, 200)
    })
    .openapi(applyRoute, async (c) => {
      requirePdf(c)
      const { seal } = c.req.valid('param')
      const options = toSealOptions(c.req.valid('query'))
      const idempotencyKey = c.req.valid('header')['idempotency-key']
      const document = await receive(c)
      try {
        const sealed = await sealing.apply({
          client: c.var.client,
          sealId: seal,
          document: document.place,
          options,
          requestId: c.var.requestId,
          ...(idempotencyKey !== undefined && { idempotencyKey }),
        })
        return c.body(joined(document, sealed.appendix), 200, headersOf(document, sealed))
      } catch (error) {
        await document.release()
        throw error
      }
    })
}

interface Sealed {
  readonly operation: { readonly id: string }
  readonly appendix: Uint8Array
  /** Hex. */
  readonly sha256: string
  readonly warnings: readonly string[]
}

function headersOf(document: ReceivedDocument, sealed: Sealed) {
  const { operation, appendix, sha256, warnings } = sealed
  return {
    'Content-Type': 'application/pdf',
    'Content-Length': String(document.source.length + appendix.length),
    'Sceau-Operation': operation.id,
    ...(warnings.length > 0 && { 'Sceau-Warnings': warnings.join(', ') }),
    Digest: `sha-256=${Buffer.from(sha256, 'hex').toString('base64')}`,
    // A streamed answer still drains when its last octets have arrived (`PacedResponse`).
    ...(document.bytes === undefined && { Connection: 'close' }),
  }
}

/** The original followed by the appended section; a large original is read from its file again. */
function joined(document: ReceivedDocument, appendix: Uint8Array) {
  if (document.bytes !== undefined) {
    void document.release()
    return Buffer.concat([document.bytes, appendix])
  }
  const parts = Readable.from(partsOf(document, appendix), { objectMode: false })
  // However the stream ends, and even where nobody began to read it.
  parts.once('close', () => void document.release())
  return Readable.toWeb(parts) as ReadableStream<Uint8Array>
}

async function* partsOf({ path }: ReceivedDocument, appendix: Uint8Array) {
  if (path !== undefined) yield* createReadStream(path)
  yield appendix
}
