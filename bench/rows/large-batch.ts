import { setTimeout as sleep } from 'node:timers/promises'
import { type AskApi, getText, makeAskApi } from '../api.ts'
import { fillBatch, runBatch } from '../batches.ts'
import type { BenchRow } from '../row.ts'

const COUNT = 100_000
const WARM_COUNT = 5_000
const EVERY_MS = 200
const MIB = 1024 * 1024
const RISING_SHARE = 0.1

/** A very large batch: memory, the time of its halves, and how others are served meanwhile. */
export const largeBatchRow: BenchRow = {
  name: 'large-batch',
  title: `batch of ${COUNT.toLocaleString('en')} documents`,
  kind: 'ours',
  roundsMax: 1,
  cases: [
    {
      name: 'p-256',
      algorithm: 'p-256',
      targets: [
        { of: 'memoryRangeMiB', atMost: 64 },
        { of: 'secondHalfOverFirst', atMost: 1.1 },
        { of: 'pageP95Ms', atMost: 100 },
        { of: 'applyP95Ms', atMost: 100 },
      ],
    },
  ],
  async open(bench) {
    const appliance = await bench.appliance()
    const ask = makeAskApi(appliance)
    return {
      async measure({ case: { name } }) {
        const { document } = bench
        await runBatch(ask, await fillBatch(ask, { seal: name, document, count: WARM_COUNT }))
        const before = await residentBytes(appliance.url)
        const id = await fillBatch(ask, { seal: name, document, count: COUNT })
        const watch = watchOthers(ask, { url: appliance.url, seal: name, document })
        const startedAt = performance.now()
        let halfAt = 0
        const { perSecond } = await runBatch(ask, id, ({ sealed, total }) => {
          if (halfAt === 0 && sealed >= total / 2) halfAt = performance.now()
        })
        const endedAt = performance.now()
        const seen = await watch.stop()
        await ask(`/batches/${id}`, { method: 'DELETE' })
        return {
          perSecond,
          also: {
            ...seen,
            beforeMiB: before / MIB,
            secondHalfOverFirst: (endedAt - halfAt) / (halfAt - startedAt),
          },
        }
      },
    }
  },
}

/** A page and a single seal, again and again, as somebody would who works meanwhile. */
function watchOthers(
  ask: AskApi,
  { url, seal, document }: { url: string; seal: string; document: Uint8Array },
) {
  const applyMs: number[] = []
  const pageMs: number[] = []
  const resident: number[] = []
  let isOver = false
  const loop = async () => {
    while (!isOver) {
      pageMs.push(await timed(() => getText(`${url}/`)))
      const body = { method: 'POST', type: 'application/pdf', body: document }
      applyMs.push(await timed(() => ask(`/seals/${seal}/apply`, body)))
      resident.push((await residentBytes(url)) / MIB)
      await sleep(EVERY_MS)
    }
  }
  const running = loop()
  return {
    async stop() {
      isOver = true
      await running
      // It rises while the threads warm up to a new batch; from then on it must stay.
      const steady = resident.slice(Math.ceil(resident.length * RISING_SHARE))
      const residentMiB = Math.max(...resident)
      const memoryRangeMiB = Math.max(...steady) - Math.min(...steady)
      return { applyP95Ms: p95(applyMs), pageP95Ms: p95(pageMs), residentMiB, memoryRangeMiB }
    },
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now()
  await work()
  return performance.now() - startedAt
}

function p95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN
}

async function residentBytes(url: string): Promise<number> {
  const metrics = await getText(`${url}/metrics`)
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(metrics)?.[1])
}
