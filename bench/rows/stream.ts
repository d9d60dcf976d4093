import { join } from 'node:path'
import type { BenchRow } from '../row.ts'
import { loadStream, loadStreamEcho, writeDocumentsTar } from '../stream.ts'

/** So many that the beginning and the end of a request are a small part of it. */
const DOCUMENTS = 6_000

/** One long request: a tar in, a tar out, the client on the same cores. */
export const streamRow: BenchRow = {
  name: 'stream',
  title: 'stream, tar in and out',
  kind: 'ours',
  warmSeconds: 20,
  cases: [
    { name: 'rsa-2048', algorithm: 'rsa-2048', targets: [{ of: 'ratio', atLeast: 0.68 }] },
    { name: 'p-256', algorithm: 'p-256', targets: [{ of: 'ratio', atLeast: 0.2 }] },
  ],
  async open(bench) {
    const appliance = await bench.appliance()
    const tar = writeDocumentsTar(join(bench.dir, 'stream.tar'), bench.document, DOCUMENTS)
    return {
      note: 'client: curl',
      async measure({ case: { name }, seconds }) {
        return { perSecond: await loadStream(appliance, { seal: name, tar, seconds }) }
      },
    }
  },
}

/** What that exchange takes alone: the same client, octets and listener, no sealing. */
export const streamAloneRow: BenchRow = {
  name: 'stream-alone',
  title: 'tar in and out alone, no sealing',
  kind: 'floor',
  cases: [{ name: 'TLS, both ways' }],
  async open(bench) {
    const appliance = await bench.appliance()
    const tar = writeDocumentsTar(join(bench.dir, 'alone.tar'), bench.document, DOCUMENTS)
    return {
      async measure({ seconds }) {
        return { perSecond: await loadStreamEcho(appliance, { tar, seconds }) }
      },
    }
  },
}
