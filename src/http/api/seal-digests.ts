import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { AppError } from '../../errors.ts'
import type { SealDigests } from '../../sealing/digests.ts'
import type { ClientEnv } from '../env.ts'
import { problemResponses, refuseInvalid } from './openapi.ts'

const DIGESTS_MAX = 10_000
const BODY_BYTES_MAX = 2 * 1024 * 1024
/** Nothing moves on the connection while an HSM signs, and a slow one makes some dozens a second. */
const SILENCE_MS = 600_000

const Digests = z.object({
  digestAlgorithm: z.enum(['sha256', 'sha384', 'sha512']).openapi({
    description: 'The hash of the seal’s signature algorithm; another one is refused.',
  }),
  digests: z
    .array(z.string().regex(/^(?:[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/, 'is no hex digest'))
    .min(1)
    .max(DIGESTS_MAX)
    .openapi({ description: 'Lower-case hex.' }),
  format: z.enum(['cms', 'raw']).openapi({
    description:
      '`cms`: a detached CMS as it stands in a sealed PDF, its message digest the one given. ' +
      '`raw`: the digest itself, signed with the seal’s algorithm.',
  }),
})

const base64 = z.string().openapi({ format: 'byte' })

const digestsRoute = createRoute({
  method: 'post',
  path: '/seals/{seal}/digests',
  summary: 'Sign digests of documents that stay where they are',
  tags: ['Seals'],
  request: {
    params: z.object({ seal: z.string().max(64).openapi({ example: 'cachet-du-conseil' }) }),
    headers: z.object({
      'idempotency-key': z.string().min(1).max(128).optional().openapi({
        description: 'The same key with the same request gives the same answer again.',
      }),
    }),
    body: { required: true, content: { 'application/json': { schema: Digests } } },
  },
  responses: {
    200: {
      description: 'In the order of the digests; every signature was verified',
      content: {
        'application/json': {
          schema: z.object({
            signatures: z.array(base64).openapi({
              description: 'DER of CMS; or RSA octets or DER `Ecdsa-Sig-Value`',
            }),
            certificates: z.array(base64).openapi({ description: 'DER, the seal’s first' }),
            operations: z.array(z.string()).openapi({ description: 'Ids of the operations' }),
          }),
        },
      },
    },
    ...problemResponses(400, 401, 403, 404, 409, 413, 429, 503, 507),
  },
})

/** `POST /seals/{seal}/digests`. */
export function sealDigestRoutes({ sealDigests }: { sealDigests: SealDigests }) {
  const app = new OpenAPIHono<ClientEnv>({ defaultHook: refuseInvalid })
  app.use(digestsRoute.getRoutingPath(), bodyLimit({ maxSize: BODY_BYTES_MAX, onError: tooLarge }))
  return app.openapi(digestsRoute, async (c) => {
    const { client, requestId } = c.var
    c.env.outgoing?.setTimeout(SILENCE_MS)
    const idempotencyKey = c.req.valid('header')['idempotency-key']
    const answer = await sealDigests({
      ...{ client, sealId: c.req.valid('param').seal, requestId },
      ...c.req.valid('json'),
      ...(idempotencyKey !== undefined && { idempotencyKey }),
    })
    // It is text already: to parse 30 MB so that `c.json` may write them again would be vain, and a
    // body of octets has no type for JSON.
    return c.body(answer, 200, { 'content-type': 'application/json' }) as never
  })
}

function tooLarge(c: Context): never {
  // What is still on its way is not waited for.
  c.header('Connection', 'close')
  throw new AppError(
    'document-too-large',
    `The request is larger than ${BODY_BYTES_MAX} bytes. Send fewer digests at once.`,
    { hints: { maxBytes: BODY_BYTES_MAX } },
  )
}
