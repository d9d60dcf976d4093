import type { ApiClient } from '../clients/model.ts'
import { makeDelivery } from './delivery.ts'
import type { BatchesDeps } from './deps.ts'
import { makeLifecycle } from './lifecycle.ts'
import { makeOpening } from './opening.ts'
import { makeGetOwnBatch } from './own-batch.ts'
import { listBatches } from './store.ts'
import { makeUploading } from './uploading.ts'

export type Batches = ReturnType<typeof makeBatches>

/** Batches as their client handles them. What belongs to another is not there. */
export function makeBatches(deps: BatchesDeps) {
  const get = makeGetOwnBatch(deps)
  return {
    get,
    list: (client: ApiClient, page: { before: string | undefined; limit: number }) =>
      listBatches(deps.db, client.id, page),
    ...makeOpening(deps, get),
    ...makeUploading(deps, get),
    ...makeLifecycle(deps, get),
    ...makeDelivery(deps, get),
  }
}
