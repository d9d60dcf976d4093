import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ArchiveEntry } from '../../src/archives/archive-entry.ts'
import { isFinished } from '../../src/batches/model.ts'
import { insertDocuments } from '../../src/batches/store.ts'
import { createClient } from '../../src/clients/service.ts'
import { AppError } from '../../src/errors.ts'
import {
  type BatchBench,
  type BatchNode,
  chunksOf,
  documents,
  fill,
  makeBatchBench,
  octets,
  untilBatch,
} from '../support/batch-bench.ts'
import { describeEachDatabase } from '../support/databases.ts'

const options = { level: 'B-B' } as const
const done = ({ state }: { state: Parameters<typeof isFinished>[0] }) => isFinished(state)

async function* entriesOf(
  given: readonly (ArchiveEntry | AppError)[],
): AsyncGenerator<ArchiveEntry, void, undefined> {
  for (const entry of given) {
    if (entry instanceof AppError) throw entry
    yield entry
  }
}

const refused = (name: string): ArchiveEntry => ({
  name,
  problem: new AppError('archive-entry-unsafe', 'no'),
})
const failing = (name: string, error: Error): ArchiveEntry => ({
  name,
  chunks: (async function* () {
    yield Buffer.from('%PDF-1.7\n')
    throw error
  })(),
})
const whole = (name: string): ArchiveEntry => ({ name, chunks: chunksOf(Buffer.from(name)) })

const namesIn = async ({ batches }: BatchNode, { client }: BatchBench, id: string) =>
  (await batches.documents(client, id, { after: 0, limit: 1000 })).map(({ name }) => name)

