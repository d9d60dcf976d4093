import type { ChildProcess } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Watcher } from '../../src/cli/batch/outcome.ts'
import { runBatch } from '../../src/cli/batch/run-batch.ts'
import { makeServerClient, type ServerClient } from '../../src/cli/server-client.ts'
import { type BatchView, batchClient, numberedPdf } from '../support/batches.ts'
import { runSceau, spawnSceau } from '../support/cli.ts'
import { type Relay, startRelay } from '../support/relay.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let relay: Relay
let dir: string
let toServer: string[]

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sceau-cli-batch-'))
  server = await startTestServer()
  relay = await startRelay(() => server.url)
  const keyFile = join(dir, 'key')
  writeFileSync(keyFile, `${server.apiKey}\n`)
  toServer = ['--url', relay.url, '--api-key-file', keyFile, '--ca-file', server.caFile]
})
afterAll(async () => {
  await relay?.close()
  await server?.remove()
  rmSync(dir, { recursive: true, force: true })
})

let folders = 0

/** A new folder of these files, and a path beside it for what is sealed. */
function folderOf(files: Readonly<Record<string, Uint8Array | string>>) {
  folders += 1
  const source = join(dir, `in-${folders}`)
  mkdirSync(source)
  for (const [name, content] of Object.entries(files)) put(source, name, content)
  return { source, out: join(dir, `out-${folders}`) }
}

function put(folder: string, name: string, content: Uint8Array | string): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), content)
}

function manyPdfs(count: number): Record<string, Buffer> {
  return Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`dossier-${i % 3}/lettre-${i}.pdf`, numberedPdf(i)]),
  )
}

function clientOf({ apiKey, caFile, url }: TestServer): ServerClient {
  return makeServerClient({ url, 'api-key': apiKey, 'ca-file': caFile })
}

interface Line {
  readonly name?: string
  readonly state?: string
  readonly operation?: string
  readonly problem?: { readonly type: string; readonly detail?: string }
  readonly summary?: Record<string, unknown>
}

function batchArgs({ source, out }: { source: string; out: string }, ...more: string[]): string[] {
  return ['batch', source, '--seal', 'ec', '--out', out, '--json', ...more, ...toServer]
}

/** Run to the end. */
async function batch(folder: { source: string; out: string }, ...more: string[]) {
  const ended = await runSceau(batchArgs(folder, ...more), {})
  return { ...ended, ...read(ended.stdout.split('\n')) }
}

function read(text: readonly string[]) {
  const lines: Line[] = text.filter((line) => line !== '').map((line) => JSON.parse(line))
  return {
    documents: lines.filter(({ name }) => name !== undefined),
    summary: lines.find(({ summary }) => summary !== undefined)?.summary,
  }
}

/** Run, do something once so many documents are sealed, and wait for the end. */
async function batchUntil(
  folder: { source: string; out: string },
  sealed: number,
  act: (child: ChildProcess) => unknown,
) {
  const child = spawnSceau(batchArgs(folder), {})
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  if (child.stdout === null || child.stderr === null) throw new Error('no output')
  const stderr: Buffer[] = []
  child.stderr.on('data', (bytes) => stderr.push(bytes))
  const lines: string[] = []
  let acting: unknown
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line)
    if (lines.length === sealed) acting = act(child)
  }
  await acting
  const exitCode = await ended
  return { exitCode, stderr: Buffer.concat(stderr).toString(), ...read(lines) }
}

async function listBatches(label: string): Promise<BatchView[]> {
  const { batches } = await batchClient(server).json<{ batches: BatchView[] }>('?limit=100')
  return batches.filter((one) => one.label === label)
}

/** Every document has its sealed file, and none another than its batch says. */
function expectSealed({ source, out }: { source: string; out: string }, names: readonly string[]) {
  for (const name of names) {
    const original = readFileSync(join(source, name))
    const sealed = readFileSync(join(out, name))
    expect(sealed.length).toBeGreaterThan(original.length)
    expect(sealed.subarray(0, original.length).equals(original)).toBe(true)
  }
}

