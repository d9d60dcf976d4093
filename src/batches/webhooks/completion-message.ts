import type { Tx } from '../../db/database.ts'
import type { Batch } from '../model.ts'
import { insertDelivery } from './delivery-store.ts'

/**
 * Have the client told that its batch has ended, if it wants to be: in the transaction of the end,
 * so that neither is ever without the other.
 */
export async function announceCompletion(
  tx: Tx,
  batch: Batch,
  { makeId, now }: { readonly makeId: (at: number) => string; readonly now: () => number },
): Promise<void> {
  if (batch.callback === undefined) return
  const at = batch.finishedAt ?? now()
  await insertDelivery(tx, {
    id: makeId(at),
    batch_id: batch.id,
    body_json: JSON.stringify(completionMessage(batch, at)),
    ...{ state: 'waiting', attempts: 0, next_at: at, created_at: at },
  })
}

/** What is told, in the form of the Standard Webhooks specification. */
function completionMessage(batch: Batch, at: number) {
  const { id, state, counts, label, sealId, startedAt, finishedAt } = batch
  return {
    type: `batch.${state}`,
    timestamp: new Date(at).toISOString(),
    data: {
      ...{ id, state, counts, label, seal: sealId },
      ...{ startedAt: timeOf(startedAt), finishedAt: timeOf(finishedAt) },
    },
  }
}

function timeOf(at: number | undefined): string | undefined {
  return at === undefined ? undefined : new Date(at).toISOString()
}
