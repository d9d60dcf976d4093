import { makeAskApi } from '../api.ts'
import { fillBatch, runBatch } from '../batches.ts'
import type { BenchRow } from '../row.ts'

const FIRST_COUNT = 1_000
const COUNT_MAX = 40_000

/** A durable batch, its documents uploaded before: from its start to its end. */
export const batchRow: BenchRow = {
  name: 'batch',
  title: 'durable batch',
  kind: 'ours',
  warmSeconds: 20,
  cases: [
    { name: 'rsa-2048', algorithm: 'rsa-2048', targets: [{ of: 'ratio', atLeast: 0.78 }] },
    { name: 'rsa-3072', algorithm: 'rsa-3072', targets: [{ of: 'ratio', atLeast: 0.9 }] },
    { name: 'p-256', algorithm: 'p-256', targets: [{ of: 'ratio', atLeast: 0.3 }] },
  ],
  async open(bench) {
    const appliance = await bench.appliance()
    const ask = makeAskApi(appliance)
    const rates = new Map<string, number>()
    return {
      async measure({ case: { name }, seconds }) {
        const rate = rates.get(name)
        const fitting = rate === undefined ? FIRST_COUNT : Math.round(rate * seconds)
        const count = Math.max(200, Math.min(COUNT_MAX, fitting))
        const id = await fillBatch(ask, { seal: name, document: bench.document, count })
        const { perSecond } = await runBatch(ask, id)
        await ask(`/batches/${id}`, { method: 'DELETE' })
        rates.set(name, perSecond)
        return { perSecond, also: { documents: count } }
      },
    }
  },
}
