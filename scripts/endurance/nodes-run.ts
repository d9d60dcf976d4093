import { readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Db, openDatabase } from '../../src/db/database.ts'
import { type BatchClient, type BatchView, isFinished, makeBatchClient } from './batch-client.ts'
import { type MakeDocument, tarOf } from './documents.ts'
import { eventsOf } from './events.ts'
import type { Installation } from './installation.ts'
import { type Judgement, judgeBatch } from './judgement.ts'
import type { ServerNode } from './server-node.ts'

export interface NodesRunResult {
  readonly batch: BatchView
  /** How many documents each node sealed; the one that was killed comes first. */
  readonly shares: readonly number[]
  /** Documents that the events told of, at the node that lived on. */
  readonly told: number
  readonly sealingMs: number
  readonly judgement: Judgement
}

interface NodesRunOptions {
  readonly count: number
  readonly make: MakeDocument
  /** pdfsig looks at every so many files. */
  readonly every: number
  /** The lease of the dead node is made to end at once. */
  readonly isHasty: boolean
  readonly random: () => number
  readonly say?: (line: string) => void
}

/** Two servers seal one batch; one of them is killed, and the other ends it. */
export async function runNodes(
  installation: Installation,
  { count, make, every, isHasty, random, say = () => {} }: NodesRunOptions,
): Promise<NodesRunResult> {
  const nodes = await Promise.all(['a', 'b'].map((name) => installation.startNode({ name })))
  const [victim, survivor] = random() < 0.5 ? nodes : nodes.reverse()
  if (victim === undefined || survivor === undefined) throw new RangeError('there are two nodes')
  const clients = [victim, survivor].map((node) => {
    return makeBatchClient(installation.apiKey, () => node.url)
  })
  const [near, far] = clients
  if (near === undefined || far === undefined) throw new RangeError('there are two clients')
  const db = await openDatabase(installation.databaseUrl)
  try {
    const id = await near.open('rsa')
    await near.upload(id, tarOf(make, { count }))
    const startedAt = Date.now()
    const told = listenTo(far, id)
    await far.start(id)
    const [dead = '', living = ''] = await Promise.all([victim, survivor].map(nodeNameOf))
    const due = count * (0.2 + random() * 0.3)
    const seen = await near.until(id, ({ counts }) => counts.sealed >= due, { everyMs: 5 })
    await victim.kill()
    say(`${seen.counts.sealed} sealed: a server dies`)
    if (isHasty) await endLease(db, dead)
    const batch = await far.until(id, isFinished, { withinMs: 600_000 })
    const sealingMs = Date.now() - startedAt
    const shares = await Promise.all([dead, living].map((name) => countSealed(db, id, name)))
    say(`${JSON.stringify(batch.counts)} after ${sealingMs} ms, ${shares.join(' and ')}`)
    const asked = { id, count, make, every }
    const judgement = await judgeBatch({ installation, client: far }, asked)
    return { batch, shares, told: await told, sealingMs, judgement }
  } finally {
    await db.destroy()
    for (const client of clients) client.close()
  }
}

/** @returns How many documents were told of, when the batch is done. */
async function listenTo(client: BatchClient, id: string): Promise<number> {
  const answer = await client.send(`/api/v1/batches/${id}/events`)
  const names = new Set<string>()
  for await (const { event, data } of eventsOf(answer)) {
    if (event === 'done') return names.size
    if (event !== 'document') continue
    const { name }: { name: string } = JSON.parse(data)
    if (names.has(name)) throw new Error(`${name} was told of twice`)
    names.add(name)
  }
  throw new Error('the events end before the batch')
}

/** By what a server calls itself in the names of its logs, once it writes one. */
async function nodeNameOf({ pid }: ServerNode): Promise<string> {
  for (const endAt = Date.now() + 30_000; Date.now() < endAt; await sleep(5)) {
    for (const fd of readdirSync(`/proc/${pid}/fd`)) {
      const name = /\/([0-9a-z]+)-\d+-\d+\.log$/.exec(targetOf(`/proc/${pid}/fd/${fd}`))?.[1]
      if (name !== undefined) return name
    }
  }
  throw new Error('a node got no part of the work')
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link)
  } catch {
    return ''
  }
}

async function endLease(db: Db, node: string): Promise<void> {
  await db.updateTable('batch_chunk').set({ lease_until: 1 }).where('node', '=', node).execute()
}

async function countSealed(db: Db, batchId: string, node: string): Promise<number> {
  const rows = await db
    .selectFrom('batch_document')
    .select('seq')
    .where('batch_id', '=', batchId)
    .where('log', 'like', `${node}-%`)
    .execute()
  return rows.length
}
