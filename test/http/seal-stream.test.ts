import { execFile, execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runSceau, sceau } from '../support/cli.ts'
import { judgeSignatures } from '../support/judges.ts'
import { problemOf, startTestServer, type TestServer } from '../support/server.ts'
import { makePdf } from '../support/test-pdf.ts'

const run = promisify(execFile)
const PDF = makePdf()
const TAR = { 'content-type': 'application/x-tar' } as const

let server: TestServer
let dir: string

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sceau-stream-'))
  server = await startTestServer()
})
afterAll(async () => {
  await server?.remove()
  rmSync(dir, { recursive: true, force: true })
})

/** A tar archive by GNU tar. */
function pack(files: Readonly<Record<string, Uint8Array>>, ...options: string[]): Buffer {
  const from = mkdtempSync(join(dir, 'in-'))
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(join(from, name, '..'), { recursive: true })
    writeFileSync(join(from, name), bytes)
  }
  const names = Object.keys(files)
  return execFileSync('tar', [...options, '-C', from, '-cf', '-', ...names], { maxBuffer: 1 << 30 })
}

/** What GNU tar takes out of an archive. */
function unpack(tar: Uint8Array): Map<string, Buffer> {
  const to = mkdtempSync(join(dir, 'out-'))
  execFileSync('tar', ['-C', to, '-xf', '-'], { input: tar })
  const names = readdirSync(to, { recursive: true, withFileTypes: true })
  return new Map(
    names.flatMap((found) => {
      if (!found.isFile()) return []
      const path = join(found.parentPath, found.name)
      return [[path.slice(to.length + 1), readFileSync(path)] as const]
    }),
  )
}

function jsonOf(files: ReadonlyMap<string, Buffer>, name: string): Record<string, unknown> {
  return JSON.parse(files.get(name)?.toString() ?? 'null')
}

function stream(tar: Uint8Array, path = '/seals/ec/stream') {
  return server.api(path, { method: 'POST', headers: TAR, body: tar })
}

const DOCUMENTS = Object.fromEntries(
  Array.from({ length: 60 }, (_, i) => [
    `actes/acte-${i}.pdf`,
    Buffer.concat([PDF, Buffer.from(`% ${i}\n`)]),
  ]),
)

