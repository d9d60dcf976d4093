import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readTar } from '../../src/archives/read-tar.ts'
import { writeTar } from '../../src/archives/write-tar.ts'
import { inPieces, joinChunks, LIMITS, outgoing } from '../support/archives.ts'

async function packed(contents: readonly Uint8Array[]): Promise<Buffer> {
  const files = contents.map((content, i) => ({ name: `${i}.pdf`, content }))
  return joinChunks(writeTar(outgoing(files)))
}

/** The documents of an archive, each read at once into memory that is shared. */
async function* readAtOnce(tar: Uint8Array, pieceBytes: number): AsyncGenerator<Buffer> {
  for await (const entry of readTar(inPieces(tar, pieceBytes), LIMITS)) {
    if ('problem' in entry || entry.readInto === undefined) throw new Error('it is refused')
    const target = new Uint8Array(new SharedArrayBuffer(entry.declaredBytes ?? 0))
    await entry.readInto(target)
    yield Buffer.from(target)
  }
}

test('documents read at once are what was packed, however the archive arrives', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 2_000 }), { maxLength: 5 }),
      fc.integer({ min: 1, max: 3_000 }),
      async (contents, pieceBytes) => {
        const read: Buffer[] = []
        for await (const one of readAtOnce(await packed(contents), pieceBytes)) read.push(one)

        expect(read).toEqual(contents.map((content) => Buffer.from(content)))
      },
    ),
    { numRuns: 50 },
  )
})

test('a document that breaks off is told with its place, and those before it were read', async () => {
  const tar = await packed([Buffer.alloc(700, 'a'), Buffer.alloc(5_000, 'b')])
  const read: Buffer[] = []
  const reading = async () => {
    for await (const one of readAtOnce(tar.subarray(0, 4_000), 512)) read.push(one)
  }

  await expect(reading()).rejects.toMatchObject({ code: 'invalid-request', hints: { entries: 1 } })
  expect(read).toEqual([Buffer.alloc(700, 'a')])
})

test('what is read after the archive has gone on is refused', async () => {
  const tar = await packed([Buffer.from('un'), Buffer.from('deux')])
  const entries = readTar(inPieces(tar, 100), LIMITS)
  const { value: first } = await entries.next()
  await entries.next()
  const late = first !== undefined && 'readInto' in first && first.readInto?.(new Uint8Array(2))

  await expect(late).rejects.toThrow('gone on')
})
