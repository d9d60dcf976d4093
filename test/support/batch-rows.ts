import { randomUUID } from 'node:crypto'
import { insertBatch } from '../../src/batches/store.ts'
import type { Db } from '../../src/db/database.ts'
import type { NewRow } from '../../src/db/schema.ts'

const AT = Date.UTC(2026, 10, 24, 12)

/** A finished batch of `insertSealRows`' client, or what the wish makes of it. @returns Its id. */
export async function insertBatchRow(db: Db, wish: Partial<NewRow<'batch'>> = {}): Promise<string> {
  const id = wish.id ?? randomUUID()
  await insertBatch(db, {
    ...{ id, client_id: 'ged', seal_id: 'conseil', label: null, options_json: '{"level":"B-B"}' },
    ...{ request_id: 'r-1', idempotency_key: null, request_sha256: '' },
    ...{ callback_url: null, callback_secret: null, state: 'completed', waiting_json: null },
    ...{ total: 0, sealed: 0, failed: 0, event_no: 0, rate: 0, rate_at: AT },
    ...{ created_at: AT, started_at: AT, finished_at: AT, expires_at: null },
    ...wish,
  })
  return id
}