describeEachDatabase('batches', (open, dialect) => {
  async function makeNode() {
    const bench = await makeBatchBench((await open()).db)
    const node = await bench.startNode('a', { dialect })
    const request = { client: bench.client, sealId: 'conseil', options, requestId: 'r-1' }
    const opened = () => node.batches.open(request)
    return { bench, node, batches: node.batches, client: bench.client, request, opened }
  }

  test('opened with one key at the same moment are one', async () => {
    const { bench, batches, request } = await makeNode()
    const callbackUrl = 'https://erp.example/'
    const keyed = { ...request, idempotencyKey: 'k', callbackUrl }
    const all = await Promise.all(Array.from({ length: 8 }, () => batches.open(keyed)))
    const rows = await bench.db.selectFrom('batch').select('id').execute()
    const entries = await bench.db
      .selectFrom('journal_entry')
      .select('seq')
      .where('action', '=', 'batch.opened')
      .execute()

    expect(new Set(all.map(({ id }) => id))).toEqual(new Set(rows.map(({ id }) => id)))
    expect(new Set(all.map(({ callback }) => callback?.secret)).size).toBe(1)
    expect([rows.length, entries.length]).toEqual([1, 1])
    await expect(batches.open({ ...keyed, label: 'other' })).rejects.toMatchObject({
      code: 'idempotency-conflict',
    })
  })

  test('take one of several documents of a name that come at the same moment', async () => {
    const { bench, node, batches, client, opened } = await makeNode()
    const { id } = await opened()
    const puts = await Promise.allSettled(
      Array.from({ length: 6 }, (_, i) =>
        batches.put(client, id, { name: 'a.pdf', chunks: chunksOf(Buffer.alloc(2_000_000, i)) }),
      ),
    )
    const taken = puts.filter(({ status }) => status === 'fulfilled')
    const refusals = puts.flatMap((put) => (put.status === 'rejected' ? [put.reason] : []))

    expect(taken).toMatchObject([{ value: { isNew: true, name: 'a.pdf' } }])
    expect(refusals.map(({ code }) => code)).toEqual(Array(5).fill('document-exists'))
    expect(await namesIn(node, bench, id)).toEqual(['a.pdf'])
    // What was refused takes no room.
    expect(await readdir(join(bench.dir, id))).toHaveLength(1)
  })

  test('list so many refusals of an archive, and count the others', async () => {
    const { batches, client, opened } = await makeNode()
    const { id } = await opened()
    const given = Array.from({ length: 10_050 }, (_, i) => refused(`${i}`))
    const report = await batches.putArchive(client, id, entriesOf([...given, whole('a.pdf')]))

    expect(report).toMatchObject({ accepted: 1, rejectedMore: 50 })
    expect(report.rejected).toHaveLength(10_000)
    expect(report.rejected[9_999]).toMatchObject({
      name: '9999',
      problem: { code: 'archive-entry-unsafe' },
    })
  })

  test('keep what came before an archive broke off, and say how much', async () => {
    const { bench, node, batches, client, opened } = await makeNode()
    const { id } = await opened()
    const broken = new AppError('invalid-request', 'broken', { hints: { entries: 3 } })
    const given = [whole('a.pdf'), refused('x'), whole('b.pdf'), broken, whole('c.pdf')]

    await expect(batches.putArchive(client, id, entriesOf(given))).rejects.toMatchObject({
      code: 'invalid-request',
      message: 'broken',
      hints: { entries: 3, accepted: 2 },
    })
    expect(await namesIn(node, bench, id)).toEqual(['a.pdf', 'b.pdf'])
    const again = await batches.putArchive(
      client,
      id,
      entriesOf(['a.pdf', 'b.pdf', 'c.pdf'].map(whole)),
    )
    expect(again).toMatchObject({ accepted: 3, rejected: [] })
  })

  test.each([
    { code: 'invalid-request', accepted: 2, goesOn: true },
    { code: 'document-too-large', accepted: 2, goesOn: true },
    { code: 'storage-full', accepted: 1, goesOn: false },
  ] as const)('of a document that fails as $code the archive goes on: $goesOn', async (given) => {
    const { batches, client, opened } = await makeNode()
    const { id } = await opened()
    const failed = failing('b.pdf', new AppError(given.code, 'b'))
    const report = batches.putArchive(
      client,
      id,
      entriesOf([whole('a.pdf'), failed, whole('c.pdf')]),
    )

    if (given.goesOn) {
      const rejected = [{ name: 'b.pdf', problem: { code: given.code } }]
      expect(await report).toMatchObject({ accepted: given.accepted, rejected })
    } else {
      await expect(report).rejects.toMatchObject({ code: given.code, hints: { accepted: 1 } })
    }
    expect((await batches.get(client, id)).counts.total).toBe(given.accepted)
  })

  test('keep the name of the report free', async () => {
    const { batches, client, opened } = await makeNode()
    const { id } = await opened()
    const report = await batches.putArchive(
      client,
      id,
      entriesOf(['REPORT.json', 'a/report.json'].map(whole)),
    )

    expect(report).toMatchObject({ accepted: 1, rejected: [{ name: 'REPORT.json' }] })
  })

  test('take nothing that comes in an archive after they were started', async () => {
    const { batches, client, opened } = await makeNode()
    const { id } = await opened()
    const entries = (async function* (): AsyncGenerator<ArchiveEntry> {
      for (let i = 0; i < 300; i += 1) yield whole(`${i}.pdf`)
      await batches.start(client, id)
      yield whole('late.pdf')
    })()

    await expect(batches.putArchive(client, id, entries)).rejects.toMatchObject({
      code: 'batch-not-open',
    })
    expect((await batches.get(client, id)).counts.total).toBe(256)
  })

  test('are cancelled at any moment of their work without a document that is half done', async () => {
    const { bench, node, batches, client } = await makeNode()
    for (const delayMs of [0, 40, 120]) {
      const { id } = await fill(node, bench, documents(200))
      await batches.start(client, id)
      await new Promise((resolve) => setTimeout(resolve, delayMs))
      const end = await batches.cancel(client, id).catch((error) => error.code)
      const { state, counts } = await untilBatch(node, bench, { id, is: done })
      const files: string[] = []
      const batch = await batches.get(client, id)
      for await (const { name, bytes, chunks } of batches.sealedFiles(batch)) {
        files.push(name)
        expect((await octets(chunks)).length).toBe(bytes)
      }

      if (end === 'batch-not-open') expect(state).toBe('completed')
      else expect(end).toMatchObject({ state: 'cancelled' })
      expect(counts.sealed + counts.pending).toBe(200)
      expect(files).toHaveLength(counts.sealed)
    }
  })

  test('are gone through whole, page by page', async () => {
    const { bench, node, batches } = await makeNode()
    const { id } = await fill(node, bench, documents(520))
    const names: string[] = []
    for await (const { name } of batches.everyDocument(id)) names.push(name)

    expect(names).toEqual(documents(520).map(({ name }) => name))
  })

  test('are removed while documents still come, and nothing of them stays', async () => {
    const { bench, batches, client, opened } = await makeNode()
    const { id } = await opened()
    const put = (i: number) =>
      batches.put(client, id, { name: `${i}`, chunks: chunksOf(Buffer.alloc(1000, i)) })
    await put(0)
    const late = Promise.allSettled([1, 2, 3, 4].map(put))
    await batches.remove(client, id)
    for (const result of await late) {
      if (result.status === 'rejected') {
        expect(result.reason).toMatchObject({
          code: expect.stringMatching(/^(batch-not-open|not-found)$/),
        })
      }
    }

    for (const table of ['batch', 'batch_document', 'batch_chunk'] as const) {
      expect(await bench.db.selectFrom(table).selectAll().execute(), table).toEqual([])
    }
  })

  test('are removed while others are served', async () => {
    const { bench, batches, client, opened } = await makeNode()
    const { id } = await opened()
    const rows = Array.from({ length: 5_000 }, (_, i) => ({
      ...{ batch_id: id, seq: i + 1, name: `${i + 1}`, bytes: 1, sha256: 'aa' },
      ...{ pack: 'a-1.pack', pack_offset: i, state: 'pending' as const },
    }))
    await insertDocuments(bench.db, rows)
    await bench.db.updateTable('batch').set({ total: rows.length }).execute()
    const left: number[] = []
    const look = setInterval(async () => {
      const documents = bench.db
        .selectFrom('batch_document')
        .select((eb) => eb.fn.countAll().as('n'))
      left.push(Number((await documents.executeTakeFirstOrThrow()).n))
    }, 0)
    await batches.remove(client, id)
    clearInterval(look)

    expect(new Set(left.filter((count) => count > 0 && count < 5_000)).size).toBeGreaterThan(1)
  })

  test('of another client are not there', async () => {
    const { bench, batches, opened } = await makeNode()
    const { id } = await opened()
    const { client: stranger } = await createClient({ db: bench.db, now: () => 1 }, 'Autre')

    await expect(batches.get(stranger, id)).rejects.toMatchObject({ code: 'not-found' })
    expect(await batches.list(stranger, { before: undefined, limit: 10 })).toEqual([])
  })
})