/** One batch, in which every document was sealed by one operation. */
async function expectOneBatch(label: string, documents: number): Promise<void> {
  const batches = await listBatches(label)
  expect(batches).toMatchObject([{ state: 'completed', counts: { total: documents } }])
  const found = await batchClient(server).documents(batches[0]?.id ?? '', '?limit=1000')
  expect(new Set(found.documents.map(({ operation }) => operation)).size).toBe(documents)
}

describe('a folder in, a folder out', () => {
  test('every PDF is sealed under its name; links, hidden and other files are left', async () => {
    const names = ['a.pdf', 'B.PDF', 'année 2026/très loin/é.pdf']
    const folder = folderOf({ 'notes.txt': 'no', '.caché.pdf': 'no' })
    for (const [i, name] of names.entries()) put(folder.source, name, numberedPdf(i))
    symlinkSync(join(folder.source, 'a.pdf'), join(folder.source, 'lien.pdf'))
    const inside = { ...folder, out: join(folder.source, 'scellés') }

    const { documents, exitCode, stderr, summary } = await batch(inside)

    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    expect(documents.map(({ name }) => name).sort()).toEqual([...names].sort())
    expect(documents).toEqual(
      names.map(() =>
        expect.objectContaining({
          state: 'sealed',
          operation: expect.any(String),
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
        }),
      ),
    )
    expect(summary).toMatchObject({ sealed: 3, failed: 0, skipped: 0 })
    expectSealed(inside, names)
    expect(readdirSync(inside.out).sort()).toEqual(
      ['.sceau-batch.json', 'B.PDF', 'a.pdf', 'année 2026'].sort(),
    )
    const verified = await runSceau(['verify', join(inside.out, 'a.pdf'), ...toServer], {})
    expect(verified.stdout).toContain('TOTAL_PASSED')
  })

  test('run again, only what is new is sealed, and what was changed is not replaced', async () => {
    const folder = folderOf(manyPdfs(4))
    await batch(folder)
    put(folder.source, 'neuf.pdf', numberedPdf(100))
    put(folder.source, 'dossier-0/lettre-0.pdf', numberedPdf(101))
    const before = readFileSync(join(folder.out, 'dossier-0/lettre-0.pdf'))

    const again = await batch(folder)
    const forced = await batch(folder, '--force')

    expect(again.exitCode).toBe(1)
    expect(again.summary).toMatchObject({ sealed: 1, failed: 1, skipped: 3 })
    const changed = again.documents.find(({ state }) => state === 'failed')
    expect(changed).toMatchObject({ name: 'dossier-0/lettre-0.pdf' })
    expect(changed?.problem?.detail).toContain('--force')
    expect(forced.summary).toMatchObject({ sealed: 1, failed: 0, skipped: 4 })
    expect(readFileSync(join(folder.out, 'dossier-0/lettre-0.pdf')).equals(before)).toBe(false)
    expectSealed(folder, ['neuf.pdf', 'dossier-0/lettre-0.pdf'])
    expect((await listBatches(`in-${folders}`)).map(({ counts }) => counts.total)).toEqual([
      1, 1, 4,
    ])
  })

  test('nothing new means no batch', async () => {
    const folder = folderOf({ 'a.pdf': numberedPdf(1) })
    await batch(folder)

    const again = await batch(folder)

    expect(again).toMatchObject({ exitCode: 0, summary: { batch: null, skipped: 1 } })
    expect(await listBatches(`in-${folders}`)).toHaveLength(1)
  })

  test('what fails has its problem beside the others, and is tried again; exit 1', async () => {
    const folder = folderOf({ 'bon.pdf': numberedPdf(1), 'mauvais.pdf': 'no pdf' })

    const first = await batch(folder)
    const problem = JSON.parse(readFileSync(join(folder.out, 'mauvais.pdf.problem.json'), 'utf8'))
    put(folder.source, 'mauvais.pdf', numberedPdf(2))
    const second = await batch(folder)

    expect(first.exitCode).toBe(1)
    expect(first.summary).toMatchObject({ sealed: 1, failed: 1 })
    expect(problem).toMatchObject({ type: '/problems/not-a-pdf' })
    expect(second).toMatchObject({ exitCode: 0, summary: { sealed: 1, skipped: 1 } })
    expect(readdirSync(folder.out)).not.toContain('mauvais.pdf.problem.json')
  })

  test('names that are refused fail, the rest is sealed', async () => {
    const names = ['a.pdf', 'A.pdf', 'con.pdf', 'a\\b.pdf']
    const folder = folderOf(Object.fromEntries(names.map((name, i) => [name, numberedPdf(i)])))

    const { documents, exitCode, summary } = await batch(folder)

    expect(exitCode).toBe(1)
    expect(summary).toMatchObject({ sealed: 1, failed: 3 })
    expect(documents).toContainEqual(expect.objectContaining({ name: 'a\\b.pdf', state: 'failed' }))
  })

  test('without any document to send there is no batch', async () => {
    const { exitCode, summary } = await batch(folderOf({ 'con.pdf': numberedPdf(1) }))

    expect(exitCode).toBe(1)
    expect(summary).toMatchObject({ batch: null, failed: 1 })
    expect(await listBatches(`in-${folders}`)).toEqual([])
  })

  test('for people: what failed, and how many lie where', async () => {
    const folder = folderOf({ 'bon.pdf': numberedPdf(1), 'mauvais.pdf': 'no pdf' })
    const args = batchArgs(folder).filter((arg) => arg !== '--json')

    const { stdout, stderr } = await runSceau(args, {})

    expect(stdout).toMatch(/^failed mauvais\.pdf .*not-a-pdf/m)
    expect(stdout).toContain(`1 sealed, 1 failed. They lie in ${folder.out}`)
    expect(stderr).toBe('sceau: 1 not sealed.\n')
  })
})

