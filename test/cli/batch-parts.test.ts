import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readTar } from '../../src/archives/read-tar.ts'
import { claimFolder } from '../../src/cli/batch/claim-folder.ts'
import { findPdfs } from '../../src/cli/batch/find-pdfs.ts'
import { isPrefixOf } from '../../src/cli/batch/is-prefix-of.ts'
import { makeOutFolder } from '../../src/cli/batch/out-folder.ts'
import { Pace } from '../../src/cli/batch/pace.ts'
import { makePatience } from '../../src/cli/batch/patience.ts'
import { Portion } from '../../src/cli/batch/portion.ts'
import { readEvents } from '../../src/cli/batch/read-events.ts'
import { Refusal } from '../../src/cli/batch/refusal.ts'
import { readState, STATE_NAME } from '../../src/cli/batch/state-file.ts'
import { EXIT, ExitError } from '../../src/cli/exit.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'sceau-cli-parts-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const SIGNAL = new AbortController().signal
const NOBODY = () => {}

describe('patience', () => {
  const away = () => new ExitError(EXIT.unreachable, 'away')
  const busy = () => new Refusal(503, { type: 'about:blank', title: 'busy' }, 1)

  test('a server that was never reached is not waited for', async () => {
    await expect(makePatience(SIGNAL, NOBODY)(() => Promise.reject(away()))).rejects.toThrow('away')
  })

  test.each([
    { what: 'away', failure: away },
    { what: 'busy', failure: busy },
  ])('one that is $what after that is asked again, and people are told', async ({ failure }) => {
    const told: unknown[] = []
    const patiently = makePatience(SIGNAL, (words) => told.push(words))
    const answers = [() => Promise.reject(failure()), () => Promise.resolve('at last')]
    await patiently(() => Promise.resolve())

    const answer = await patiently(() => answers.shift()?.() ?? Promise.resolve('never'))

    expect(answer).toBe('at last')
    expect(told).toEqual([expect.any(String), undefined])
  })

  test('a refusal that stays is not asked again', async () => {
    const asked: number[] = []
    const refusal = new Refusal(404, { type: '/problems/not-found', title: 'Not found' })
    const attempt = () => {
      asked.push(1)
      return Promise.reject(refusal)
    }

    await expect(makePatience(SIGNAL, NOBODY)(attempt)).rejects.toBe(refusal)
    expect(asked).toHaveLength(1)
  })

  test('a wait ends with what stops the run', async () => {
    const controller = new AbortController()
    const patiently = makePatience(controller.signal, () => controller.abort(new Error('stopped')))

    await expect(patiently(() => Promise.reject(busy()))).rejects.toThrow('stopped')
  })
})

test('a walk gives the PDFs below a folder, and follows no link', async () => {
  const root = join(dir, 'walk')
  for (const folder of ['a/b', '.hidden', 'out']) mkdirSync(join(root, folder), { recursive: true })
  const files = [
    'x.pdf',
    'a/Y.PDF',
    'a/b/z.pdf',
    'a/n.txt',
    '.hidden/h.pdf',
    'out/o.pdf',
    '._x.pdf',
  ]
  for (const file of files) writeFileSync(join(root, file), '')
  symlinkSync(join(root, 'a'), join(root, 'link'))
  const walk = { isRecursive: true, except: join(root, 'out') }

  const found = await names(findPdfs(root, walk))
  const flat = await names(findPdfs(root, { ...walk, isRecursive: false }))

  expect(found).toEqual(['a/Y.PDF', 'a/b/z.pdf', 'x.pdf'])
  expect(flat).toEqual(['x.pdf'])
})

async function names(found: AsyncIterable<{ name: string }>): Promise<string[]> {
  const list: string[] = []
  for await (const { name } of found) list.push(name)
  return list.sort()
}

test('a sealed file begins with the original and goes on', async () => {
  const [original, other] = [join(dir, 'original'), join(dir, 'other')]
  const octets = fc.uint8Array({ maxLength: 600 })
  await fc.assert(
    fc.asyncProperty(octets, octets, fc.nat(), async (before, after, at) => {
      const sealed = Buffer.concat([before, after])
      await Promise.all([writeFile(original, before), writeFile(other, sealed)])
      expect(await isPrefixOf(original, other)).toBe(after.length > 0)
      if (before.length === 0) return
      const place = at % before.length
      sealed[place] = (sealed[place] ?? 0) ^ 1
      await writeFile(other, sealed)
      expect(await isPrefixOf(original, other)).toBe(false)
    }),
    { numRuns: 30 },
  )
  expect(await isPrefixOf(original, join(dir, 'nowhere'))).toBe(false)
})

