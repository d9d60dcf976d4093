import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type BatchFiles, openBatchFiles } from '../../../src/batches/files/batch-files.ts'
import type { Extent } from '../../../src/batches/files/extent.ts'
import { mountSmallDisk } from '../../support/small-disk.ts'

const MIB = 1024 * 1024
const LIMITS = { maxBytes: 64 * MIB }
const BATCH = '0b5f3c1e-8a44-4d7e-9a55-0c7d0ad1f0aa'

let dir: string
let files: BatchFiles

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sceau-batches-'))
  files = await openBatchFiles(dir, { node: 'a' })
  onTestFinished(async () => {
    await files.close()
    await rm(dir, { recursive: true })
  })
})

const chunks = (...sizes: readonly number[]) => pieces(sizes)

async function* pieces(sizes: readonly number[]): AsyncIterable<Uint8Array> {
  for (const [index, size] of sizes.entries()) yield new Uint8Array(size).fill(index + 1)
}

async function* breaking(code: string, ...sizes: readonly number[]): AsyncIterable<Uint8Array> {
  yield* chunks(...sizes)
  throw Object.assign(new Error('broken'), { code })
}

async function contentOf(parts: readonly Extent[], of = files, batch = BATCH): Promise<Buffer> {
  const read: Uint8Array[] = []
  for await (const chunk of of.read(batch, parts)) read.push(chunk)
  return Buffer.concat(read)
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

test('small documents lie one behind the other in one pack, for the server’s user alone', async () => {
  const first = await files.put(BATCH, chunks(3, 0, 2), LIMITS)
  const second = await files.put(BATCH, Buffer.from('second'), LIMITS)

  expect(first.extent).toEqual({ file: 'a-1.pack', offset: 0, length: 5 })
  expect(second.extent).toEqual({ file: 'a-1.pack', offset: 5, length: 6 })
  expect(second.sha256).toBe(sha256(Buffer.from('second')))
  const path = files.pathOf(BATCH, 'a-1.pack')
  expect(await readFile(path)).toEqual(Buffer.from('\x01\x01\x01\x03\x03second'))
  expect((await stat(path)).mode & 0o777).toBe(0o600)
  expect((await stat(join(dir, BATCH))).mode & 0o777).toBe(0o700)
})

test.each([
  { what: 'no octet', sizes: [], file: 'a-1.pack' },
  { what: '1 MiB', sizes: [MIB], file: 'a-1.pack' },
  { what: '1 MiB in pieces of one octet', sizes: new Array(MIB).fill(1), file: 'a-1.pack' },
  { what: '1 MiB and one octet', sizes: [MIB, 1], file: 'a-s1.pack' },
  { what: '3 MiB at once', sizes: [3 * MIB], file: 'a-s1.pack' },
  { what: '5 MB in pieces', sizes: new Array(500).fill(10_000), file: 'a-s1.pack' },
])('a document of $what comes back as it came, with its digest', async ({ sizes, file }) => {
  const whole = Buffer.concat(sizes.map((size, index) => new Uint8Array(size).fill(index + 1)))

  for (const given of [pieces(sizes), whole]) {
    const batch = randomUUID()
    const fresh = await openBatchFiles(dir, { node: 'a' })
    const stored = await fresh.put(batch, given, LIMITS)

    expect(stored).toEqual({
      extent: { file, offset: 0, length: whole.length },
      sha256: sha256(whole),
    })
    expect((await contentOf([stored.extent], fresh, batch)).equals(whole)).toBe(true)
    await fresh.close()
  }
})

test('documents put at the same time keep apart', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 5 }), { maxLength: 40 }),
      async (documents) => {
        const batch = randomUUID()
        const stored = await Promise.all(
          documents.map((pieces) => files.put(batch, asyncOf(pieces), LIMITS)),
        )
        for (const [index, { extent, sha256: digest }] of stored.entries()) {
          const expected = Buffer.concat(documents[index] ?? [])
          expect(await contentOf([extent], files, batch)).toEqual(expected)
          expect(digest).toBe(sha256(expected))
        }
      },
    ),
    { numRuns: 30 },
  )
})

async function* asyncOf<T>(values: readonly T[]): AsyncIterable<T> {
  yield* values
}

test('a full pack is followed by another', async () => {
  const small = await openBatchFiles(dir, { node: 'b', packBytesMax: 10 })

  const stored = await Promise.all(
    ['first', 'forth', 'x', 'a document larger than a pack'].map((text) =>
      small.put(BATCH, Buffer.from(text), LIMITS),
    ),
  )

  expect(stored.map(({ extent }) => extent)).toEqual([
    { file: 'b-1.pack', offset: 0, length: 5 },
    { file: 'b-1.pack', offset: 5, length: 5 },
    { file: 'b-2.pack', offset: 0, length: 1 },
    { file: 'b-3.pack', offset: 0, length: 29 },
  ])
  await small.close()
})

test('two starts on one folder never write the same file', async () => {
  const other = await openBatchFiles(dir)
  const third = await openBatchFiles(dir)

  await Promise.all([other, third].map((of) => of.put(BATCH, Buffer.from('x'), LIMITS)))

  expect(await readdir(join(dir, BATCH))).toHaveLength(2)
  await Promise.all([other.close(), third.close()])
})

