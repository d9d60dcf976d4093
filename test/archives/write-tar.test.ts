import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { extract } from 'tar-stream'
import { expect, test } from 'vitest'
import type { OutgoingFile } from '../../src/archives/outgoing-file.ts'
import { readTar } from '../../src/archives/read-tar.ts'
import { writeTar } from '../../src/archives/write-tar.ts'
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

const NAMES = [
  'a.pdf',
  'dossier/délibération n° 12.pdf',
  '日本語/😀.pdf',
  'n'.repeat(100),
  'n'.repeat(101),
  `${'p'.repeat(155)}/${'n'.repeat(100)}`,
  `${'p'.repeat(156)}/${'n'.repeat(99)}`,
  `${'p/'.repeat(78)}${'n'.repeat(100)}`,
  `${'dossier/'.repeat(100)}${'n'.repeat(200)}`,
  `${'é'.repeat(127)}/${'é'.repeat(127)}`,
  `${'x'.repeat(95)}/é`,
]

test('GNU tar unpacks every name with its octets and time, and complains of nothing', async () => {
  const dir = scratchFolder()
  const files = NAMES.map((name, index) => ({ name, content: Buffer.alloc(index * 300, name) }))

  writeFileSync(join(dir, 'out.tar'), await joinChunks(writeTar(outgoing(files))))
  const said = shell(dir, 'tar -tvf out.tar --utc --quoting-style=literal 2>&1').toString()
  expect(shell(dir, 'mkdir x; tar -xf out.tar -C x 2>&1').toString()).toBe('')

  expect(said.trimEnd().split('\n')).toHaveLength(NAMES.length)
  for (const [index, line] of said.trimEnd().split('\n').entries()) {
    expect(line).toMatch(/^-rw-r--r-- 0\/0 +\d+ 2026-02-03 04:05 /)
    expect(line.endsWith(` ${NAMES[index]}`)).toBe(true)
  }
  for (const { name, content } of files) {
    expect(readFileSync(join(dir, 'x', name)).equals(content)).toBe(true)
  }
})

test('python’s tarfile and tar-stream read the same', async () => {
  const dir = scratchFolder()
  const tar = await joinChunks(
    writeTar(outgoing(NAMES.map((name) => ({ name, content: Buffer.from(name) })))),
  )
  writeFileSync(join(dir, 'out.tar'), tar)
  const listed = shell(
    dir,
    `python3 -c 'import tarfile; t = tarfile.open("out.tar"); [print(m.name) for m in t if t.extractfile(m).read().decode() == m.name]'`,
  )
  expect(listed.toString().trimEnd().split('\n')).toEqual(NAMES)

  const extraction = extract()
  extraction.end(tar)
  const names: string[] = []
  for await (const entry of extraction) {
    expect((await joinChunks(Readable.from(entry))).toString()).toBe(entry.header.name)
    names.push(entry.header.name)
  }
  expect(names).toEqual(NAMES)
})

test('what is written is read again, however the stream is cut into pieces', async () => {
  const file = fc.record({
    name: safeNames,
    content: fc.uint8Array({ maxLength: 2000 }),
    pieceBytes: fc.integer({ min: 1, max: 2000 }),
  })
  await fc.assert(
    fc.asyncProperty(
      fc.array(file, { maxLength: 8 }),
      fc.integer({ min: 1, max: 3000 }),
      async (files, bytes) => {
        const tar = await joinChunks(writeTar(outgoing(files)))
        const taken = await takeAll(
          readTar(inPieces(tar, bytes), { ...LIMITS, hasUniqueNames: false }),
        )
        const given = files.map(({ name, content }) => ({
          name,
          content: Buffer.from(content).toString('latin1'),
        }))
        expect(taken).toEqual(given)
      },
    ),
  )
})

test('a document of more than 8 GiB keeps its length', async () => {
  const bytes = 2 ** 33 + 1
  async function* huge(): AsyncGenerator<OutgoingFile> {
    yield { name: 'huge', bytes, modifiedAt: 0, chunks: inPieces(new Uint8Array(), 1) }
  }
  const { value: head } = await writeTar(huge()).next()
  const dir = scratchFolder()
  writeFileSync(join(dir, 'head.tar'), head ?? '')

  const listed = shell(dir, 'tar -tvf head.tar 2>/dev/null || true').toString()
  expect(listed).toContain(` ${bytes} `)
  const { value: entry } = await readTar(inPieces(head ?? new Uint8Array(), 512), {
    ...LIMITS,
    documentBytesMax: 2 ** 40,
    totalBytesMax: 2 ** 40,
  }).next()
  expect(entry).toMatchObject({ name: 'huge', declaredBytes: bytes })
})

test.each([{ said: 3 }, { said: 5 }])(
  'four octets said to be $said end the archive with an error, never a wrong one',
  async ({ said }) => {
    async function* lying(): AsyncGenerator<OutgoingFile> {
      yield { name: 'a', bytes: said, modifiedAt: 0, chunks: inPieces(Buffer.from('1234'), 1) }
    }

    await expect(joinChunks(writeTar(lying()))).rejects.toThrow(RangeError)
  },
)

test('a file is opened only when its turn has come, and no further than asked', async () => {
  const opened: number[] = []
  async function* files(): AsyncGenerator<OutgoingFile> {
    for (let index = 0; ; index += 1) {
      const chunks = (async function* () {
        opened.push(index)
        yield Buffer.alloc(512)
      })()
      yield { name: `${index}`, bytes: 512, modifiedAt: 0, chunks }
    }
  }
  const archive = writeTar(files())

  await archive.next()
  expect(opened).toEqual([])
  await archive.next()
  await archive.next()
  expect(opened).toEqual([0])
  await archive.return(undefined)
})

test.each([
  { modifiedAt: -1, seconds: '00000000000' },
  { modifiedAt: 1999, seconds: '00000000001' },
  { modifiedAt: Number.MAX_SAFE_INTEGER, seconds: '77777777777' },
])('the time $modifiedAt is written as $seconds', async ({ modifiedAt, seconds }) => {
  async function* one(): AsyncGenerator<OutgoingFile> {
    yield { name: 'a', bytes: 0, modifiedAt, chunks: inPieces(new Uint8Array(), 1) }
  }

  const tar = await joinChunks(writeTar(one()))

  expect(tar.toString('latin1', 136, 147)).toBe(seconds)
})
