import { mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { deliverFile, openRegular, writeJoined } from '../../src/hotfolder/deliver-file.ts'
import { mountSmallDisk } from '../support/small-disk.ts'

let dir: string
let file: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sceau-deliver-'))
  onTestFinished(() => rm(dir, { recursive: true }))
  file = join(dir, 'draft')
  await writeFile(file, 'sealed')
})

describe.each(['the same disk', 'another disk'])('a file delivered on %s', (disk) => {
  /** A folder for results; undefined where this user may not mount a disk. */
  function makeOut(): string | undefined {
    if (disk === 'the same disk') return dir
    const mounted = mountSmallDisk(1 << 20)
    if (mounted !== undefined) onTestFinished(() => mounted.unmount())
    return mounted?.dir
  }

  test('is there under its name, whole, and nothing beside it', async ({ skip }) => {
    const out = makeOut()
    if (out === undefined) return skip('this user may not mount')

    expect(await deliverFile(file, join(out, 'a.pdf'))).toBe(true)

    expect(await readFile(join(out, 'a.pdf'), 'utf8')).toBe('sealed')
    expect((await readdir(out)).filter((name) => name.startsWith('.'))).toEqual([])
  })

  test('leaves what is there alone, unless it is the same', async ({ skip }) => {
    const out = makeOut()
    if (out === undefined) return skip('this user may not mount')
    await writeFile(join(out, 'other.pdf'), 'others')
    await writeFile(join(out, 'same.pdf'), 'sealed')
    await symlink('/etc/passwd', join(out, 'link.pdf'))

    expect(await deliverFile(file, join(out, 'other.pdf'))).toBe(false)
    expect(await deliverFile(file, join(out, 'same.pdf'))).toBe(true)
    expect(await deliverFile(file, join(out, 'link.pdf'))).toBe(false)

    expect(await readFile(join(out, 'other.pdf'), 'utf8')).toBe('others')
    expect(await readFile(file, 'utf8')).toBe('sealed')
  })
})

test('a link is never followed to another disk', async ({ skip }) => {
  const disk = mountSmallDisk(1 << 20)
  if (disk === undefined) return skip('this user may not mount')
  onTestFinished(() => disk.unmount())
  const link = join(dir, 'link')
  await symlink(file, link)

  await expect(deliverFile(link, join(disk.dir, 'a.pdf'))).rejects.toThrow('no regular file')
  expect(await readdir(disk.dir)).toEqual([])
})

test('a file that was delivered twice over its own link is still one file', async () => {
  const target = join(dir, 'a.pdf')
  await deliverFile(file, target)

  expect(await deliverFile(file, target)).toBe(true)
  expect((await stat(target)).nlink).toBe(2)
})

test('only plain files are opened', async () => {
  await symlink(file, join(dir, 'link'))

  expect(await openRegular(join(dir, 'link'))).toBeUndefined()
  expect(await openRegular(dir)).toBeUndefined()
  const handle = await openRegular(file)
  expect(handle).toBeDefined()
  await handle?.close()
})

test('what is joined never goes over what is there, and its digest is that of the whole', async () => {
  const handle = await open(file)
  onTestFinished(() => handle.close())
  const head = { handle, length: 4 }

  const digest = await writeJoined(join(dir, 'joined'), head, Buffer.from('!'))

  expect(await readFile(join(dir, 'joined'), 'utf8')).toBe('seal!')
  expect(digest.toString('hex')).toBe(
    '5863c150ec3ee6b0ecbd8d02c1879a449370ab3418b5f80d65f80aa969eac243',
  )
  await expect(writeJoined(join(dir, 'joined'), head, Buffer.from('?'))).rejects.toThrow('EEXIST')
})