test('a name that another start has taken is not written over', async () => {
  await files.put(BATCH, Buffer.from('kept'), LIMITS)
  const twin = await openBatchFiles(dir, { node: 'a' })

  await expect(twin.put(BATCH, Buffer.from('lost'), LIMITS)).rejects.toThrow('EEXIST')

  expect(await readFile(files.pathOf(BATCH, 'a-1.pack'), 'utf8')).toBe('kept')
  await twin.close()
})

test('a writer makes many documents durable by one sync', async () => {
  const writer = files.open(BATCH)
  const stored = [
    await writer.append(Buffer.from('one'), LIMITS),
    await writer.append(chunks(2 * MIB), LIMITS),
    await writer.append(Buffer.from('two'), LIMITS),
  ]
  await writer.sync()
  await writer.sync()

  expect(stored.map(({ extent }) => extent)).toEqual([
    { file: 'a-1.pack', offset: 0, length: 3 },
    { file: 'a-s2.pack', offset: 0, length: 2 * MIB },
    { file: 'a-1.pack', offset: 3, length: 3 },
  ])
})

test.each([
  { code: 'ECONNRESET', sizes: [10] },
  { code: 'ERR_STREAM_PREMATURE_CLOSE', sizes: [3 * MIB, 1] },
  { code: 'ABORT_ERR', sizes: [] },
])(
  'a document that breaks off by $code is refused, and the next is stored',
  async ({ code, sizes }) => {
    await expect(files.put(BATCH, breaking(code, ...sizes), LIMITS)).rejects.toMatchObject({
      code: 'invalid-request',
    })

    const { extent } = await files.put(BATCH, Buffer.from('next'), LIMITS)
    expect(await contentOf([extent])).toEqual(Buffer.from('next'))
    expect(await readdir(join(dir, BATCH))).toEqual([extent.file])
  },
)

test('a failure that is none of the client’s stays what it is', async () => {
  await expect(files.put(BATCH, breaking('EIO', 1), LIMITS)).rejects.toThrow('broken')
})

test.each([
  { what: 'in memory', document: () => new Uint8Array(11), maxBytes: 10 },
  { what: 'small', document: () => chunks(5, 6), maxBytes: 10 },
  { what: 'large', document: () => chunks(2 * MIB, MIB), maxBytes: 2 * MIB },
])('a document that is too large ($what) is refused and leaves nothing', async (given) => {
  const put = files.put(BATCH, given.document(), { maxBytes: given.maxBytes })

  await expect(put).rejects.toMatchObject({
    code: 'document-too-large',
    hints: { maxBytes: given.maxBytes },
  })
  expect(await readdir(join(dir, BATCH)).catch(() => [])).toEqual([])
})

test('a stream is left as soon as it is too large', async () => {
  let given = 0
  async function* endless() {
    for (;;) {
      given += 1
      yield new Uint8Array(1000)
    }
  }

  await expect(files.put(BATCH, endless(), { maxBytes: 10_000 })).rejects.toMatchObject({
    code: 'document-too-large',
  })
  expect(given).toBe(11)
})

test('a full disk refuses the document; what was stored stays, and with room it goes on', async ({
  skip,
}) => {
  const disk = mountSmallDisk(8 * MIB)
  if (disk === undefined) return skip('this user may not mount a file system')
  onTestFinished(() => disk.unmount())
  const full = await openBatchFiles(join(disk.dir, 'batches'), { node: 'c' })
  const kept = await full.put(BATCH, Buffer.from('kept'), LIMITS)
  const filler = join(disk.dir, 'filler')
  await writeFile(filler, new Uint8Array(6 * MIB))

  const large = full.put(BATCH, chunks(MIB, MIB, MIB, MIB), LIMITS)
  await expect(large).rejects.toMatchObject({ code: 'storage-full' })
  expect(await readdir(join(disk.dir, 'batches', BATCH))).toEqual([kept.extent.file])
  const small = await Promise.allSettled(
    [1, 2, 3, 4].map((fill) => full.put(BATCH, new Uint8Array(MIB).fill(fill), LIMITS)),
  )
  const refused = small.filter((outcome) => outcome.status === 'rejected')
  expect(refused.length).toBeGreaterThan(0)
  for (const { reason } of refused) expect(reason).toMatchObject({ code: 'storage-full' })

  await rm(filler)
  const next = await full.put(BATCH, Buffer.from('next'), LIMITS)
  expect(await contentOf([kept.extent, next.extent], full)).toEqual(Buffer.from('keptnext'))
  for (const [index, outcome] of small.entries()) {
    if (outcome.status === 'rejected') continue
    const content = await contentOf([outcome.value.extent], full)
    expect(content.equals(new Uint8Array(MIB).fill(index + 1))).toBe(true)
  }
  await full.close()
})