describe('a tar of documents', () => {
  test.each(['rsa', 'ec'])('comes back sealed under the same names by %s', async (seal) => {
    const answer = await stream(pack(DOCUMENTS), `/seals/${seal}/stream`)

    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toBe('application/x-tar')
    const files = unpack(answer.body)
    const report = jsonOf(files, 'report.json')
    expect(report).toMatchObject({
      complete: true,
      counts: { total: 60, sealed: 60, failed: 0 },
      failures: [],
    })
    for (const [name, original] of Object.entries(DOCUMENTS)) {
      expect(files.get(name)?.subarray(0, original.length).equals(original)).toBe(true)
    }
    for (const name of ['actes/acte-0.pdf', 'actes/acte-31.pdf', 'actes/acte-59.pdf']) {
      const judged = judgeSignatures(files.get(name) ?? Buffer.alloc(0))
      expect(judged).toMatchObject({ all: 1, valid: 1, coversAll: true })
    }
  })

  test('is reported document by document, and each operation can be looked up', async () => {
    const files = unpack((await stream(pack({ 'acte.pdf': PDF }))).body)
    const sealedSha256 = createHash('sha256')
      .update(files.get('acte.pdf') ?? '')
      .digest('hex')
    const report = jsonOf(files, 'report.json')
    const operation = expect.any(String)
    expect(report.documents).toEqual([{ name: 'acte.pdf', operation, sealedSha256 }])
    const [document] = JSON.parse(JSON.stringify(report.documents))
    const { body } = await server.api(`/operations/${document.operation}`)

    expect(JSON.parse(body.toString())).toMatchObject({
      seal: 'ec',
      kind: 'seal',
      sealedSha256,
      requestId: report.requestId,
    })
  })

  test('takes the options of a single seal', async () => {
    const files = unpack(
      (
        await stream(
          pack({ 'acte.pdf': PDF }),
          '/seals/ec/stream?reason=Motif&page=1&rect=10,10,90,40',
        )
      ).body,
    )

    expect(judgeSignatures(files.get('acte.pdf') ?? Buffer.alloc(0))).toMatchObject({ valid: 1 })
    expect(files.get('acte.pdf')?.includes('Motif')).toBe(true)
  })

  test('what cannot be sealed comes back as a problem, and all the others sealed', async () => {
    const from = mkdtempSync(join(dir, 'odd-'))
    writeFileSync(join(from, 'acte.pdf'), PDF)
    writeFileSync(join(from, 'note.pdf'), 'not a pdf')
    execFileSync('ln', ['-s', '/etc/passwd', join(from, 'lien.pdf')])
    const names = ['acte.pdf', 'note.pdf', 'lien.pdf', 'acte.pdf']
    // The last one leaves its folder.
    const leaves = ['--transform', 's,^acte.pdf$,../acte.pdf,;s,^acte.pdf$,acte.pdf,']
    const tar = Buffer.concat([
      execFileSync('tar', ['-C', from, '-b1', '-cf', '-', ...names.slice(0, 3)]).subarray(0, -1024),
      execFileSync('tar', ['-P', ...leaves, '-C', from, '-cf', '-', 'acte.pdf']),
    ])

    const files = unpack((await stream(tar)).body)

    // Problems are numbered as they come about, and those of entries come first.
    const refused = [...files.keys()].find((name) => name.startsWith('refused-')) ?? ''
    expect([...files.keys()].sort()).toEqual([
      'acte.pdf',
      'lien.pdf.problem.json',
      'note.pdf.problem.json',
      refused,
      'report.json',
    ])
    expect(jsonOf(files, 'note.pdf.problem.json')).toMatchObject({
      type: '/problems/not-a-pdf',
      status: 415,
      name: 'note.pdf',
    })
    expect(jsonOf(files, refused)).toMatchObject({
      type: '/problems/archive-entry-unsafe',
      name: '../acte.pdf',
    })
    expect(jsonOf(files, 'report.json')).toMatchObject({
      complete: true,
      counts: { total: 4, sealed: 1, failed: 3 },
    })
  })

  test('that breaks off gives back what came whole, and says that it is not complete', async () => {
    const tar = pack(DOCUMENTS)
    const files = unpack((await stream(tar.subarray(0, tar.length / 2))).body)
    const report = jsonOf(files, 'report.json')

    expect(report).toMatchObject({
      complete: false,
      problem: { type: '/problems/invalid-request' },
    })
    expect(jsonOf(files, 'error.problem.json')).toEqual(report.problem)
    expect([...files.keys()].filter((name) => name.endsWith('.pdf')).length).toBeGreaterThan(20)
  })

  test('that is none at all says so', async () => {
    const files = unpack((await stream(Buffer.alloc(2_000, 'x'))).body)

    expect(jsonOf(files, 'report.json')).toMatchObject({ complete: false, counts: { total: 0 } })
  })

  test('with a file of the spool between small ones is sealed whole', async () => {
    const large = Buffer.concat([PDF, Buffer.alloc(17 << 20, '\n')])
    const files = unpack((await stream(pack({ 'a.pdf': PDF, 'b.pdf': large, 'c.pdf': PDF }))).body)

    expect(files.get('b.pdf')?.subarray(0, large.length).equals(large)).toBe(true)
    expect(judgeSignatures(files.get('b.pdf') ?? Buffer.alloc(0))).toMatchObject({ valid: 1 })
    await expect.poll(() => readdirSync(join(server.dataDir, 'spool'))).toEqual([])
  })
})

test.each([
  { how: 'by name', upload: ['--data-binary', '@in.tar'] },
  { how: 'as a file', upload: ['-T', 'in.tar', '-X', 'POST'] },
  { how: 'through a pipe', upload: ['-T', '-', '-X', 'POST'] },
])('curl sends $how and takes what comes', async ({ upload }) => {
  const at = mkdtempSync(join(dir, 'curl-'))
  const tar = pack(DOCUMENTS)
  writeFileSync(join(at, 'in.tar'), tar)
  const headers = [
    '-H',
    `Authorization: Bearer ${server.apiKey}`,
    '-H',
    'Content-Type: application/x-tar',
  ]
  const url = `${server.url}/api/v1/seals/ec/stream`
  const args = [
    '-sS',
    '--fail',
    '--cacert',
    server.caFile,
    ...headers,
    ...upload,
    url,
    '-o',
    'out.tar',
  ]
  const curl = run('curl', args, { cwd: at })
  curl.child.stdin?.end(tar)
  await curl

  expect(unpack(readFileSync(join(at, 'out.tar'))).size).toBe(61)
})

describe('both ways at once', () => {
  test('the first documents come back before the last are sent', async () => {
    const tar = pack(DOCUMENTS)
    const exchange = open()
    exchange.outgoing.write(tar.subarray(0, tar.length / 2))
    await exchange.until((bytes) => bytes > PDF.length)
    exchange.outgoing.end(tar.subarray(tar.length / 2))

    expect(unpack(await exchange.whole()).size).toBe(61)
  })

  test('a client that takes nothing cannot send for ever, and harms nobody', async () => {
    const tar = pack(DOCUMENTS)
    // Without the two blocks of zeros and what fills the record up, it goes on.
    const part = tar.subarray(
      0,
      tar.lastIndexOf('%%EOF') + 512 - ((tar.lastIndexOf('%%EOF') + 512) % 512),
    )
    const exchange = open({ isTaken: false })
    let sent = 0
    const limit = 200 << 20
    while (sent < limit) {
      const isTaken = exchange.outgoing.write(part)
      sent += part.length
      if (isTaken) continue
      const drained = new Promise((resolve) => exchange.outgoing.once('drain', () => resolve(true)))
      if (!(await Promise.race([drained, sleep(2_000, false)]))) break
    }
    const other = await server.apply('ec', PDF)
    exchange.outgoing.destroy()

    expect(sent).toBeLessThan(limit)
    expect(other.status).toBe(200)
  })

  test('clients that go away leave room for others', async () => {
    const tar = pack(DOCUMENTS)
    for (let i = 0; i < 12; i += 1) {
      const exchange = open()
      exchange.outgoing.write(tar.subarray(0, tar.length / 2))
      await exchange.until((bytes) => bytes > 0)
      exchange.outgoing.destroy()
      await sleep(50)
    }

    await expect.poll(async () => (await stream(pack({ 'acte.pdf': PDF }))).status).toBe(200)
  })
})

