import { createRoute, OpenAPIHono } from '@hono/zod-openapi'
import type { PdfSource } from '../../pdf/source.ts'
import { VerificationReport } from '../../verify/report.ts'
import { type ReceiveDocument, requirePdf } from '../body.ts'
import type { ClientEnv } from '../env.ts'
import { binary, problemResponses, refuseInvalid } from './openapi.ts'

const verifyRoute = createRoute({
  method: 'post',
  path: '/verify',
  summary: 'Judge every signature of a PDF',
  description:
    'Per signature: indication and sub-indication (ETSI EN 319 102-1), level, signer, time and its source, coverage, changes after signing, chain.',
  tags: ['Verification'],
  request: { body: { required: true, content: { 'application/pdf': binary } } },
  responses: {
    200: {
      description: 'The report',
      content: { 'application/json': { schema: VerificationReport } },
    },
    ...problemResponses(400, 401, 413, 415, 422),
  },
})

export type VerifyDocument = (source: PdfSource) => Promise<VerificationReport>

/** `POST /verify`. */
export function verifyRoutes({
  verify,
  receive,
}: {
  verify: VerifyDocument
  receive: ReceiveDocument
}) {
  return new OpenAPIHono<ClientEnv>({ defaultHook: refuseInvalid }).openapi(
    verifyRoute,
    async (c) => {
      requirePdf(c)
      const document = await receive(c)
      try {
        return c.json(await verify(document.source), 200)
      } finally {
        await document.release()
      }
    },
  )
}
