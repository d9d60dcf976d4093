import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { ArchiveEntry } from '../../src/archives/archive-entry.ts'
import { AppError } from '../../src/errors.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { changeSeal } from '../../src/sealing/administration.ts'
import { makeOperationWitness } from '../../src/sealing/operation-witness.ts'
import type { Delivery } from '../../src/sealing/stream-model.ts'
import { judgeSignatures } from '../support/judges.ts'
import {
  entryOf,
  makeStreamBench,
  type StreamBench,
  takeDeliveries,
} from '../support/stream-bench.ts'
import { makePdf } from '../support/test-pdf.ts'

const PDF = makePdf()

async function* documents(count: number): AsyncGenerator<ArchiveEntry> {
  for (let i = 0; i < count; i += 1) yield entryOf(`acte-${i}.pdf`, PDF)
}

function namesOf(deliveries: readonly Delivery[], kind: Delivery['kind']): string[] {
  return deliveries.flatMap((one) => (one.kind === kind && 'name' in one ? [one.name] : [])).sort()
}

function codesOf(deliveries: readonly Delivery[]): string[] {
  return deliveries.flatMap((one) => ('error' in one ? [one.error.code] : []))
}

const unavailable = () => {
  throw new AppError('hsm-unavailable', 'The HSM is away.', { hints: { retryAfterSeconds: 1 } })
}

test('every document comes back sealed, each with its operation, and the journal proves them', async () => {
  const bench = await makeStreamBench()

  const deliveries = await takeDeliveries(bench.makeStream()(bench.request(documents(100))))

  expect(namesOf(deliveries, 'sealed')).toHaveLength(100)
  const [first] = deliveries
  if (first?.kind !== 'sealed' || !('bytes' in first.original)) throw new Error('none was sealed')
  const file = Buffer.concat([first.original.bytes, first.appended])
  expect(file.subarray(0, PDF.length).equals(PDF)).toBe(true)
  expect(createHash('sha256').update(file).digest('hex')).toBe(first.sealedSha256)
  expect(judgeSignatures(file)).toMatchObject({ all: 1, valid: 1, coversAll: true })
  const operations = await bench.db.selectFrom('operation').select(['id', 'request_id']).execute()
  expect(operations).toHaveLength(100)
  expect(operations).toContainEqual({ id: first.operationId, request_id: 'r-1' })
  const entries = await bench.db.selectFrom('journal_entry').select(['action', 'subject']).execute()
  expect(entries).toContainEqual({ action: 'documents.sealed', subject: 'stream:r-1' })
  expect(await verifyJournal(bench.db, makeOperationWitness(bench.db))).toMatchObject({
    intact: true,
  })
})

test('what cannot be sealed or taken is told by name, and the others are sealed', async () => {
  const bench = await makeStreamBench()
  async function* entries(): AsyncGenerator<ArchiveEntry> {
    yield entryOf('vide.pdf', new Uint8Array())
    yield { name: '../x.pdf', problem: new AppError('archive-entry-unsafe', 'It leaves.') }
    yield entryOf('acte.pdf', PDF)
    yield entryOf('image.pdf', Buffer.from('PNG'))
    yield entryOf('report.json', PDF)
  }

  const deliveries = await takeDeliveries(bench.makeStream()(bench.request(entries())))

  expect(namesOf(deliveries, 'sealed')).toEqual(['acte.pdf'])
  expect(namesOf(deliveries, 'failed')).toEqual([
    '../x.pdf',
    'image.pdf',
    'report.json',
    'vide.pdf',
  ])
  expect(codesOf(deliveries).sort()).toEqual([
    'archive-entry-unsafe',
    'archive-entry-unsafe',
    'not-a-pdf',
    'not-a-pdf',
  ])
})

test('a document too large for memory goes by a file, which is gone afterwards', async () => {
  const bench = await makeStreamBench()
  const large = Buffer.concat([PDF, Buffer.alloc(17 << 20, '\n')])
  const sealedSizes: number[] = []
  async function* entries() {
    for (const name of ['a.pdf', 'b.pdf', 'c.pdf']) yield entryOf(name, large, 1 << 20)
  }

  for await (const group of bench.makeStream()(bench.request(entries()))) {
    for (const one of group) {
      if (one.kind === 'sealed' && 'path' in one.original) sealedSizes.push(one.original.length)
    }
  }

  expect(sealedSizes).toEqual([large.length, large.length, large.length])
})

