import { randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { openBatchFiles } from '../../../src/batches/files/batch-files.ts'
import { SectionLogs } from '../../../src/batches/files/log.ts'
import { mountSmallDisk } from '../../support/small-disk.ts'

const MIB = 1024 * 1024
const BATCH = '0b5f3c1e-8a44-4d7e-9a55-0c7d0ad1f0aa'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sceau-logs-'))
  onTestFinished(() => rm(dir, { recursive: true }))
})

function openLogs(options: Partial<ConstructorParameters<typeof SectionLogs>[0]> = {}) {
  const logs = new SectionLogs({ dir, node: 'a', worker: 2, ...options })
  onTestFinished(() => logs.close())
  return logs
}

const section = (...pieces: readonly string[]) => pieces.map((piece) => Buffer.from(piece))

test('sections lie one behind the other, for the server’s user alone', async () => {
  const logs = openLogs()

  const first = logs.append(BATCH, [section('fir', 'st'), section(), section('', 'second')])
  const second = logs.append(BATCH, [section('third')])

  expect([...first, ...second]).toEqual([
    { file: 'a-2-1.log', offset: 0, length: 5 },
    { file: 'a-2-1.log', offset: 5, length: 0 },
    { file: 'a-2-1.log', offset: 5, length: 6 },
    { file: 'a-2-1.log', offset: 11, length: 5 },
  ])
  const path = join(dir, BATCH, 'a-2-1.log')
  expect(await readFile(path, 'utf8')).toBe('firstsecondthird')
  expect((await stat(path)).mode & 0o777).toBe(0o600)
})

test('more pieces than one system call takes are whole', async () => {
  const sections = Array.from({ length: 3000 }, (_, index) => section(`${index},`))

  const extents = openLogs().append(BATCH, sections)

  const text = await readFile(join(dir, BATCH, 'a-2-1.log'), 'utf8')
  expect(text).toBe(sections.flat().join(''))
  expect(extents.at(-1)).toEqual({ file: 'a-2-1.log', offset: text.length - 5, length: 5 })
})

test('a full log is followed by another', () => {
  const logs = openLogs({ logBytesMax: 8 })

  const extents = ['one', 'three', 'two'].flatMap((text) => logs.append(BATCH, [section(text)]))

  expect(extents).toEqual([
    { file: 'a-2-1.log', offset: 0, length: 3 },
    { file: 'a-2-1.log', offset: 3, length: 5 },
    { file: 'a-2-2.log', offset: 0, length: 3 },
  ])
})

test('a thousand batches in turn go on in their one log each, with few descriptors', async () => {
  const logs = openLogs()
  const batches = Array.from({ length: 1000 }, () => randomUUID())
  const before = (await readdir('/proc/self/fd')).length

  for (const round of ['one', 'two']) {
    for (const batch of batches) logs.append(batch, [section(round)])
  }

  expect((await readdir('/proc/self/fd')).length - before).toBeLessThanOrEqual(32)
  for (const batch of batches) {
    const names = await readdir(join(dir, batch))
    expect(names).toHaveLength(1)
    expect(await readFile(join(dir, batch, names[0] ?? ''), 'utf8')).toBe('onetwo')
  }
})

test('after a batch was forgotten and its folder removed, another log begins', async () => {
  const logs = openLogs()
  logs.append(BATCH, [section('gone')])
  logs.forget(BATCH)
  logs.forget(BATCH)
  await rm(join(dir, BATCH), { recursive: true })

  const [extent] = logs.append(BATCH, [section('next')])

  expect(extent).toEqual({ file: 'a-2-2.log', offset: 0, length: 4 })
})

test('when a log is no longer to be trusted, sections go to another one', () => {
  const logs = openLogs()

  const extents = [0, 0, 1, 1].flatMap((epoch) => logs.append(BATCH, [section('x')], epoch))

  expect(extents.map(({ file, offset }) => [file, offset])).toEqual([
    ['a-2-1.log', 0],
    ['a-2-1.log', 1],
    ['a-2-2.log', 0],
    ['a-2-2.log', 1],
  ])
})

test('what a worker appended, the main thread syncs and reads', async () => {
  const files = await openBatchFiles(dir, { node: 'a' })
  onTestFinished(() => files.close())
  const original = await files.put(BATCH, Buffer.from('original '), { maxBytes: 100 })
  const [appended] = openLogs().append(BATCH, [section('section')])

  const parts = [original.extent, ...(appended === undefined ? [] : [appended])]
  await files.sync(
    BATCH,
    parts.map(({ file }) => file),
  )

  const read: Uint8Array[] = []
  for await (const chunk of files.read(BATCH, parts)) read.push(chunk)
  expect(Buffer.concat(read).toString()).toBe('original section')
})

test('a full disk refuses the sections; with room, the next take their place', async ({ skip }) => {
  const disk = mountSmallDisk(4 * MIB)
  if (disk === undefined) return skip('this user may not mount a file system')
  const logs = new SectionLogs({ dir: disk.dir, node: 'a', worker: 0 })
  onTestFinished(() => {
    logs.close()
    disk.unmount()
  })
  logs.append(BATCH, [section('kept')])
  const filler = join(disk.dir, 'filler')
  await writeFile(filler, new Uint8Array(2 * MIB))

  expect(() => logs.append(BATCH, [[new Uint8Array(3 * MIB).fill(1)]])).toThrow(
    expect.objectContaining({ code: 'storage-full' }),
  )
  expect(() => logs.append(randomUUID(), [[new Uint8Array(3 * MIB)]])).toThrow(
    expect.objectContaining({ code: 'storage-full' }),
  )

  await rm(filler)
  const [extent] = logs.append(BATCH, [section('next')])
  expect(extent).toEqual({ file: 'a-0-1.log', offset: 4, length: 4 })
  const content = await readFile(join(disk.dir, BATCH, 'a-0-1.log'))
  expect(content.subarray(0, 8).toString()).toBe('keptnext')
})

test.each(['..', 'a/b', ''])('“%s” is no name of a node', (node) => {
  expect(() => new SectionLogs({ dir, node, worker: 0 })).toThrow(RangeError)
})
