import { createHash } from 'node:crypto'
import { statSync, writeFileSync } from 'node:fs'
import { expect, onTestFinished, test } from 'vitest'
import { openBatchFiles } from '../../src/batches/files/batch-files.ts'
import { isFinished } from '../../src/batches/model.ts'
import { AppError } from '../../src/errors.ts'
import {
  documents,
  fill,
  makeBatchBench,
  makeEngine,
  octets,
  untilBatch,
} from '../support/batch-bench.ts'
import { describeEachDatabase } from '../support/databases.ts'

describeEachDatabase('a batch', (open, dialect) => {
  test('whose log could not be made durable has its documents sealed again', async () => {
    const bench = await makeBatchBench((await open()).db)
    const files = await openBatchFiles(bench.dir, { node: 'f' })
    onTestFinished(() => files.close())
    let failures = 2
    const node = await bench.startNode('a', {
      dialect,
      files: {
        ...files,
        async sync(batchId, names) {
          failures -= 1
          if (failures < 0) return files.sync(batchId, names)
          // What the disk could not take is gone, and the next sync would say that all is well.
          for (const name of names) {
            const path = files.pathOf(batchId, name)
            writeFileSync(path, Buffer.alloc(statSync(path).size), { flag: 'r+' })
          }
          throw new AppError('storage-full', 'The disk is full.')
        },
      },
    })
    const { id } = await fill(node, bench, documents(300))

    await node.batches.start(bench.client, id)
    const batch = await untilBatch(node, bench, { id, is: ({ state }) => isFinished(state) })

    expect(batch.counts).toEqual({ total: 300, sealed: 300, failed: 0, pending: 0 })
    const damaged: string[] = []
    for (const { name } of documents(300)) {
      const { document, parts, read } = await node.batches.readDocument(bench.client, id, name)
      const file = await octets(read(parts))
      const sha256 = createHash('sha256').update(file).digest('hex')
      if (sha256 !== document.sealed?.sha256) damaged.push(name)
    }
    expect(damaged).toEqual([])
  })

  test('that is removed while it is written down keeps no other from being sealed', async () => {
    const bench = await makeBatchBench((await open()).db)
    const engine = makeEngine(bench, bench.dir, 'a1')
    const held: (() => void)[] = []
    let isHeld = true
    const node = await bench.startNode('a', {
      dialect,
      engine: {
        threads: 2,
        async seal(kit, job) {
          const outcomes = await engine.seal(kit, job)
          if (isHeld) await new Promise<void>((resolve) => held.push(resolve))
          return outcomes
        },
      },
    })
    const removed = await fill(node, bench, documents(100))
    await node.batches.start(bench.client, removed.id)
    await expect.poll(() => held.length).toBeGreaterThan(0)
    await node.batches.cancel(bench.client, removed.id)
    await node.batches.remove(bench.client, removed.id)
    isHeld = false
    for (const resolve of held) resolve()

    const { id } = await fill(node, bench, documents(50))
    await node.batches.start(bench.client, id)
    const batch = await untilBatch(node, bench, { id, is: ({ state }) => isFinished(state) })

    expect(batch.counts).toEqual({ total: 50, sealed: 50, failed: 0, pending: 0 })
  })
})
