import { readFileSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { OutgoingFile } from '../../src/archives/outgoing-file.ts'
import { readZip } from '../../src/archives/read-zip.ts'
import { writeZip } from '../../src/archives/write-zip.ts'
import {
  inPieces,
  joinChunks,
  LIMITS,
  outgoing,
  safeNames,
  scratchFolder,
  shell,
  takeAll,
} from '../support/archives.ts'

const NAMES = ['a.pdf', 'dossier/délibération n° 12.pdf', '日本語/😀.pdf', `${'n/'.repeat(300)}n`]
const files = NAMES.map((name, index) => ({ name, content: Buffer.alloc(index * 3000, name) }))

/** A zip written to a file piece by piece. */
async function written(path: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'w')
  for await (const chunk of chunks) await file.appendFile(chunk)
  await file.close()
}

test('unzip and python find every name whole, with its octets and time', async () => {
  const dir = scratchFolder()
  await written(join(dir, 'out.zip'), writeZip(outgoing(files)))

  expect(shell(dir, 'TZ=UTC unzip -q out.zip -d x 2>&1').toString()).toBe('')
  for (const { name, content } of files) {
    expect(readFileSync(join(dir, 'x', name)).equals(content)).toBe(true)
  }
  expect(shell(dir, 'stat -c %Y x/a.pdf').toString().trim()).toBe('1770091506')
  expect(shell(dir, 'unzip -t out.zip').toString()).toContain('No errors detected')
  const listed = shell(
    dir,
    `python3 -c 'import zipfile; z = zipfile.ZipFile("out.zip"); print(z.testzip()); [print(i.filename, *i.date_time, oct(i.external_attr >> 16)) for i in z.infolist()]'`,
  )
  expect(listed.toString().trimEnd().split('\n')).toEqual([
    'None',
    ...NAMES.map((name) => `${name} 2026 2 3 4 5 6 0o100644`),
  ])
})

test('an archive of nothing is one', async () => {
  const dir = scratchFolder()
  await written(join(dir, 'out.zip'), writeZip(outgoing([])))

  expect(shell(dir, 'python3 -m zipfile -t out.zip').toString()).toContain('Done testing')
  expect(await takeAll(readZip(join(dir, 'out.zip'), LIMITS))).toEqual([])
})

test('more entries than 16 bits count are whole for unzip, python and here', async () => {
  const dir = scratchFolder()
  const count = 66_000
  async function* many(): AsyncGenerator<OutgoingFile> {
    for (let index = 0; index < count; index += 1) {
      const content = Buffer.from(`${index}`)
      yield {
        name: `d/${index}`,
        bytes: content.length,
        modifiedAt: 0,
        chunks: inPieces(content, 9),
      }
    }
  }
  writeFileSync(join(dir, 'out.zip'), await joinChunks(writeZip(many())))

  expect(shell(dir, 'unzip -tqq out.zip').toString()).toBe('')
  const python = `import zipfile; z = zipfile.ZipFile("out.zip"); print(len(z.namelist()), z.read("d/65999").decode())`
  expect(shell(dir, `python3 -c '${python}'`).toString().trim()).toBe('66000 65999')
  const names = new Set<string>()
  const limits = { ...LIMITS, entriesMax: count }
  for await (const { name } of readZip(join(dir, 'out.zip'), limits)) names.add(name)
  expect(names.size).toBe(count)
})

