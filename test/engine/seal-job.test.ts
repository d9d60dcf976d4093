import { truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Outcome } from '../../src/engine/job.ts'
import { OpenFiles } from '../../src/engine/open-files.ts'
import { sealJob } from '../../src/engine/seal-job.ts'
import { makeSealTools, type SealKit } from '../../src/engine/seal-kit.ts'
import { Slabs } from '../../src/engine/slabs.ts'
import { distinctPdfs, type EngineBench, jobOf, makeEngineBench } from '../support/engine-bench.ts'
import { makePdf } from '../support/test-pdf.ts'

let bench: EngineBench
let rsa: SealKit
beforeAll(async () => {
  bench = await makeEngineBench()
  rsa = await bench.makeKit('rsa-2048')
})
afterAll(() => bench.remove())

/** Slabs whose contents are spoilt once nobody is to look at them. */
class SpoiltSlabs extends Slabs {
  taken = 0
  override take(length: number): Buffer {
    this.taken += 1
    return super.take(length)
  }
  override giveBack(slab: Buffer): void {
    this.taken -= 1
    slab.fill(0xee)
    super.giveBack(slab)
  }
}

const digestOf = (outcome: Outcome) => (outcome.ok ? outcome.sealedSha256 : outcome.message)

test('what was read is not looked at any more once its room is used again', async () => {
  const jobs = [0, 1].map((job) => bench.place(`slab-${job}.pack`, distinctPdfs(80, job * 80)))
  const expected = await Promise.all(jobs.map((places) => bench.sealHere(rsa, places)))
  const slabs = new SpoiltSlabs()
  const tools = makeSealTools(rsa)
  const deps = bench.deps({ slabs })

  const outcomes = await Promise.all(jobs.map((places) => sealJob(deps, tools, jobOf(places))))

  expect(outcomes.flat().map(digestOf)).toEqual(expected.flat().map(digestOf))
  expect(slabs.taken).toBe(0)
})

test('the room of a job that fails is given back', async () => {
  const slabs = new SpoiltSlabs()
  const signDigests = async () => {
    throw new Error('the HSM is away')
  }
  const deps = bench.deps({
    slabs,
    signerFor: () => ({ signDigests, reportFault: async () => {} }),
  })
  const places = bench.place('failing.pack', distinctPdfs(100))

  const sealing = sealJob(deps, makeSealTools(rsa), jobOf(places))

  await expect(sealing).rejects.toThrow('the HSM is away')
  await expect.poll(() => slabs.taken).toBe(0)
})

test('a large document is read to its end, however many other files are opened meanwhile', async () => {
  const files = new OpenFiles()
  // Beyond 16 MiB it is read where it lies, with pauses for others.
  const large = makePdf({ 8: `(${'x'.repeat(40 << 20)})` })
  const path = join(bench.dir, 'large.pack')
  writeFileSync(path, large)
  const place = { path, offset: 0, length: large.length }
  const others = distinctPdfs(100).flatMap((other, i) => bench.place(`other-${i}.pack`, [other]))
  const expected = await bench.sealHere(rsa, [place])
  const deps = bench.deps({ files })

  const sealing = sealJob(deps, makeSealTools(rsa), jobOf([place]))
  for (const other of others) if ('path' in other) files.read(other.path, 0, Buffer.alloc(10))

  expect((await sealing).map(digestOf)).toEqual(expected.map(digestOf))
  expect(expected).toMatchObject([{ ok: true }])
})

test('a file that is cut short costs the documents behind its end, and none before', async () => {
  const places = bench.place('cut.pack', distinctPdfs(40))
  const cutAt = places[33]
  if (cutAt === undefined || !('path' in cutAt)) throw new Error('documents lie in files')
  truncateSync(cutAt.path, cutAt.offset + 10)
  const gone = { path: join(bench.dir, 'gone.pack'), offset: 0, length: 100 }

  const outcomes = await bench.sealHere(rsa, [...places, gone])

  const lost = { ok: false, code: 'internal', message: expect.stringContaining('has lost') }
  expect(outcomes.slice(0, 33).every(({ ok }) => ok)).toBe(true)
  expect(outcomes.slice(33)).toEqual(Array.from({ length: 8 }, () => expect.objectContaining(lost)))
})

test('a disk that is not there costs no document: the job waits', async () => {
  const away = { path: join(bench.dir, 'not-mounted/batch.pack'), offset: 0, length: 100 }

  await expect(bench.sealHere(rsa, [away])).rejects.toMatchObject({ code: 'ENOENT' })
})
