import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Sealing } from '../../sealing/service.ts'
import type { ClientEnv } from '../env.ts'
import { problemResponses, refuseInvalid } from './openapi.ts'

const hexDigest = z
  .string()
  .openapi({ format: 'hex', example: 'e3b0c44298fc1c149afbf4c8996fb924…' })

const Journal = z
  .object({
    seq: z.number().int(),
    hash: hexDigest,
    entry: z.string().openapi({
      description: 'What `hash` is the hash of, behind the octets `sceau/journal/v1` and 0x00',
    }),
    leafIndex: z.number().int().optional(),
    leafCount: z.number().int().optional(),
    merkleRoot: hexDigest.optional(),
    path: z
      .array(hexDigest)
      .optional()
      .openapi({ description: 'Inclusion path (RFC 9162), from the leaf up' }),
    leaf: z.string().optional().openapi({ description: 'Canonical JSON; its octets are the leaf' }),
  })
  .openapi('JournalProof', {
    description:
      'The entry that proves the operation. From `leafIndex` on: only when the entry stands for ' +
      'several operations; it then carries the root of their Merkle tree.',
  })

const Operation = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    kind: z.string(),
    seal: z.string(),
    actor: z.object({ kind: z.literal('api-client'), id: z.string(), name: z.string() }),
    delegation: z.object({ number: z.string(), version: z.number().int() }),
    key: z.object({ id: z.string(), algorithm: z.string() }),
    certificate: z.object({ serial: z.string(), subject: z.string(), sha256: hexDigest }),
    level: z.string(),
    fieldName: z.string(),
    originalSha256: hexDigest,
    sealedSha256: hexDigest,
    signedDigest: hexDigest,
    warnings: z.array(z.enum(['repaired', 'dynamic-form'])),
    bytes: z.number().int(),
    requestId: z.string(),
    journal: Journal,
  })
  .openapi('Operation')

const getRoute = createRoute({
  method: 'get',
  path: '/operations/{id}',
  summary: 'One signing act with its evidence',
  tags: ['Operations'],
  request: { params: z.object({ id: z.string().max(64) }) },
  responses: {
    200: { description: 'The operation', content: { 'application/json': { schema: Operation } } },
    ...problemResponses(401, 403, 404),
  },
})

/** `GET /operations/{id}`. */
export function operationRoutes({ sealing }: { sealing: Sealing }) {
  return new OpenAPIHono<ClientEnv>({ defaultHook: refuseInvalid }).openapi(getRoute, async (c) => {
    const { id } = c.req.valid('param')
    return c.json(await sealing.getOperation(c.var.client, id), 200)
  })
}
