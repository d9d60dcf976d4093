import { setTimeout as sleep } from 'node:timers/promises'
import { type BatchView, isFinished, makeBatchClient } from './batch-client.ts'
import { type MakeDocument, tarOf } from './documents.ts'
import type { Installation } from './installation.ts'
import { type Judgement, judgeBatch } from './judgement.ts'

export interface KillRunResult {
  readonly batch: BatchView
  /** How often each died while documents were left. */
  readonly deaths: Readonly<Record<Victim, number>>
  readonly sealingMs: number
  readonly judgement: Judgement
}

type Victim = 'server' | 'guard' | 'thread'

interface KillRunOptions {
  readonly count: number
  readonly make: MakeDocument
  /** How often each is to die. */
  readonly times: number
  /** pdfsig looks at every so many files. */
  readonly every: number
  readonly random: () => number
  readonly say?: (line: string) => void
}

/** Seal a batch while server, guard and engine threads are killed, then judge what came of it. */
export async function runKills(
  installation: Installation,
  { count, make, times, every, random, say = () => {} }: KillRunOptions,
): Promise<KillRunResult> {
  let node = await installation.startNode()
  const client = makeBatchClient(installation.apiKey, () => node.url)
  const id = await client.open('rsa')
  await client.upload(id, tarOf(make, { count }))
  const startedAt = Date.now()
  await client.start(id)
  const deaths = { server: 0, guard: 0, thread: 0 }
  const victims = shuffled(
    (['server', 'guard', 'thread'] as const).flatMap((victim) => Array<Victim>(times).fill(victim)),
    random,
  )
  for (const [i, victim] of victims.entries()) {
    // They are spread over the documents, so that each finds some that are left.
    const due = Math.floor((count * i) / (victims.length + 1))
    const batch = await client.until(id, ({ counts }) => counts.sealed + counts.failed >= due)
    await sleep(random() * 150)
    say(`${batch.counts.sealed} sealed: ${victim} dies`)
    if (batch.counts.pending > 0) deaths[victim] += 1
    if (victim === 'guard') node.killGuard()
    else if (victim === 'thread') node.crashThread()
    else {
      await node.kill()
      node = await installation.startNode()
    }
  }
  const batch = await client.until(id, isFinished, { withinMs: 600_000 })
  const sealingMs = Date.now() - startedAt
  say(`${JSON.stringify(batch.counts)} after ${sealingMs} ms`)
  const judgement = await judgeBatch({ installation, client }, { id, count, make, every })
  client.close()
  return { batch, deaths, sealingMs, judgement }
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  return items
    .map((item) => ({ item, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
