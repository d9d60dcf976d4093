import type { FileHandle } from 'node:fs/promises'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest'
import { OpenFiles } from '../../../src/batches/files/open-files.ts'
import { Pack } from '../../../src/batches/files/pack.ts'
import { PackWriter } from '../../../src/batches/files/pack-writer.ts'
import { Packs } from '../../../src/batches/files/packs.ts'

let dir: string

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sceau-pack-'))
  onTestFinished(() => rm(dir, { recursive: true }))
})

/** Files on a disk that does as it is told. */
class ToldFiles extends OpenFiles {
  readonly #told = new WeakSet<FileHandle>()
  syncs = 0
  onSync: () => Promise<void> = async () => {}
  writtenAtOnce = Number.POSITIVE_INFINITY

  override use<T>(
    wanted: Parameters<OpenFiles['use']>[0],
    work: (handle: FileHandle) => Promise<T>,
  ): Promise<T> {
    return super.use(wanted, (handle) => {
      if (!this.#told.has(handle)) this.#tell(handle)
      return work(handle)
    })
  }

  #tell(handle: FileHandle): void {
    this.#told.add(handle)
    vi.spyOn(handle, 'datasync').mockImplementation(async () => {
      this.syncs += 1
      await this.onSync()
    })
    const write = handle.write.bind(handle)
    vi.spyOn(handle, 'writev').mockImplementation(async (buffers, position) => {
      const [first = new Uint8Array()] = buffers
      const length = Math.min(first.byteLength, this.writtenAtOnce)
      const { bytesWritten } = await write(first, 0, length, position)
      return { bytesWritten, buffers }
    })
  }
}

function open(files = new ToldFiles(8), packBytesMax = 1000) {
  onTestFinished(() => files.close())
  const packs = new Packs({
    packBytesMax,
    makePack: (_batchId, number, kind) => {
      const file = `a-${kind === 'single' ? 's' : ''}${number}.pack`
      return new Pack(files, join(dir, file), file)
    },
  })
  return { files, packs, writer: () => new PackWriter(packs, 'batch') }
}

const LIMITS = { maxBytes: 10_000_000 }

test('those who ask while a sync is under way share the next one', async () => {
  const { files, packs } = open()
  const pack = packs.shared('batch', 10)
  await pack.write([Buffer.from('first')])
  let release = () => {}
  files.onSync = () =>
    new Promise((resolve) => {
      release = resolve
    })

  const first = pack.sync()
  await vi.waitFor(() => expect(files.syncs).toBe(1))
  await pack.write([Buffer.from('late')])
  const late = Promise.all([pack.sync(), pack.sync(), pack.sync()])
  files.onSync = async () => {}
  release()
  await Promise.all([first, late])

  expect(files.syncs).toBe(2)
})

test('a sync with nothing new to cover costs nothing', async () => {
  const { files, packs } = open()
  const pack = packs.shared('batch', 10)
  await pack.write([Buffer.from('x')])

  await pack.sync()
  await pack.sync()

  expect(files.syncs).toBe(1)
})

test('a write that the system cuts into pieces is whole', async () => {
  const { files, writer } = open()
  files.writtenAtOnce = 3

  const { extent } = await writer().append(Buffer.from('0123456789'), LIMITS)

  expect(await readFile(join(dir, extent.file), 'utf8')).toBe('0123456789')
})

test('after a sync has failed, nothing more goes into that pack', async () => {
  const { files, writer } = open()
  const failed = writer()
  const lost = await failed.append(Buffer.from('lost'), LIMITS)
  files.onSync = async () => {
    throw Object.assign(new Error('full'), { code: 'ENOSPC' })
  }
  await expect(failed.sync()).rejects.toMatchObject({ code: 'storage-full' })

  files.onSync = async () => {}
  const next = writer()
  const kept = await next.append(Buffer.from('kept'), LIMITS)
  await next.sync()

  expect(kept.extent.file).not.toBe(lost.extent.file)
})

test('a sync that failed when a file had to be closed fails whoever relied on it', async () => {
  const { files, packs } = open(new ToldFiles(1))
  const pack = packs.shared('batch', 10)
  await pack.write([Buffer.from('x')])
  files.onSync = async () => {
    throw new Error('lost')
  }
  await packs.single('batch').write([Buffer.from('takes the only descriptor')])
  files.onSync = async () => {}

  await expect(pack.sync()).rejects.toThrow('lost')
})

test('a large document whose sync fails leaves nothing behind', async () => {
  const { files, writer } = open()
  const failed = writer()
  const { extent } = await failed.append(new Uint8Array(2_000_000), LIMITS)
  files.onSync = async () => {
    throw new Error('lost')
  }

  await expect(failed.sync()).rejects.toThrow('lost')

  await expect(readFile(join(dir, extent.file))).rejects.toThrow('ENOENT')
})
