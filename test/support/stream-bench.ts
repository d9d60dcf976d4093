import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import type { ArchiveEntry } from '../../src/archives/archive-entry.ts'
import type { Engine } from '../../src/engine/engine.ts'
import { makeIdMaker } from '../../src/ids.ts'
import { makeSealAccess } from '../../src/sealing/seal-access.ts'
import { openSpool } from '../../src/sealing/spool.ts'
import { makeSealStream, type SealStream, type SealStreamDeps } from '../../src/sealing/stream.ts'
import type { Delivery, StreamRequest } from '../../src/sealing/stream-model.ts'
import { makeEngine } from './batch-bench.ts'
import { makeSealingBench, type SealingBench } from './sealing-bench.ts'

/** An engine whose answers a test may hold back or refuse. */
export type TestEngine = Pick<Engine, 'seal' | 'threads'>

export interface StreamBench extends SealingBench {
  readonly engine: TestEngine
  makeStream(wish?: Partial<SealStreamDeps>): SealStream
  request(entries: AsyncIterable<ArchiveEntry>, wish?: Partial<StreamRequest>): StreamRequest
}

export async function makeStreamBench(): Promise<StreamBench> {
  const bench = await makeSealingBench()
  const dir = await mkdtemp(join(tmpdir(), 'sceau-stream-'))
  onTestFinished(() => rm(dir, { recursive: true, force: true }))
  const spool = await openSpool(join(dir, 'spool'))
  const { db, clock, client } = bench
  const now = () => clock.now
  const engine = makeEngine(bench, dir, 'node')
  return {
    ...bench,
    engine,
    makeStream: (wish = {}) =>
      makeSealStream({
        ...{ db, now, spool, engine },
        access: makeSealAccess({ db, now }),
        makeId: makeIdMaker(),
        log: pino({ level: 'silent' }),
        ...wish,
      }),
    request: (entries, wish = {}) => ({
      ...{ client, entries, sealId: 'conseil', requestId: 'r-1' },
      options: { level: 'B-B' },
      signal: new AbortController().signal,
      ...wish,
    }),
  }
}

/** A document of an archive, in pieces. */
export function entryOf(name: string, bytes: Uint8Array, pieceBytes = 1_000): ArchiveEntry {
  async function* chunks() {
    for (let at = 0; at < bytes.length; at += pieceBytes) yield bytes.subarray(at, at + pieceBytes)
  }
  return { name, declaredBytes: bytes.length, chunks: chunks() }
}

/** Everything a stream gives back. */
export async function takeDeliveries(
  groups: AsyncIterable<readonly Delivery[]>,
): Promise<Delivery[]> {
  const taken: Delivery[] = []
  // What a delivery refers to lives until the next group: it is copied.
  for await (const group of groups) taken.push(...group.map(copied))
  return taken
}

function copied(delivery: Delivery): Delivery {
  if (delivery.kind !== 'sealed' || !('bytes' in delivery.original)) return delivery
  return { ...delivery, original: { bytes: Uint8Array.from(delivery.original.bytes) } }
}
