import { isFinished, makeBatchClient } from './batch-client.ts'
import { tarOf, tinyDocument } from './documents.ts'
import type { Installation } from './installation.ts'

const DOCUMENTS = 5
const OPENED_AT_ONCE = 20
const DESCRIPTORS_MAX = 700
const MIB = 1024 * 1024

/** So many batches at the same time, each of a few documents. */
export async function runMany(
  installation: Installation,
  { count, say }: { count: number; say: (line: string) => void },
): Promise<{ readonly faults: readonly string[] }> {
  const node = await installation.startNode()
  const client = makeBatchClient(installation.apiKey, () => node.url)
  const make = tinyDocument()
  const ids: string[] = []
  for (let i = 0; i < count; i += OPENED_AT_ONCE) {
    const opened = Array.from({ length: Math.min(OPENED_AT_ONCE, count - i) }, async (_, j) => {
      const id = await client.open('ec')
      await client.upload(id, tarOf(make, { from: (i + j) * DOCUMENTS, count: DOCUMENTS }))
      return id
    })
    ids.push(...(await Promise.all(opened)))
  }
  say(`${count} batches are filled, ${Math.round(node.memory() / MIB)} MiB`)
  const startedAt = performance.now()
  await Promise.all(ids.map((id) => client.start(id)))
  const faults: string[] = []
  let descriptors = 0
  for (const id of ids) {
    const batch = await client.until(id, isFinished)
    descriptors = Math.max(descriptors, node.descriptors())
    if (batch.counts.sealed !== DOCUMENTS) faults.push(`${id}: ${JSON.stringify(batch)}`)
  }
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
  say(`all are done in ${seconds} s, ${Math.round(node.memory() / MIB)} MiB`)
  say(`at most ${descriptors} descriptors`)
  if (descriptors > DESCRIPTORS_MAX) faults.push(`${descriptors} descriptors are open`)
  client.close()
  return { faults }
}
