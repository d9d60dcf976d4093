import { makeDocument } from '../document.ts'
import { measurePipeline } from '../pipeline.ts'
import type { BenchRow } from '../row.ts'

const MIB = 1024 * 1024
const DOCUMENTS = 8

/** A large document against SHA-256 over the same bytes. */
export const largeRow: BenchRow = {
  name: 'large',
  title: '50 MB document against its SHA-256',
  kind: 'floor',
  cases: [{ name: '50 MB, p-256', targets: [{ of: 'ratio', atLeast: 0.8 }] }],
  async open() {
    const document = makeDocument(50 * MIB)
    return {
      async measure() {
        const { outsideMs, hashMs } = await measurePipeline(document, DOCUMENTS)
        return { perSecond: 1000 / outsideMs, yardstickPerSecond: 1000 / hashMs }
      },
    }
  },
}