/** A request under way: what comes back is collected as it comes. */
function open({ isTaken = true } = {}) {
  const taken: Buffer[] = []
  let bytes = 0
  const outgoing = request(`${server.url}/api/v1/seals/ec/stream`, {
    ca: readFileSync(server.caFile),
    method: 'POST',
    agent: false,
    headers: { ...TAR, authorization: `Bearer ${server.apiKey}` },
  })
  outgoing.on('error', () => {})
  const ended = new Promise<Buffer>((resolve, reject) => {
    outgoing.once('response', (answer) => {
      if (!isTaken) return
      answer.on('data', (chunk: Buffer) => {
        taken.push(chunk)
        bytes += chunk.length
      })
      answer.once('end', () => resolve(Buffer.concat(taken)))
      answer.once('error', reject)
    })
  })
  ended.catch(() => {})
  return {
    outgoing,
    whole: () => ended,
    async until(holds: (bytes: number) => boolean) {
      for (const endAt = Date.now() + 20_000; !holds(bytes); await sleep(10)) {
        if (Date.now() > endAt) throw new Error(`${bytes} bytes came back, and no more`)
      }
    },
  }
}

describe('before anything is sealed', () => {
  test.each([
    { what: 'an unknown seal', path: '/seals/nowhere/stream', slug: 'seal-not-found', status: 404 },
    {
      what: 'a wrong option',
      path: '/seals/ec/stream?level=B-Z',
      slug: 'invalid-request',
      status: 400,
    },
  ])('$what is refused as $slug', async ({ path, slug, status }) => {
    const answer = await stream(pack({ 'acte.pdf': PDF }), path)

    expect(problemOf(answer)).toMatchObject({ type: `/problems/${slug}`, status })
  })

  test('another content type is refused', async () => {
    const headers = { 'content-type': 'application/zip' }
    const answer = await server.api('/seals/ec/stream', { method: 'POST', headers, body: PDF })

    expect(problemOf(answer)).toMatchObject({
      type: '/problems/invalid-request',
      field: 'Content-Type',
    })
  })
})

test('a seal that is suspended in the middle seals no more of the stream', async () => {
  await sceau(['seals', 'create', '--id', 'pause', '--name', 'Pause', '--key', 'p-256'], server.env)
  const made = await sceau(
    ['api-client', 'create', '--name', 'Flux', '--seal', 'pause', '--json'],
    server.env,
  )
  const { apiKey }: { apiKey: string } = JSON.parse(made)
  const tar = pack(DOCUMENTS)
  const url = `${server.url}/api/v1/seals/pause/stream`
  const headers = ['-H', `Authorization: Bearer ${apiKey}`, '-H', 'Content-Type: application/x-tar']
  // `.` is standard input too, but curl goes on taking what comes while nothing is there to be sent.
  const curl = spawn('curl', [
    '-sS',
    '--cacert',
    server.caFile,
    '-X',
    'POST',
    ...headers,
    '-T',
    '.',
    url,
  ])
  const out: Buffer[] = []
  curl.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  const ended = new Promise((resolve) => curl.once('close', resolve))
  curl.stdin.write(tar.subarray(0, tar.length / 2))
  await expect.poll(() => out.length, { timeout: 20_000 }).toBeGreaterThan(0)
  await sceau(['seals', 'suspend', 'pause'], server.env)
  await sleep(300)
  curl.stdin.end(tar.subarray(tar.length / 2))
  await ended
  const report = jsonOf(unpack(Buffer.concat(out)), 'report.json')

  expect(report).toMatchObject({ complete: true, counts: { total: 60 } })
  const [failure] = JSON.parse(JSON.stringify(report.failures))
  expect(failure.problem).toMatchObject({ type: '/problems/seal-suspended' })
})

test('after all of this the journal is intact', async () => {
  const { stdout, exitCode } = await runSceau(['journal', 'verify'], server.env)

  expect(stdout).toMatch(/^intact: \d+ entries/)
  expect(exitCode).toBe(0)
})
