import { OpenAPIHono } from '@hono/zod-openapi'
import type { Batches } from '../../batches/service.ts'
import type { Sealing } from '../../sealing/service.ts'
import type { SealStream } from '../../sealing/stream.ts'
import type { ReceiveDocument } from '../body.ts'
import type { ClientEnv } from '../env.ts'
import { type Authenticate, authenticate } from '../middleware/authenticate.ts'
import { operationRoutes } from './operations.ts'
import { sealStreamRoutes } from './seal-stream.ts'
import { sealRoutes } from './seals.ts'
import { type VerifyDocument, verifyRoutes } from './verify.ts'

export interface ApiDeps {
  readonly authenticateKey: Authenticate
  readonly sealing: Sealing
  readonly sealStream: SealStream
  readonly batches: Batches
  readonly verify: VerifyDocument
  readonly receive: ReceiveDocument
}

/** Everything under `/api/v1`, for API clients. */
export function apiRoutes(deps: ApiDeps) {
  const api = new OpenAPIHono<ClientEnv>()
  api.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key made with `sceau api-client create`.',
  })
  for (const path of ['/seals/*', '/seals', '/verify', '/operations/*']) {
    api.use(path, authenticate(deps.authenticateKey))
  }
  return api
    .route('/', sealRoutes(deps))
    .route('/', sealStreamRoutes(deps))
    .route('/', verifyRoutes(deps))
    .route('/', operationRoutes(deps))
}