test('documents that came are given back while the next is still on its way', async () => {
  const bench = await makeStreamBench()
  let arrive: (value: Uint8Array) => void = () => {}
  const rest = new Promise<Uint8Array>((resolve) => {
    arrive = resolve
  })
  async function* slow() {
    yield PDF.subarray(0, 100)
    yield await rest
  }
  async function* entries(): AsyncGenerator<ArchiveEntry> {
    yield entryOf('premier.pdf', PDF)
    yield { name: 'lent.pdf', declaredBytes: PDF.length, chunks: slow() }
  }
  const groups = bench.makeStream()(bench.request(entries()))

  const first = await groups.next()
  arrive(PDF.subarray(100))
  const others = await takeDeliveries(groups)

  expect(namesOf(first.value ?? [], 'sealed')).toEqual(['premier.pdf'])
  expect(namesOf(others, 'sealed')).toEqual(['lent.pdf'])
})

test('who takes nothing holds up the reading, whether documents are good or refused', async () => {
  const bench = await makeStreamBench()
  const counts = { good: 0, refused: 0 }
  async function* endless(kind: keyof typeof counts): AsyncGenerator<ArchiveEntry> {
    for (;;) {
      counts[kind] += 1
      if (kind === 'good') yield entryOf('acte.pdf', PDF)
      else yield { name: 'lien', problem: new AppError('archive-entry-unsafe', 'A link.') }
    }
  }
  const stream = bench.makeStream()

  for (const kind of ['good', 'refused'] as const) {
    const groups = stream(bench.request(endless(kind)))
    await groups.next()
    const settled = await settles(() => counts[kind])
    await groups.return()
    expect(settled).toBeLessThan(kind === 'good' ? 2_000 : 3_000)
  }
})

/** What a count is once it no longer grows. */
async function settles(count: () => number): Promise<number> {
  for (let before = -1; ; ) {
    await new Promise((resolve) => setTimeout(resolve, 300))
    if (count() === before) return before
    before = count()
  }
}

test('memory is used again: a long stream takes no more than a short one', async () => {
  const bench = await makeStreamBench()
  const large = Buffer.concat([PDF, Buffer.alloc(4 << 20, '\n')])
  const buffers = new Set<ArrayBufferLike>()
  async function* entries() {
    for (let i = 0; i < 16; i += 1) yield entryOf(`${i}.pdf`, large, 1 << 20)
  }

  for await (const group of bench.makeStream()(bench.request(entries()))) {
    for (const one of group) {
      if (one.kind === 'sealed' && 'bytes' in one.original) buffers.add(one.original.bytes.buffer)
    }
  }

  const bytes = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0)
  expect(bytes).toBeLessThanOrEqual(64 << 20)
})

