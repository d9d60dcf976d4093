import { measurePipeline } from '../pipeline.ts'
import type { BenchRow } from '../row.ts'

const DOCUMENTS = 2_000

/** CPU of each part of the pipeline, a software key in the token's place. */
export const cpuRow: BenchRow = {
  name: 'cpu',
  title: 'CPU a document, one thread',
  kind: 'floor',
  cases: [{ name: '100 KB, p-256', targets: [{ of: 'outsideMs', atMost: 0.2 }] }],
  async open({ document }) {
    return {
      note: 'outsideMs: everything but PKCS#11 and the check of the signature; the hash included',
      async measure() {
        return { also: { ...(await measurePipeline(document, DOCUMENTS)) } }
      },
    }
  },
}
