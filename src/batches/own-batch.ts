import type { ApiClient } from '../clients/model.ts'
import type { Db } from '../db/database.ts'
import { AppError } from '../errors.ts'
import { can } from '../rights/can.ts'
import type { Batch } from './model.ts'
import { findBatch } from './store.ts'

/** @throws AppError `not-found`, also for the batch of another client. */
export type GetOwnBatch = (client: ApiClient, id: string) => Promise<Batch>

/** The one door to a batch for its client. */
export function makeGetOwnBatch({ db, now }: { db: Db; now: () => number }): GetOwnBatch {
  return async (client, id) => {
    const batch = await findBatch(db, id)
    const actor = { kind: 'api-client', id: client.id } as const
    const isOwn =
      batch !== undefined &&
      can(actor, { action: 'batch.use', clientId: batch.clientId }, [], now()).allowed
    if (!isOwn) throw new AppError('not-found', 'There is no batch of this id.')
    return batch
  }
}