describe('nobody takes the results any more', () => {
  test('the work ends, and what the HSM has signed is in the journal', async () => {
    const bench = await makeStreamBench()
    const gone = new AbortController()
    let read = 0
    let signed = 0
    async function* endless(): AsyncGenerator<ArchiveEntry> {
      for (;;) {
        read += 1
        if (read === 200) gone.abort()
        yield entryOf('acte.pdf', PDF)
      }
    }
    const engine = {
      threads: 1,
      async seal(...asked: Parameters<StreamBench['engine']['seal']>) {
        const outcomes = await bench.engine.seal(...asked)
        signed += outcomes.length
        return outcomes
      },
    }
    const request = bench.request(endless(), { signal: gone.signal })

    await takeDeliveries(bench.makeStream({ engine })(request))

    const { count } = await bench.db
      .selectFrom('operation')
      .select((eb) => eb.fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow()
    expect(read).toBeLessThan(250)
    expect(signed).toBeGreaterThan(0)
    expect(Number(count)).toBe(signed)
  })

  test('a stream that is left gives its place to another', async () => {
    const bench = await makeStreamBench()
    const stream = bench.makeStream()
    const open = await Promise.all(
      Array.from({ length: 8 }, async () => {
        const groups = stream(bench.request(documents(5)))
        await groups.next()
        return groups
      }),
    )
    const next = () => takeDeliveries(stream(bench.request(documents(1))))

    await expect(next()).rejects.toMatchObject({ code: 'too-many-requests' })
    for (const groups of open) await groups.return()
    expect(await next()).toHaveLength(1)
  })
})

describe('the right', () => {
  test('is asked for before anything is read', async () => {
    const bench = await makeStreamBench()
    await changeSeal(bench.administration, 'conseil', 'suspend')

    const taken = takeDeliveries(bench.makeStream()(bench.request(documents(1))))

    await expect(taken).rejects.toMatchObject({ code: 'seal-suspended' })
  })

  test('is asked for again: a suspension in the middle fails the rest', async () => {
    const bench = await makeStreamBench()
    async function* entries() {
      yield* documents(32)
      await changeSeal(bench.administration, 'conseil', 'suspend')
      // Seals are remembered for a moment.
      bench.clock.now += 1_000
      yield* documents(64)
    }

    const deliveries = await takeDeliveries(bench.makeStream()(bench.request(entries())))

    expect(namesOf(deliveries, 'sealed')).toHaveLength(32)
    expect(new Set(codesOf(deliveries))).toEqual(new Set(['seal-suspended']))
    expect(namesOf(deliveries, 'failed')).toHaveLength(64)
  })
})

describe('an HSM that goes away', () => {
  test('before the first document refuses the stream', async () => {
    const bench = await makeStreamBench()
    const engine = { threads: 1, seal: async () => unavailable() }

    const taken = takeDeliveries(bench.makeStream({ engine })(bench.request(documents(5))))

    await expect(taken).rejects.toMatchObject({ code: 'hsm-unavailable' })
  })

  test('and comes back is waited for: no document fails', async () => {
    const bench = await makeStreamBench()
    let calls = 0
    const engine: StreamBench['engine'] = {
      threads: 1,
      async seal(...asked) {
        calls += 1
        return calls === 2 || calls === 3 ? unavailable() : bench.engine.seal(...asked)
      },
    }
    const groups = bench.makeStream({ engine })(bench.request(paced()))

    const deliveries = await takeDeliveries(groups)

    expect(codesOf(deliveries)).toEqual([])
    expect(namesOf(deliveries, 'sealed')).toHaveLength(96)
    async function* paced() {
      yield* documents(32)
      await new Promise((resolve) => setTimeout(resolve, 300))
      yield* documents(64)
    }
  })

  test('and stays away fails what is left, which may be sent again', async () => {
    const bench = await makeStreamBench()
    let calls = 0
    const engine: StreamBench['engine'] = {
      threads: 1,
      async seal(...asked) {
        calls += 1
        return calls > 1 ? unavailable() : bench.engine.seal(...asked)
      },
    }
    async function* paced() {
      yield* documents(32)
      await new Promise((resolve) => setTimeout(resolve, 300))
      yield* documents(640)
    }

    const stream = bench.makeStream({ engine, patienceMs: 300 })
    const deliveries = await takeDeliveries(stream(bench.request(paced())))

    expect(namesOf(deliveries, 'sealed')).toHaveLength(32)
    expect(namesOf(deliveries, 'failed')).toHaveLength(640)
    expect(new Set(codesOf(deliveries))).toEqual(new Set(['hsm-unavailable']))
    expect(calls).toBeLessThan(20)
  })
})

test('an archive that breaks off gives back what came whole, and says so at the end', async () => {
  const bench = await makeStreamBench()
  async function* entries() {
    yield* documents(3)
    throw new AppError('invalid-request', 'It breaks off.')
  }

  const deliveries = await takeDeliveries(bench.makeStream()(bench.request(entries())))

  expect(namesOf(deliveries, 'sealed')).toHaveLength(3)
  expect(deliveries.at(-1)).toMatchObject({ kind: 'broken', error: { code: 'invalid-request' } })
})

test('what cannot be written down does not leave', async () => {
  const bench = await makeStreamBench()
  const db = Object.create(bench.db, {
    transaction: {
      value: () => ({
        execute: async () => {
          throw new Error('database or disk is full')
        },
      }),
    },
  })

  const stream = bench.makeStream({ db, recordPausesMs: [1, 1] })
  const deliveries = await takeDeliveries(stream(bench.request(documents(2))))

  expect(namesOf(deliveries, 'sealed')).toEqual([])
  expect(codesOf(deliveries)).toEqual(['internal', 'internal'])
})

test('a fault of ours in a job fails its documents alone', async () => {
  const bench = await makeStreamBench()
  let calls = 0
  const engine: StreamBench['engine'] = {
    threads: 1,
    async seal(...asked) {
      calls += 1
      if (calls === 2) throw new TypeError('undefined is not a function')
      return bench.engine.seal(...asked)
    },
  }

  const deliveries = await takeDeliveries(
    bench.makeStream({ engine })(bench.request(documents(96))),
  )

  expect(namesOf(deliveries, 'sealed')).toHaveLength(64)
  expect(new Set(codesOf(deliveries))).toEqual(new Set(['internal']))
})
