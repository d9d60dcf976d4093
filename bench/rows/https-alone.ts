import { loadEcho } from '../load.ts'
import type { BenchRow } from '../row.ts'

/** What the exchange itself takes: the same clients and documents, no sealing. */
export const httpsAloneRow: BenchRow = {
  name: 'https-alone',
  title: 'HTTPS alone, no sealing',
  kind: 'floor',
  cases: [{ name: '8 clients' }],
  async open(bench) {
    const appliance = await bench.appliance()
    return {
      async measure({ seconds }) {
        const asked = { document: bench.document, clients: 8, seconds }
        const { perSecond, p50Ms, p99Ms } = await loadEcho(appliance, asked)
        return { perSecond, also: { p50Ms, p99Ms } }
      },
    }
  },
}
