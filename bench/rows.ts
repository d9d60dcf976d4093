import type { BenchRow } from './row.ts'
import { applyRow } from './rows/apply.ts'
import { batchRow } from './rows/batch.ts'
import { cpuRow } from './rows/cpu.ts'
import { engineRow } from './rows/engine.ts'
import { httpsAloneRow } from './rows/https-alone.ts'
import { largeRow } from './rows/large.ts'
import { largeBatchRow } from './rows/large-batch.ts'
import { pagesRow } from './rows/pages.ts'
import { PEER_ROWS } from './rows/peers.ts'
import { slowHsmRow } from './rows/slow-hsm.ts'
import { startRow } from './rows/start.ts'
import { streamAloneRow, streamRow } from './rows/stream.ts'

/** Everything that is measured, in the order of the table and the plot. */
export const ROWS: readonly BenchRow[] = [
  engineRow,
  batchRow,
  streamRow,
  applyRow,
  ...PEER_ROWS,
  slowHsmRow,
  httpsAloneRow,
  streamAloneRow,
  cpuRow,
  largeRow,
  largeBatchRow,
  startRow,
  pagesRow,
]