test('a thousand batches at once, each written to and read, need eight descriptors', async () => {
  const few = await openBatchFiles(dir, { openFilesMax: 8 })
  const batches = Array.from({ length: 1000 }, () => randomUUID())
  let most = 0
  const watch = setInterval(async () => {
    const links = await readdir('/proc/self/fd')
    most = Math.max(most, links.length)
  }, 5)
  const before = (await readdir('/proc/self/fd')).length

  const first = await Promise.all(
    batches.map((batch) => few.put(batch, Buffer.from(`${batch} one`), LIMITS)),
  )
  const second = await Promise.all(
    batches.map((batch) => few.put(batch, chunks(20, 20), { maxBytes: 40 })),
  )
  const read = await Promise.all(
    batches.map((batch, index) =>
      contentOf([first[index], second[index]].flatMap(extentOf), few, batch),
    ),
  )
  clearInterval(watch)

  // Folders are opened for a moment to sync them, one to each of the four threads of libuv.
  expect(most - before).toBeLessThan(8 + 8 + 16)
  for (const [index, batch] of batches.entries()) {
    expect(read[index]?.toString('latin1')).toBe(
      `${batch} one${'\x01'.repeat(20)}${'\x02'.repeat(20)}`,
    )
    expect(await readdir(join(dir, batch))).toHaveLength(1)
  }
  await few.close()
})

function extentOf(stored: { extent: Extent } | undefined): Extent[] {
  return stored === undefined ? [] : [stored.extent]
}

test('parts are joined in their order, in pieces of at most 256 KiB', async () => {
  const original = await files.put(BATCH, chunks(MIB, MIB), LIMITS)
  const appendix = await files.put(BATCH, Buffer.from('appendix'), LIMITS)

  const sizes: number[] = []
  const read: Uint8Array[] = []
  for await (const chunk of files.read(BATCH, [original.extent, appendix.extent])) {
    sizes.push(chunk.length)
    read.push(chunk)
  }

  expect(Math.max(...sizes)).toBe(256 * 1024)
  const expected = [Buffer.alloc(MIB, 1), Buffer.alloc(MIB, 2), Buffer.from('appendix')]
  expect(Buffer.concat(read).equals(Buffer.concat(expected))).toBe(true)
})

test('a file shorter than its record is an error, not a short document', async () => {
  const { extent } = await files.put(BATCH, Buffer.from('short'), LIMITS)

  await expect(contentOf([{ ...extent, length: 6 }])).rejects.toThrow(RangeError)
})

test('a batch is removed whole, also when it is open, and again', async () => {
  const { extent } = await files.put(BATCH, Buffer.from('gone'), LIMITS)
  await contentOf([extent])

  await files.remove(BATCH)
  await files.remove(BATCH)

  expect(await readdir(dir)).toEqual([])
  await expect(contentOf([extent])).rejects.toThrow('ENOENT')
  const again = await files.put(BATCH, Buffer.from('again'), LIMITS)
  expect(await contentOf([again.extent])).toEqual(Buffer.from('again'))
})

test('a large document that is not wanted gives its room back; a small one disturbs no other', async () => {
  const large = await files.put(BATCH, chunks(2 * MIB), LIMITS)
  const small = await files.put(BATCH, Buffer.from('small'), LIMITS)

  await files.discard(BATCH, large.extent)
  await files.discard(BATCH, large.extent)
  await files.discard(BATCH, small.extent)

  expect(await readdir(join(dir, BATCH))).toEqual([small.extent.file])
  expect(await contentOf([small.extent])).toEqual(Buffer.from('small'))
})

test('what a worker wrote is synced by its name; a file that is not there is an error', async () => {
  await files.put(BATCH, Buffer.from('x'), LIMITS)
  await writeFile(files.pathOf(BATCH, 'a-1-1.log'), 'section')

  await files.sync(BATCH, ['a-1-1.log', 'a-1.pack'])
  await files.sync(BATCH, ['a-1-1.log'])

  await expect(files.sync(BATCH, ['a-1-2.log'])).rejects.toThrow('ENOENT')
})

test.each([
  { batch: '..', file: 'a-1.pack' },
  { batch: '', file: 'a-1.pack' },
  { batch: `${BATCH}/..`, file: 'a-1.pack' },
  { batch: BATCH.toUpperCase(), file: 'a-1.pack' },
  { batch: BATCH, file: '' },
  { batch: BATCH, file: '../a-1.pack' },
  { batch: BATCH, file: 'a-1.pack\n' },
  { batch: BATCH, file: 'a-1.pack\0' },
  { batch: BATCH, file: '/etc/passwd' },
  { batch: BATCH, file: 'a-1.pack/../x' },
  { batch: BATCH, file: 'a-x.pack' },
])('“$batch” with “$file” names no file', async ({ batch, file }) => {
  expect(() => files.pathOf(batch, file)).toThrow(RangeError)
  await expect(files.discard(batch, { file, offset: 0, length: 0 })).rejects.toThrow(RangeError)
})

test.each(['..', 'A', 'a-b', '', 'a/b'])('“%s” is no name of a node', async (node) => {
  await expect(openBatchFiles(dir, { node })).rejects.toThrow(RangeError)
})
