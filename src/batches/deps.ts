import type { Db } from '../db/database.ts'
import type { SealAccess } from '../sealing/seal-access.ts'
import type { BatchFiles } from './files/batch-files.ts'

/** What handling batches takes. */
export interface BatchesDeps {
  readonly db: Db
  readonly files: BatchFiles
  readonly access: SealAccess
  readonly makeId: (at: number) => string
  /** How long the files of a finished batch are kept; undefined for ever. */
  readonly retentionMs: number | undefined
  /** Called when a batch has something to do. */
  readonly wake: () => void
  readonly now: () => number
}
