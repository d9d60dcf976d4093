import { makeDocument } from '../document.ts'
import { measurePipeline } from '../pipeline.ts'
import type { BenchRow } from '../row.ts'

const DOCUMENTS = 2_000
const ONE_PAGE = '100 KB, one page'

/** CPU of each part of the pipeline, a software key in the token's place. */
export const cpuRow: BenchRow = {
  name: 'cpu',
  title: 'CPU a document, one thread',
  warmSeconds: 1,
  kind: 'floor',
  cases: [
    { name: ONE_PAGE, targets: [{ of: 'outsideMs', atMost: 0.2 }] },
    { name: 'the document of the bench' },
  ],
  async open(bench) {
    const onePage = makeDocument(100 * 1024)
    return {
      note: 'P-256; outsideMs: everything but PKCS#11 and the check of the signature; the hash included',
      async measure({ case: { name } }) {
        const document = name === ONE_PAGE ? onePage : bench.document
        return { also: { ...(await measurePipeline(document, DOCUMENTS)) } }
      },
    }
  },
}
