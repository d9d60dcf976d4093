import { loadApply } from '../load.ts'
import type { BenchRow } from '../row.ts'

const CLIENTS = 8
const CALM = { of: 'p99OverP50', atMost: 6 } as const

/** One POST a document, clients on the same cores. */
export const applyRow: BenchRow = {
  name: 'apply',
  title: `apply, ${CLIENTS} clients`,
  kind: 'ours',
  warmSeconds: 20,
  cases: [
    { name: 'rsa-2048', algorithm: 'rsa-2048', targets: [{ of: 'ratio', atLeast: 0.5 }, CALM] },
    { name: 'p-256', algorithm: 'p-256', targets: [{ of: 'ratio', atLeast: 0.14 }, CALM] },
  ],
  async open(bench) {
    const appliance = await bench.appliance()
    return {
      async measure({ case: { name }, seconds }) {
        const { document } = bench
        const asked = { seal: name, document, clients: CLIENTS, seconds }
        const { perSecond, p50Ms, p99Ms } = await loadApply(appliance, asked)
        return { perSecond, also: { p50Ms, p99Ms, p99OverP50: p99Ms / p50Ms } }
      },
    }
  },
}
