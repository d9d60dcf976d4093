import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { type FileStore, makeFileStore } from '../../src/sealing/file-store.ts'

const BYTES = Buffer.from('the appended section')
const SHA256 = createHash('sha256').update(BYTES).digest('hex')

let dir: string
let files: FileStore

beforeEach(async () => {
  const parent = await mkdtemp(join(tmpdir(), 'sceau-files-'))
  onTestFinished(() => rm(parent, { recursive: true }))
  dir = join(parent, 'a/files')
  files = makeFileStore(dir)
})

function pathOf(sha256: string): string {
  return join(dir, sha256.slice(0, 2), sha256.slice(2, 4), sha256)
}

test('a file is named by its content, comes back, and is for the server’s user alone', async () => {
  expect(await files.put(BYTES)).toBe(SHA256)

  expect(await files.get(SHA256)).toEqual(BYTES)
  expect((await stat(pathOf(SHA256))).mode & 0o777).toBe(0o600)
  expect((await stat(dir)).mode & 0o777).toBe(0o700)
})

test('the same content is kept once, also when it comes many times at once', async () => {
  await Promise.all(Array.from({ length: 8 }, () => files.put(BYTES)))

  expect(await readdir(join(pathOf(SHA256), '..'))).toEqual([SHA256])
  expect(await files.get(SHA256)).toEqual(BYTES)
})

test('nothing stays behind when it cannot be written', async () => {
  await files.put(BYTES)
  const folder = join(pathOf(SHA256), '..')
  await rm(pathOf(SHA256))
  await mkdir(join(pathOf(SHA256), 'in-the-way'), { recursive: true })

  await expect(files.put(BYTES)).rejects.toThrow()

  expect(await readdir(folder)).toEqual([SHA256])
})

test('a file that has changed on the disk is not given out', async () => {
  await files.put(BYTES)
  await writeFile(pathOf(SHA256), 'the appended sectioN')

  await expect(files.get(SHA256)).rejects.toThrow(RangeError)
})

test('a file that nobody put is not there', async () => {
  await expect(files.get(SHA256)).rejects.toThrow(/ENOENT/)
})
