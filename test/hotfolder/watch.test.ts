import { execFileSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import {
  appendFile,
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pino from 'pino'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { AppError } from '../../src/errors.ts'
import { foldersOf, makeFolders } from '../../src/hotfolder/folders.ts'
import { HotFolderWatch, type WatchDeps } from '../../src/hotfolder/watch.ts'
import { problemFor } from '../../src/http/problem.ts'
import { verifyJournal } from '../../src/journal/verify.ts'
import { changeSeal } from '../../src/sealing/administration.ts'
import { makeFileStore } from '../../src/sealing/file-store.ts'
import { forgetRepetitions } from '../../src/sealing/repetitions.ts'
import { judgeSignatures } from '../support/judges.ts'
import { makeSealingBench, ORIGINAL } from '../support/sealing-bench.ts'
import { mountSmallDisk } from '../support/small-disk.ts'

const QUICK = {
  ...{ lookMs: 10, quietMs: 30, beatMs: 50, silentMs: 400 },
  ...{ firstPauseMs: 20, longestPauseMs: 100 },
}

/** A council's hot folder, its files in a folder of the test's own. */
async function makeBench(dir?: string) {
  const bench = await makeSealingBench()
  const dataDir = dir ?? (await mkdtemp(join(tmpdir(), 'sceau-hotfolder-')))
  if (dir === undefined) onTestFinished(() => rm(dataDir, { recursive: true, force: true }))
  const folders = foldersOf(dataDir, 'conseil')
  await makeFolders(folders)
  const drop = async (name: string, content: string | Uint8Array = ORIGINAL) => {
    await writeFile(join(folders.in, `${name}.part`), content)
    await rename(join(folders.in, `${name}.part`), join(folders.in, name))
  }
  const watch = (wish: Partial<WatchDeps> = {}) => {
    const watching = new HotFolderWatch(
      {
        ...{ dataDir, sealing: bench.makeSealing(), describeProblem: problemFor, isAlone: true },
        ...{
          node: randomUUID(),
          makeId: randomUUID,
          forget: async () => {},
          log: pino({ level: 'silent' }),
        },
        timing: QUICK,
        ...wish,
      },
      { sealId: 'conseil', client: bench.client },
    )
    onTestFinished(() => watching.stop())
    watching.start()
    return watching
  }
  const operations = () => bench.db.selectFrom('operation').selectAll().execute()
  return { ...bench, folders, drop, watch, operations }
}

type Bench = Awaited<ReturnType<typeof makeBench>>

async function until(holds: () => Promise<void> | void) {
  await vi.waitFor(holds, { timeout: 20_000, interval: 10 })
}

const untilThere = (dir: string, names: readonly string[]) =>
  until(async () => expect((await readdir(dir)).sort()).toEqual([...names].sort()))

/** Nothing in `in`, and nothing in work but the node's own folder. */
async function untilIdle({ folders }: Bench) {
  await until(async () => {
    expect(await readdir(folders.in)).toEqual([])
    const left = await readdir(folders.work, { recursive: true })
    expect(left.filter((path) => path.split('/').length > 1 && !path.endsWith('alive'))).toEqual([])
  })
}

async function problemOf({ folders }: Bench, name: string) {
  return JSON.parse(await readFile(join(folders.failed, `${name}.problem.json`), 'utf8'))
}

describe('a PDF that is put into `in`', () => {
  test('comes out sealed under its name, once, with one operation', async () => {
    const bench = await makeBench()
    const { folders } = bench
    await bench.drop('Délibération n° 4.pdf')
    bench.watch()

    await untilThere(folders.out, ['Délibération n° 4.pdf'])
    await untilIdle(bench)

    const sealed = await readFile(join(folders.out, 'Délibération n° 4.pdf'))
    expect(sealed.subarray(0, ORIGINAL.length).equals(ORIGINAL)).toBe(true)
    expect(judgeSignatures(sealed)).toMatchObject({ all: 1, valid: 1, coversAll: true })
    expect(await bench.operations()).toMatchObject([
      { client_id: bench.client.id, seal_id: 'conseil', bytes: sealed.length },
    ])
    expect(await readdir(folders.failed)).toEqual([])
  })

  test('is not touched while it grows, nor before it has its name', async () => {
    const bench = await makeBench()
    const { folders } = bench
    bench.watch({ timing: { ...QUICK, quietMs: 300 } })
    await writeFile(join(folders.in, 'b.pdf.part'), ORIGINAL)
    for (let at = 0; at < ORIGINAL.length; at += 100) {
      await appendFile(join(folders.in, 'a.pdf'), ORIGINAL.subarray(at, at + 100))
      await sleep(10)
    }

    await untilThere(folders.out, ['a.pdf'])

    const sealed = await readFile(join(folders.out, 'a.pdf'))
    expect(sealed.subarray(0, ORIGINAL.length).equals(ORIGINAL)).toBe(true)
    expect(await readdir(folders.in)).toEqual(['b.pdf.part'])
  })

  test('never overwrites: a second of the same name gets a number', async () => {
    const bench = await makeBench()
    const { folders } = bench
    await writeFile(join(folders.out, 'a.pdf'), 'not collected yet')
    bench.watch()
    await bench.drop('a.pdf')
    await untilThere(folders.out, ['a.pdf', 'a (2).pdf'])
    await bench.drop('a.pdf')
    await untilThere(folders.out, ['a.pdf', 'a (2).pdf', 'a (3).pdf'])

    expect(await readFile(join(folders.out, 'a.pdf'), 'utf8')).toBe('not collected yet')
    expect(await bench.operations()).toHaveLength(2)
  })

  test('that is larger than memory should hold goes by its path', async () => {
    const bench = await makeBench()
    const large = Buffer.concat([ORIGINAL, Buffer.alloc(20 << 20, '% \n')])
    await bench.drop('large.pdf', large)
    bench.watch()

    await untilThere(bench.folders.out, ['large.pdf'])

    const sealed = await readFile(join(bench.folders.out, 'large.pdf'))
    expect(sealed.subarray(0, large.length).equals(large)).toBe(true)
  })

  test('is one of many: all of them are sealed, each once', async () => {
    const bench = await makeBench()
    const names = Array.from({ length: 300 }, (_, i) => `lettre ${i}.pdf`)
    for (const name of names) await bench.drop(name)
    bench.watch()

    await untilThere(bench.folders.out, names)
    await untilIdle(bench)

    expect(await bench.operations()).toHaveLength(names.length)
    expect(await verifyJournal(bench.db)).toMatchObject({ intact: true })
  })
})

test('what is done is forgotten once its files are gone: to repeat it nothing is kept', async () => {
  const bench = await makeBench()
  const files = makeFileStore(bench.filesDir)
  const names = ['a.pdf', 'b.pdf', 'c.pdf']
  for (const name of names) await bench.drop(name)
  const watching = bench.watch({
    forget: (clientId, keys) => forgetRepetitions({ db: bench.db, files }, clientId, keys),
  })

  await untilThere(bench.folders.out, names)
  await watching.stop()

  expect(await bench.db.selectFrom('idempotency').selectAll().execute()).toEqual([])
  const kept = await readdir(bench.filesDir, { recursive: true, withFileTypes: true })
  expect(kept.filter((entry) => entry.isFile())).toEqual([])
  expect(await bench.operations()).toHaveLength(names.length)
})

describe('what cannot be sealed', () => {
  test('lies in `failed` beside its problem, as the API tells it', async () => {
    const bench = await makeBench()
    const { folders } = bench
    await bench.drop('a.txt', 'hello')
    bench.watch()

    await untilThere(folders.failed, ['a.txt', 'a.txt.problem.json'])
    await untilIdle(bench)

    expect(await readFile(join(folders.failed, 'a.txt'), 'utf8')).toBe('hello')
    expect(await problemOf(bench, 'a.txt')).toEqual({
      type: '/problems/not-a-pdf',
      title: 'Not a PDF',
      status: 415,
      detail: expect.any(String),
      instance: expect.stringMatching(/^\/requests\/[0-9a-f-]{36}$/),
    })
    expect(await readdir(folders.out)).toEqual([])
  })

  test('gets a number with its problem when the name is taken by either', async () => {
    const bench = await makeBench()
    await writeFile(join(bench.folders.failed, 'a.txt'), 'earlier')
    await writeFile(join(bench.folders.failed, 'b.txt.problem.json'), 'earlier')
    await bench.drop('a.txt', 'later')
    await bench.drop('b.txt', 'later')
    bench.watch()

    await untilThere(bench.folders.failed, [
      ...['a.txt', 'a (2).txt', 'a (2).txt.problem.json'],
      ...['b.txt.problem.json', 'b (2).txt', 'b (2).txt.problem.json'],
    ])

    expect(await readFile(join(bench.folders.failed, 'a.txt'), 'utf8')).toBe('earlier')
  })

  test('is a link, wherever it leads: it is moved and not followed', async () => {
    const bench = await makeBench()
    const { folders } = bench
    const secret = join(folders.work, '..', 'secret.pdf')
    await writeFile(secret, ORIGINAL)
    await symlink(secret, join(folders.in, 'link.pdf'))
    await symlink('/nowhere', join(folders.in, 'dangling.pdf'))
    bench.watch()

    await untilThere(folders.failed, [
      ...['link.pdf', 'link.pdf.problem.json', 'dangling.pdf', 'dangling.pdf.problem.json'],
    ])

    expect(await problemOf(bench, 'link.pdf')).toMatchObject({
      type: '/problems/archive-entry-unsafe',
      detail: expect.stringContaining('no plain file'),
    })
    expect(await readFile(secret)).toEqual(Buffer.from(ORIGINAL))
    expect(await bench.operations()).toEqual([])
  })

  test('is a pipe: nobody waits for its other end', async () => {
    const bench = await makeBench()
    execFileSync('mkfifo', [join(bench.folders.in, 'pipe.pdf')])
    await bench.drop('a.pdf')
    bench.watch()

    await untilThere(bench.folders.out, ['a.pdf'])
    await untilThere(bench.folders.failed, ['pipe.pdf', 'pipe.pdf.problem.json'])
  })

  test.each(['a\\b.pdf', 'con.pdf', 'a\nb.pdf', 'a.pdf ', 'a\u202Efdp.exe'])(
    'has a name that is refused: %j',
    async (name) => {
      const bench = await makeBench()
      await bench.drop(name)
      bench.watch()

      await untilThere(bench.folders.failed, [name, `${name}.problem.json`])

      const problem = await problemOf(bench, name)
      expect(problem.type).toBe('/problems/archive-entry-unsafe')
    },
  )

  test('has a name that is no UTF-8', async () => {
    const bench = await makeBench()
    const path = Buffer.concat([Buffer.from(`${bench.folders.in}/`), Buffer.from([0xe9, 0x2e])])
    await writeFile(path, ORIGINAL)
    bench.watch()

    await untilThere(bench.folders.failed, ['\uFFFD.', '\uFFFD..problem.json'])
  })

  test('has the longest of names', async () => {
    const bench = await makeBench()
    const name = `${'é'.repeat(125)}.pdf`
    await bench.drop(name.slice(0, 123), 'no pdf')
    await writeFile(join(bench.folders.in, name), 'no pdf')
    bench.watch()

    await until(async () => expect(await readdir(bench.folders.failed)).toHaveLength(4))
  })

  test('is a folder: it is left alone', async () => {
    const bench = await makeBench()
    await mkdir(join(bench.folders.in, 'sub'))
    await writeFile(join(bench.folders.in, 'sub', 'b.pdf'), ORIGINAL)
    await bench.drop('a.pdf')
    bench.watch()

    await untilThere(bench.folders.out, ['a.pdf'])

    expect(await readdir(bench.folders.in, { recursive: true })).toEqual(['sub', 'sub/b.pdf'])
  })

  test('met a fault of ours three times', async () => {
    const bench = await makeBench()
    const sealing = bench.makeSealing()
    let calls = 0
    await bench.drop('poison.pdf')
    bench.watch({
      sealing: {
        async apply(request) {
          if (request.requestId === '') return sealing.apply(request)
          calls += 1
          throw new TypeError('a bug')
        },
      },
    })

    await untilThere(bench.folders.failed, ['poison.pdf', 'poison.pdf.problem.json'])

    expect(calls).toBe(3)
    expect(await problemOf(bench, 'poison.pdf')).toMatchObject({ type: '/problems/internal' })
  })

  test('changed while it was sealed: no file leaves that was not what was signed', async () => {
    const bench = await makeBench()
    const sealing = bench.makeSealing()
    await bench.drop('a.pdf')
    bench.watch({
      sealing: {
        async apply(request) {
          const sealed = await sealing.apply(request)
          const [path = ''] = (await readdir(bench.folders.work, { recursive: true })).filter(
            (one) => one.endsWith('a.pdf'),
          )
          await writeFile(
            join(bench.folders.work, path),
            Buffer.from(ORIGINAL).fill(0x20, 600, 700),
          )
          return sealed
        },
      },
    })

    await untilThere(bench.folders.failed, ['a.pdf', 'a.pdf.problem.json'])

    expect(await readdir(bench.folders.out)).toEqual([])
    expect(await problemOf(bench, 'a.pdf')).toMatchObject({
      detail: expect.stringContaining('.part'),
    })
  })
})

describe('what is no document’s fault is waited for, and nothing goes to `failed`:', () => {
  test('an HSM that is away', async () => {
    const bench = await makeBench()
    let isAway = true
    let asked = 0
    const applying = bench.makeSealing()
    const sealing: WatchDeps['sealing'] = {
      async apply(request) {
        asked += 1
        if (isAway) throw new AppError('hsm-unavailable', 'Away.')
        return applying.apply(request)
      },
    }
    const names = Array.from({ length: 30 }, (_, i) => `${i}.pdf`)
    for (const name of names) await bench.drop(name)
    bench.watch({ sealing })
    await until(() => expect(asked).toBeGreaterThan(12))
    // No more are taken than can be sealed at once, and some.
    expect((await readdir(bench.folders.in)).length).toBeGreaterThan(10)

    isAway = false
    await untilThere(bench.folders.out, names)

    expect(await readdir(bench.folders.failed)).toEqual([])
    expect(await bench.operations()).toHaveLength(names.length)
  })

  test('a seal that is suspended', async () => {
    const bench = await makeBench()
    await changeSeal(bench.administration, 'conseil', 'suspend')
    await bench.drop('a.pdf')
    bench.watch()
    await until(async () => expect(await readdir(bench.folders.in)).toEqual([]))
    await sleep(100)
    expect(await readdir(bench.folders.out)).toEqual([])

    await changeSeal(bench.administration, 'conseil', 'resume')
    bench.clock.now += 250

    await untilThere(bench.folders.out, ['a.pdf'])
    expect(await readdir(bench.folders.failed)).toEqual([])
  })

  test('a disk that is full', async ({ skip }) => {
    const disk = mountSmallDisk(1 << 20)
    if (disk === undefined) return skip('this user may not mount')
    let watching: HotFolderWatch | undefined
    onTestFinished(async () => {
      await watching?.stop()
      disk.unmount()
    })
    const bench = await makeBench(disk.dir)
    await bench.drop('a.pdf', Buffer.concat([ORIGINAL, Buffer.alloc(100_000, ' ')]))
    await writeFile(join(disk.dir, 'ballast'), Buffer.alloc(900_000)).catch(() => {})
    watching = bench.watch()
    await until(async () => expect(await readdir(bench.folders.in)).toEqual([]))
    await sleep(100)
    expect(await readdir(bench.folders.out)).toEqual([])

    await rm(join(disk.dir, 'ballast'))

    await untilThere(bench.folders.out, ['a.pdf'])
    expect(await readdir(bench.folders.failed)).toEqual([])
  })
})

describe('a crash', () => {
  /** Let a node take a file and die at the moment the wish says, its work lying there. */
  async function dieAt(bench: Bench, name: string, moment: 'before' | 'after' | 'delivered') {
    const work = join(bench.folders.work, 'dead-node')
    const id = randomUUID()
    const dir = join(work, id)
    await mkdir(dir, { recursive: true })
    await writeFile(join(work, 'alive'), '.')
    await writeFile(join(dir, name), ORIGINAL)
    await writeFile(join(dir, '.sealed-draft'), 'half of a dra')
    if (moment === 'before') return
    const { appendix } = await bench.makeSealing().apply({
      client: bench.client,
      sealId: 'conseil',
      document: { bytes: ORIGINAL },
      options: { level: 'B-B' },
      requestId: id,
      idempotencyKey: id,
    })
    if (moment === 'after') return
    await writeFile(join(dir, '.sealed'), Buffer.concat([ORIGINAL, appendix]))
    await link(join(dir, '.sealed'), join(bench.folders.out, name))
  }

  test.each(['before', 'after', 'delivered'] as const)(
    '(%s the sealing) costs nothing: one file, one operation',
    async (moment) => {
      const bench = await makeBench()
      await dieAt(bench, 'a.pdf', moment)
      bench.watch()

      await untilIdle(bench)

      expect(await readdir(bench.folders.out)).toEqual(['a.pdf'])
      expect(await bench.operations()).toHaveLength(1)
      expect(judgeSignatures(await readFile(join(bench.folders.out, 'a.pdf')))).toMatchObject({
        all: 1,
        valid: 1,
      })
    },
  )

  test('after all was done does nothing again, though the result was collected', async () => {
    const bench = await makeBench()
    await dieAt(bench, 'a.pdf', 'delivered')
    await rm(join(bench.folders.out, 'a.pdf'))
    const work = join(bench.folders.work, 'dead-node')
    for (const id of await readdir(work)) {
      if (id !== 'alive') await rename(join(work, id), join(work, `${id}.done`))
    }
    bench.watch()

    await until(() => expect(existsSync(work)).toBe(false))
    await untilIdle(bench)

    expect(await readdir(bench.folders.out)).toEqual([])
    expect(await bench.operations()).toHaveLength(1)
  })

  test('before a file was in the folder made for it leaves nothing', async () => {
    const bench = await makeBench()
    await mkdir(join(bench.folders.work, 'dead-node', randomUUID()), { recursive: true })
    bench.watch()

    await until(async () => expect(await readdir(bench.folders.work)).toHaveLength(1))
    await untilIdle(bench)
  })

  test('while a bad file is set aside: it is there once, with one problem', async () => {
    const bench = await makeBench()
    const dir = join(bench.folders.work, 'dead-node', 'an-id')
    await mkdir(dir, { recursive: true })
    await writeFile(join(dir, 'a.txt'), 'hello')
    const failed = join(bench.folders.failed, 'a.txt')
    const error = await bench
      .makeSealing()
      .apply({
        ...{ client: bench.client, sealId: 'conseil', requestId: '' },
        ...{ options: { level: 'B-B' as const }, document: { bytes: Buffer.from('hello') } },
      })
      .catch((thrown) => thrown)
    const problem = { ...problemFor(error), instance: '/requests/an-id' }
    await writeFile(`${failed}.problem.json`, `${JSON.stringify(problem, undefined, 2)}\n`)
    bench.watch()

    await untilIdle(bench)

    expect((await readdir(bench.folders.failed)).sort()).toEqual(['a.txt', 'a.txt.problem.json'])
  })

  test('of one of several nodes: its files are taken over once it has been silent', async () => {
    const bench = await makeBench()
    await dieAt(bench, 'a.pdf', 'after')
    bench.watch({ isAlone: false, timing: { ...QUICK, silentMs: 1e9 } })
    await bench.drop('b.pdf')
    await untilThere(bench.folders.out, ['b.pdf'])
    expect(existsSync(join(bench.folders.work, 'dead-node'))).toBe(true)

    bench.watch({ isAlone: false })

    await untilThere(bench.folders.out, ['a.pdf', 'b.pdf'])
    expect(await bench.operations()).toHaveLength(2)
  })
})

describe('several nodes', () => {
  test('that watch one folder take each file once', async () => {
    const bench = await makeBench()
    const names = Array.from({ length: 60 }, (_, i) => `${i}.pdf`)
    const nodes = [1, 2, 3].map(() => bench.watch({ isAlone: false }))
    for (const name of names) await bench.drop(name)

    await untilThere(bench.folders.out, names)
    await Promise.all(nodes.map((node) => node.stop()))

    expect(await bench.operations()).toHaveLength(names.length)
    expect(await readdir(bench.folders.work)).toEqual([])
  })

  test('one that was given up for dead and lives on delivers nothing more', async () => {
    const bench = await makeBench()
    const sealing = bench.makeSealing()
    let wakeUp = () => {}
    const asleep = new Promise<void>((resolve) => {
      wakeUp = resolve
    })
    await bench.drop('a.pdf')
    const slow = bench.watch({
      isAlone: false,
      // It seals and then hangs, its signs of life with it.
      sealing: {
        async apply(request) {
          const sealed = await sealing.apply(request)
          await asleep
          return sealed
        },
      },
      timing: { ...QUICK, beatMs: 1e9 },
    })
    await until(async () => expect(await bench.operations()).toHaveLength(1))
    bench.watch({ isAlone: false })
    await untilThere(bench.folders.out, ['a.pdf'])
    await rename(join(bench.folders.out, 'a.pdf'), join(bench.folders.out, 'collected.pdf'))

    wakeUp()
    await slow.stop()

    expect(await readdir(bench.folders.out)).toEqual(['collected.pdf'])
    expect(await bench.operations()).toHaveLength(1)
  })

  test('one that stops leaves what is put off for the next to take at once', async () => {
    const bench = await makeBench()
    await changeSeal(bench.administration, 'conseil', 'suspend')
    await bench.drop('a.pdf')
    const first = bench.watch({ isAlone: false, node: 'first' })
    await until(async () => expect(await readdir(bench.folders.in)).toEqual([]))
    await first.stop()
    expect(existsSync(join(bench.folders.work, 'first', 'alive'))).toBe(false)
    await changeSeal(bench.administration, 'conseil', 'resume')
    bench.clock.now += 250

    bench.watch({ isAlone: false, timing: { ...QUICK, silentMs: 1e9 } })

    await untilThere(bench.folders.out, ['a.pdf'])
    await until(() => expect(existsSync(join(bench.folders.work, 'first'))).toBe(false))
  })
})

test('who may read a result is as for any new file, and nobody else sees what is being worked on', async () => {
  const bench = await makeBench()
  const { folders } = bench
  await bench.drop('a.pdf')
  await chmod(join(folders.in, 'a.pdf'), 0o640)
  bench.watch()

  await untilThere(folders.out, ['a.pdf'])

  expect((await stat(join(folders.out, 'a.pdf'))).mode & 0o777).toBe(0o666 & ~process.umask())
  expect((await stat(folders.work)).mode & 0o777).toBe(0o700)
})
