import { OpenAPIHono } from '@hono/zod-openapi'
import type { BatchEvents } from '../../batches/events.ts'
import type { Batches } from '../../batches/service.ts'
import type { Delivery } from '../../batches/webhooks/delivery-store.ts'
import type { SealDigests } from '../../sealing/digests.ts'
import type { Sealing } from '../../sealing/service.ts'
import type { Spool } from '../../sealing/spool.ts'
import type { SealStream } from '../../sealing/stream.ts'
import type { ReceiveDocument } from '../body.ts'
import type { ClientEnv } from '../env.ts'
import { type Authenticate, authenticate } from '../middleware/authenticate.ts'
import { batchDeliveryRoutes } from './batch-deliveries.ts'
import { batchRoutes } from './batches.ts'
import { batchArchiveRoutes } from './batches-archive.ts'
import { batchDocumentRoutes } from './batches-documents.ts'
import { batchEventRoutes } from './batches-events.ts'
import { batchUploadRoutes } from './batches-upload.ts'
import { operationRoutes } from './operations.ts'
import { sealDigestRoutes } from './seal-digests.ts'
import { sealStreamRoutes } from './seal-stream.ts'
import { sealRoutes } from './seals.ts'
import { type VerifyDocument, verifyRoutes } from './verify.ts'

export interface ApiDeps {
  readonly authenticateKey: Authenticate
  readonly sealing: Sealing
  readonly sealStream: SealStream
  readonly sealDigests: SealDigests
  readonly batches: Batches
  readonly batchEvents: BatchEvents
  readonly listDeliveries: (batchId: string) => Promise<Delivery[]>
  readonly spool: Spool
  readonly verify: VerifyDocument
  readonly receive: ReceiveDocument
  readonly now: () => number
}

/** Everything under `/api/v1`, for API clients. */
export function apiRoutes(deps: ApiDeps) {
  const api = new OpenAPIHono<ClientEnv>()
  api.openAPIRegistry.registerComponent('securitySchemes', 'apiKey', {
    type: 'http',
    scheme: 'bearer',
    description: 'An API key made with `sceau api-client create`.',
  })
  for (const path of ['/seals/*', '/seals', '/verify', '/operations/*', '/batches', '/batches/*']) {
    api.use(path, authenticate(deps.authenticateKey))
  }
  return api
    .route('/', sealRoutes(deps))
    .route('/', sealStreamRoutes(deps))
    .route('/', sealDigestRoutes(deps))
    .route('/', batchRoutes(deps))
    .route('/', batchDocumentRoutes(deps))
    .route('/', batchUploadRoutes(deps))
    .route('/', batchArchiveRoutes(deps))
    .route('/', batchEventRoutes(deps))
    .route('/', batchDeliveryRoutes(deps))
    .route('/', verifyRoutes(deps))
    .route('/', operationRoutes(deps))
}