test('events are the same however the stream is cut into pieces, up to where it breaks off', async () => {
  const text =
    'retry: 1000\n\nevent: document\nid: 1\ndata: {"name":"é.pdf"}\n\n:\n\n' +
    'event: done\nid: 1-done\ndata: {}\n\nevent: docu'
  const bytes = Buffer.from(text)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: bytes.length })), async (cuts) => {
      const places = [0, ...cuts.sort((a, b) => a - b), bytes.length]
      const pieces = places.map((place, i) => bytes.subarray(place, places[i + 1] ?? place))
      async function* broken() {
        yield* pieces
        throw new Error('cut')
      }
      const events: unknown[] = []
      for await (const event of readEvents(Readable.from(broken()))) events.push(event)
      expect(events).toEqual([
        { event: 'document', id: '1', data: '{"name":"é.pdf"}' },
        { event: 'done', id: '1-done', data: '{}' },
      ])
    }),
  )
})

describe('a portion', () => {
  const LIMITS = {
    documentBytesMax: 1e9,
    totalBytesMax: 1e9,
    entriesMax: 1e6,
    hasUniqueNames: true,
  } as const

  async function contents(tar: AsyncIterable<Uint8Array>): Promise<Record<string, string>> {
    const found: Record<string, string> = {}
    for await (const entry of readTar(tar, LIMITS)) {
      if (!('chunks' in entry)) continue
      const pieces: Uint8Array[] = []
      for await (const piece of entry.chunks) pieces.push(piece)
      found[entry.name] = Buffer.concat(pieces).toString()
    }
    return found
  }

  test('is a tar of its documents, without those that cannot be read', async () => {
    const path = join(dir, 'one.pdf')
    await writeFile(path, 'one')
    const portion = new Portion()
    portion.add({ name: 'é/one.pdf', path }, 3)
    portion.add({ name: 'gone.pdf', path: join(dir, 'gone.pdf') }, 3)

    expect(await contents(portion.tar(NOBODY))).toEqual({ 'é/one.pdf': 'one' })
    expect([...portion.unreadable.keys()]).toEqual(['gone.pdf'])
  })

  test('breaks off at a document that is being written, and goes without it the next time', async () => {
    const [path, other] = [join(dir, 'growing.pdf'), join(dir, 'still.pdf')]
    await Promise.all([writeFile(path, 'a'.repeat(200_000)), writeFile(other, 'still')])
    const portion = new Portion()
    portion.add({ name: 'growing.pdf', path }, 200_000)
    portion.add({ name: 'still.pdf', path: other }, 5)
    async function* whileItGrows() {
      for await (const chunk of portion.tar(NOBODY)) {
        yield chunk
        await writeFile(path, 'b', { flag: 'a' })
      }
    }

    await expect(contents(whileItGrows())).rejects.toThrow('growing.pdf')
    expect([...portion.unreadable]).toEqual([['growing.pdf', 'it is being written']])
    expect(await contents(portion.tar(NOBODY))).toEqual({ 'still.pdf': 'still' })
  })
})

describe('the out folder', () => {
  test.each(['../x.pdf', '/../../x.pdf', '..'])(
    'a name that leads out of it is refused: %s',
    (name) => {
      expect(() => makeOutFolder(join(dir, 'out')).pathOf(name)).toThrow('names a document')
    },
  )

  test('one run at a time; one that died lets the next one in', async () => {
    const release = await claimFolder(dir)
    await writeFile(join(dir, '.sceau-batch.lock'), String(process.ppid))

    await expect(claimFolder(dir)).rejects.toThrow(`process ${process.ppid}`)
    await writeFile(join(dir, '.sceau-batch.lock'), '999999999')
    await expect(claimFolder(dir)).resolves.toBeTypeOf('function')
    await release()
  })

  test('a state file that is no more whole stops the run before anything is sealed', async () => {
    const path = join(dir, STATE_NAME)
    await writeFile(path, '{"version":1,')

    await expect(readState(dir)).rejects.toMatchObject({ exitCode: EXIT.usage })
    await rm(path)
    await expect(readState(dir)).resolves.toBeUndefined()
  })
})

test('the pace is that of the last ten seconds', () => {
  const pace = new Pace()
  pace.note(0, 0)
  expect(pace.perSecond).toBe(0)
  for (let second = 1; second <= 20; second += 1) pace.note(second * 100, second * 1000)
  expect(pace.perSecond).toBeCloseTo(100)
  for (let second = 21; second <= 40; second += 1) pace.note(2000 + second, second * 1000)
  expect(pace.perSecond).toBeCloseTo(1)
})