test('beyond 4 GiB, lengths and places are whole for unzip, python and here', async () => {
  const dir = scratchFolder()
  const bytes = 2 ** 32 + 5
  const zeros = new Uint8Array(16 * 1024 * 1024)
  async function* longFile() {
    for (let left = bytes; left > 0; left -= zeros.length) {
      yield left < zeros.length ? zeros.subarray(0, left) : zeros
    }
  }
  async function* files(): AsyncGenerator<OutgoingFile> {
    yield { name: 'long', bytes, modifiedAt: 0, chunks: longFile() }
    yield { name: 'behind', bytes: 1, modifiedAt: 0, chunks: inPieces(Buffer.from('x'), 1) }
  }
  const sparse = await open(join(dir, 'out.zip'), 'w')
  let position = 0
  for await (const chunk of writeZip(files())) {
    // Zeros need no room on the disk where nothing is written.
    if (chunk.buffer !== zeros.buffer) await sparse.write(chunk, 0, chunk.length, position)
    position += chunk.length
  }
  await sparse.close()

  const python = `import zipfile; z = zipfile.ZipFile("out.zip"); print([(i.filename, i.file_size) for i in z.infolist()], z.read("behind"))`
  expect(shell(dir, `python3 -c '${python}'`).toString().trim()).toBe(
    `[('long', ${bytes}), ('behind', 1)] b'x'`,
  )
  expect(shell(dir, 'unzip -p out.zip behind').toString()).toBe('x')
  const limits = { ...LIMITS, documentBytesMax: 2 ** 40, totalBytesMax: 2 ** 40 }
  const read = readZip(join(dir, 'out.zip'), limits)
  const { value: long } = await read.next()
  expect(long).toMatchObject({ name: 'long', declaredBytes: bytes })
  expect(await takeAll(read)).toEqual([{ name: 'behind', content: 'x' }])
})

test('what is written is read again', async () => {
  const dir = scratchFolder()
  const path = join(dir, 'out.zip')
  const file = fc.record({ name: safeNames, content: fc.uint8Array({ maxLength: 2000 }) })
  await fc.assert(
    fc.asyncProperty(fc.array(file, { maxLength: 6 }), async (files) => {
      await written(path, writeZip(outgoing(files)))
      const taken = await takeAll(readZip(path, { ...LIMITS, hasUniqueNames: false }))
      expect(taken).toEqual(
        files.map(({ name, content }) => ({
          name,
          content: Buffer.from(content).toString('latin1'),
        })),
      )
    }),
  )
})

test('a file that has other octets than it was said to have ends the archive with an error', async () => {
  async function* lying(): AsyncGenerator<OutgoingFile> {
    yield { name: 'a', bytes: 3, modifiedAt: 0, chunks: inPieces(Buffer.from('1234'), 1) }
  }

  await expect(joinChunks(writeZip(lying()))).rejects.toThrow(RangeError)
})

test.each([
  { modifiedAt: Date.UTC(1970), written: '1980 1 1 0 0 0' },
  { modifiedAt: Date.UTC(2107, 11, 31, 23, 59, 59), written: '2107 12 31 23 59 58' },
  { modifiedAt: Date.UTC(2300), written: '2107 12 31 23 59 58' },
])('the time $modifiedAt is written as $written', async ({ modifiedAt, written: expected }) => {
  const dir = scratchFolder()
  async function* one(): AsyncGenerator<OutgoingFile> {
    yield { name: 'a', bytes: 0, modifiedAt, chunks: inPieces(new Uint8Array(), 1) }
  }
  await written(join(dir, 'out.zip'), writeZip(one()))

  const python = `import zipfile; print(*zipfile.ZipFile("out.zip").infolist()[0].date_time)`
  expect(shell(dir, `python3 -c '${python}'`).toString().trim()).toBe(expected)
})

test('of 200,000 files, what is kept until the end is some 100 bytes each', async () => {
  let most = 0
  const nothing = inPieces(new Uint8Array(), 1)
  async function* many(): AsyncGenerator<OutgoingFile> {
    for (let index = 0; index < 200_000; index += 1) {
      if (index % 10_000 === 0) most = Math.max(most, process.memoryUsage().arrayBuffers)
      yield { name: `documents/${index}.pdf`, bytes: 0, modifiedAt: 0, chunks: nothing }
    }
  }
  const before = process.memoryUsage().arrayBuffers
  let bytes = 0

  for await (const chunk of writeZip(many())) bytes += chunk.length

  expect(bytes).toBeGreaterThan(200_000 * 100)
  expect(most - before).toBeLessThan(64 * 1024 * 1024)
})
