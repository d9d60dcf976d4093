import { setTimeout as sleep } from 'node:timers/promises'
import { type BatchClient, isFinished, makeBatchClient } from './batch-client.ts'
import { type MakeDocument, tarOf, tinyDocument } from './documents.ts'
import type { Installation } from './installation.ts'
import { judgeBatch } from './judgement.ts'
import { type Probe, p95, startProbes } from './probes.ts'
import type { ServerNode } from './server-node.ts'

const MIB = 1024 * 1024
const SAMPLE_MS = 500
/** How long the same is asked of a server without a batch, to compare. */
const BEFORE_MS = 5_000
/** Until so many documents are sealed the server warms up. */
const WARM_UP = 0.1
const GROWTH_BYTES_MAX = 64 * MIB
/** The second half may take so many times what the first took, on a machine that does other things. */
const HALVES_RATIO_MAX = 1.5
const PROBE_MS_MAX = 100

interface LoadRunOptions {
  readonly count: number
  readonly make: MakeDocument
  /** pdfsig looks at every so many files. */
  readonly every: number
  readonly say: (line: string) => void
}

/**
 * One large batch, while single documents are sealed and pages are asked for. Memory must be flat
 * after a warm-up, time linear, and whoever asks for one thing must not wait.
 */
export async function runLoad(
  installation: Installation,
  { count, make, every, say }: LoadRunOptions,
): Promise<{ readonly faults: readonly string[] }> {
  const node = await installation.startNode()
  const client = makeBatchClient(installation.apiKey, () => node.url)
  const id = await client.open('ec')
  const uploadedIn = await secondsOf(() => client.upload(id, tarOf(make, { count })))
  say(`uploaded in ${uploadedIn} s, ${mib(node.memory())} MiB`)
  const asked = {
    apply: () => apply(client),
    readyz: () => client.send('/readyz'),
    page: () => client.send('/'),
  }
  const endBefore = startProbes(asked)
  await sleep(BEFORE_MS)
  for (const probe of await endBefore()) say(`before: ${wordsOf(probe)}`)
  const endProbes = startProbes(asked)
  const { half, whole, samples } = await seal(node, client, { id, count })
  const probes = await endProbes()
  const warm = samples.filter(({ sealed }) => sealed >= count * WARM_UP)
  const peak = (part: typeof samples) => Math.max(...part.map(({ bytes }) => bytes))
  const early = peak(warm.slice(0, Math.ceil(warm.length / 3)))
  const late = peak(warm.slice(-Math.ceil(warm.length / 3)))
  say(`sealed in ${seconds(whole)} s, ${Math.round((1000 * count) / whole)} documents/s`)
  say(`the first half in ${seconds(half)} s, the second in ${seconds(whole - half)} s`)
  say(`memory: ${mib(early)} MiB in the first third after warming up, ${mib(late)} in the last`)
  for (const probe of probes) say(`meanwhile: ${wordsOf(probe)}`)
  const judgement = await judgeBatch({ installation, client }, { id, count, make, every })
  say(
    `archive: ${judgement.files} files, ${judgement.judgedByPdfsig} by pdfsig, ${mib(node.memory())} MiB`,
  )
  client.close()
  return {
    faults: [
      // The single documents have operations of their own.
      ...judgement.faults.filter((fault) => !/operations (are|for)/.test(fault)),
      ...(late - early > GROWTH_BYTES_MAX ? [`memory grew by ${mib(late - early)} MiB`] : []),
      ...((whole - half) / half > HALVES_RATIO_MAX ? ['the second half was slower'] : []),
      ...probes.flatMap(({ name, times }) =>
        p95(times) > PROBE_MS_MAX ? [`${name} waits ${p95(times).toFixed(0)} ms at p95`] : [],
      ),
    ],
  }
}

async function seal(
  node: ServerNode,
  client: BatchClient,
  { id, count }: { id: string; count: number },
) {
  const startedAt = performance.now()
  await client.start(id)
  const samples: { sealed: number; bytes: number }[] = []
  let half = 0
  for (;;) {
    const batch = await client.get(id)
    samples.push({ sealed: batch.counts.sealed, bytes: node.memory() })
    const since = performance.now() - startedAt
    if (half === 0 && batch.counts.sealed >= count / 2) half = since
    if (isFinished(batch)) return { half, whole: since, samples }
    await sleep(SAMPLE_MS)
  }
}

const single = tinyDocument()
let singles = 0

function apply(client: BatchClient) {
  singles += 1
  return client.send('/api/v1/seals/ec/apply', {
    method: 'POST',
    headers: { 'content-type': 'application/pdf' },
    body: single(1e9 + singles),
  })
}

function wordsOf({ name, times }: Probe): string {
  const most = Math.max(...times).toFixed(0)
  return `${name}: p95 ${p95(times).toFixed(0)} ms of ${times.length}, most ${most} ms`
}

async function secondsOf(work: () => Promise<unknown>): Promise<string> {
  const startedAt = performance.now()
  await work()
  return seconds(performance.now() - startedAt)
}

const seconds = (ms: number) => (ms / 1000).toFixed(1)
const mib = (bytes: number) => Math.round(bytes / MIB)