describe('what breaks off goes on', () => {
  const DOCUMENTS = 240
  const names = Object.keys(manyPdfs(DOCUMENTS))

  test('after Ctrl-C: it says how, and the same command ends the same batch', async () => {
    const folder = folderOf(manyPdfs(DOCUMENTS))

    const first = await batchUntil(folder, 5, (child) => child.kill('SIGINT'))
    const second = await batch(folder)

    expect(first.exitCode).toBe(130)
    expect(first.stderr).toContain('The same command again goes on')
    expect(second).toMatchObject({ exitCode: 0, summary: { sealed: DOCUMENTS, failed: 0 } })
    expect(second.documents.length).toBeLessThan(DOCUMENTS)
    expectSealed(folder, names)
    await expectOneBatch(`in-${folders}`, DOCUMENTS)
  })

  test('after kill -9 of the command', async () => {
    const folder = folderOf(manyPdfs(DOCUMENTS))

    await batchUntil(folder, 5, (child) => child.kill('SIGKILL'))
    const second = await batch(folder)

    expect(second).toMatchObject({ exitCode: 0, summary: { sealed: DOCUMENTS, failed: 0 } })
    expectSealed(folder, names)
    await expectOneBatch(`in-${folders}`, DOCUMENTS)
    expect(readdirSync(folder.out).filter((name) => /tmp|lock/.test(name))).toEqual([])
  })

  test('over connections that are cut while documents are sent', async () => {
    const folder = folderOf(manyPdfs(DOCUMENTS))
    relay.cutAfter(500_000, 900_000)

    const { exitCode, summary } = await batch(folder)

    expect(summary).toMatchObject({ sealed: DOCUMENTS, failed: 0 })
    expect(exitCode).toBe(0)
    expectSealed(folder, names)
    await expectOneBatch(`in-${folders}`, DOCUMENTS)
  })

  test('over kill -9 of the server and its next start', async () => {
    const folder = folderOf(manyPdfs(DOCUMENTS))

    const ended = await batchUntil(folder, 5, async () => {
      process.kill(server.pid, 'SIGKILL')
      await server.start()
    })

    expect(ended).toMatchObject({ exitCode: 0, summary: { sealed: DOCUMENTS, failed: 0 } })
    expect(ended.documents).toHaveLength(DOCUMENTS)
    expectSealed(folder, names)
    await expectOneBatch(`in-${folders}`, DOCUMENTS)
  })
})

