import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { openSpool, type Spool } from '../../src/sealing/spool.ts'

let dir: string
let spool: Spool

beforeEach(async () => {
  const parent = await mkdtemp(join(tmpdir(), 'sceau-spool-'))
  onTestFinished(() => rm(parent, { recursive: true }))
  dir = join(parent, 'spool')
  spool = await openSpool(dir)
})

async function* chunks(...sizes: readonly number[]): AsyncIterable<Uint8Array> {
  for (const [index, size] of sizes.entries()) yield new Uint8Array(size).fill(index + 1)
}

test('a document lies in a file of its own, for the server’s user alone, until it is released', async () => {
  const document = await spool.receive(chunks(3, 0, 2), { maxBytes: 5 })

  expect(await readFile(document.path)).toEqual(Buffer.of(1, 1, 1, 3, 3))
  expect((await stat(document.path)).mode & 0o777).toBe(0o600)
  expect(document.source.length).toBe(5)
  expect(Buffer.from(document.source.read(2, 9))).toEqual(Buffer.of(1, 3, 3))

  await document.release()
  await document.release()
  expect(await readdir(dir)).toEqual([])
})

test('a document that is too large is refused as soon as that is known, and leaves nothing', async () => {
  let given = 0
  async function* endless() {
    for (;;) {
      given += 1
      yield new Uint8Array(1000)
    }
  }

  await expect(spool.receive(endless(), { maxBytes: 4500 })).rejects.toMatchObject({
    code: 'document-too-large',
    hints: { maxBytes: 4500 },
  })
  expect(given).toBe(5)
  expect(await readdir(dir)).toEqual([])
})

test.each([
  { code: 'ECONNRESET', problem: 'invalid-request' },
  { code: 'ERR_STREAM_PREMATURE_CLOSE', problem: 'invalid-request' },
  { code: 'ENOSPC', problem: 'storage-full' },
  { code: 'EDQUOT', problem: 'storage-full' },
])('a stream that ends with $code is told as $problem, and leaves nothing', async (row) => {
  async function* breaking() {
    yield new Uint8Array(10)
    throw Object.assign(new Error('broken'), { code: row.code })
  }

  await expect(spool.receive(breaking(), { maxBytes: 100 })).rejects.toMatchObject({
    code: row.problem,
  })
  expect(await readdir(dir)).toEqual([])
})

test('what an earlier run left is removed', async () => {
  await writeFile(join(dir, 'left'), 'x')

  await openSpool(dir)

  expect(await readdir(dir)).toEqual([])
})
