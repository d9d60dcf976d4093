import type { BenchRow } from './row.ts'
import { applyRow } from './rows/apply.ts'
import { cpuRow } from './rows/cpu.ts'
import { httpsAloneRow } from './rows/https-alone.ts'
import { largeRow } from './rows/large.ts'
import { PEER_ROWS } from './rows/peers.ts'
import { slowHsmRow } from './rows/slow-hsm.ts'
import { startRow } from './rows/start.ts'

/** Everything that is measured, in the order of the table and the plot. */
export const ROWS: readonly BenchRow[] = [
  applyRow,
  ...PEER_ROWS,
  slowHsmRow,
  httpsAloneRow,
  cpuRow,
  largeRow,
  startRow,
]
