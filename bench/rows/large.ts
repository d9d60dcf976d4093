import { makeDocument, makeLongDocument } from '../document.ts'
import { openLarge } from '../pipeline.ts'
import type { BenchRow } from '../row.ts'

const BYTES = 50 * 1024 * 1024
const AT_LEAST = [{ of: 'ratio', atLeast: 0.8 }]
const DOCUMENTS = [
  { name: '50 MB, one page, p-256', make: makeDocument },
  { name: '50 MB, thousands of pages, p-256', make: makeLongDocument },
]

/** A large document from a file, against SHA-256 over the same file read in the same way. */
export const largeRow: BenchRow = {
  name: 'large',
  title: '50 MB document against its SHA-256',
  kind: 'floor',
  cases: DOCUMENTS.map(({ name }) => ({ name, targets: AT_LEAST })),
  async open({ dir }) {
    const opened = new Map<string, Awaited<ReturnType<typeof openLarge>>>()
    for (const { name, make } of DOCUMENTS) opened.set(name, await openLarge(dir, make(BYTES)))
    return {
      async measure({ case: { name } }) {
        const large = opened.get(name)
        if (large === undefined) throw new RangeError(`there is no document ${name}`)
        const { hashMs, sealMs } = await large.measure()
        return { perSecond: 1000 / sealMs, yardstickPerSecond: 1000 / hashMs }
      },
      async close() {
        for (const large of opened.values()) await large.close()
      },
    }
  },
}