describe('within this process', () => {
  const DOCUMENTS = 120
  const names = Object.keys(manyPdfs(DOCUMENTS))

  function run(
    folder: { source: string; out: string },
    {
      client = clientOf(server),
      signal = new AbortController().signal,
      onProgress = () => {},
    }: { client?: ServerClient; signal?: AbortSignal; onProgress?: Watcher['onProgress'] },
  ) {
    const request = { seal: 'ec', label: basename(folder.source), options: {} }
    const watcher = { onOutcome: () => {}, onProgress }
    return runBatch({ client, signal, watcher }, { ...folder, request, ...PLAIN })
  }
  const PLAIN = { isRecursive: true, isForced: false }

  test('a run that is stopped while it sends goes on with what is not there yet', async () => {
    const folder = folderOf(manyPdfs(DOCUMENTS))
    const controller = new AbortController()
    const stopped = run(folder, {
      signal: controller.signal,
      onProgress({ done, phase }) {
        if (phase === 'sending' && done > DOCUMENTS / 2) controller.abort(new Error('stopped'))
      },
    })

    await expect(stopped).rejects.toThrow('stopped')
    const summary = await run(folder, {})

    expect(summary).toMatchObject({ sealed: DOCUMENTS, failed: 0, skipped: 0 })
    expectSealed(folder, names)
    await expectOneBatch(`in-${folders}`, DOCUMENTS)
  })

  test('where events do not come through, it asks', async () => {
    const folder = folderOf(manyPdfs(DOCUMENTS))
    const client = clientOf(server)
    const deaf: ServerClient = {
      ...client,
      ask: (method, path, asked) =>
        client.ask(method, path.endsWith('/events') ? '/nowhere' : path, asked),
    }

    const summary = await run(folder, { client: deaf })

    expect(summary).toMatchObject({ sealed: DOCUMENTS, failed: 0 })
    expectSealed(folder, names)
  })
})

describe('what is refused as a whole', () => {
  test('an unknown seal: exit 2, with the words of the server', async () => {
    const folder = folderOf({ 'a.pdf': numberedPdf(1) })

    const ended = await batch(folder, '--seal', 'inconnu')

    expect(ended.exitCode).toBe(2)
    expect(ended.stderr).toContain('/problems/seal-not-found')
  })

  test('another seal into the same folder: exit 2, and --force replaces all', async () => {
    const folder = folderOf({ 'a.pdf': numberedPdf(1), 'b.pdf': numberedPdf(2) })
    await batch(folder)

    const refused = await batch(folder, '--seal', 'rsa')
    const forced = await batch(folder, '--seal', 'rsa', '--force')

    expect(refused.exitCode).toBe(2)
    expect(refused.stderr).toContain('--seal=ec')
    expect(forced).toMatchObject({ exitCode: 0, summary: { sealed: 2, skipped: 0 } })
  })

  test('a server that is not there: exit 3', async () => {
    const { source, out } = folderOf({ 'a.pdf': numberedPdf(1) })
    const args = ['batch', source, '--seal', 'ec', '--out', out, '--url', 'https://127.0.0.1:1']

    const ended = await runSceau(args, { SCEAU_API_KEY: 'sceau_x' })

    expect(ended.exitCode).toBe(3)
    expect(ended.stderr).toContain('cannot be reached')
  })

  test.each([
    { what: 'no folder', of: (path: string) => ({ source: join(path, 'none'), out: path }) },
    { what: 'the same folder twice', of: (path: string) => ({ source: path, out: path }) },
    {
      what: 'a folder around the other',
      of: (path: string) => ({ source: path, out: dirname(path) }),
    },
  ])('$what: exit 2, and nothing is written', async ({ of }) => {
    const { source } = folderOf({ 'a.pdf': numberedPdf(1) })

    const { exitCode } = await batch(of(source))

    expect(exitCode).toBe(2)
    expect(readdirSync(source)).toEqual(['a.pdf'])
  })

  test('a file of the user in the way stays as it is', async () => {
    const folder = folderOf({ 'a.pdf': numberedPdf(1) })
    put(folder.out, 'a.pdf', 'mine')

    const { exitCode, documents } = await batch(folder)

    expect(exitCode).toBe(1)
    expect(documents).toMatchObject([{ state: 'failed', problem: { type: 'about:blank' } }])
    expect(readFileSync(join(folder.out, 'a.pdf'), 'utf8')).toBe('mine')
  })
})
