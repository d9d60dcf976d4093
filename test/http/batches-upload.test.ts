import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shell } from '../support/archives.ts'
import { type BatchView, batchClient, numberedPdf } from '../support/batches.ts'
import { problemOf, startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let client: ReturnType<typeof batchClient>
let dir: string

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sceau-upload-'))
  server = await startTestServer()
  client = batchClient(server)
})
afterAll(async () => {
  await server?.remove()
  rmSync(dir, { recursive: true, force: true })
})

interface Report {
  readonly accepted: number
  readonly rejected: readonly { name: string; problem: Record<string, unknown> }[]
}

async function upload(id: string, type: string, body: Uint8Array): Promise<Report> {
  const answer = await client.upload(id, type, body)
  expect(answer.status).toBe(200)
  return JSON.parse(answer.body.toString())
}

const slugsOf = ({ rejected }: Report) =>
  Object.fromEntries(rejected.map(({ name, problem }) => [name, problem.type]))

async function namesIn(id: string): Promise<string[]> {
  return (await client.documents(id)).documents.map(({ name }) => name)
}

/** What lies in the folder of a batch, in bytes. */
function storedBytes(id: string): number {
  const folder = join(server.dataDir, 'batches', id)
  try {
    return readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0)
  } catch {
    return 0
  }
}

/** Begin a request and leave it in the middle of its body. */
function cutUpload(path: string, headers: Record<string, string>, part: Uint8Array) {
  return new Promise<void>((resolve) => {
    const outgoing = request(`${server.url}/api/v1/batches${path}`, {
      ca: readFileSync(server.caFile),
      method: headers['content-type'] === undefined ? 'PUT' : 'POST',
      headers: { authorization: `Bearer ${server.apiKey}`, ...headers },
    })
    outgoing.once('error', () => resolve())
    outgoing.once('close', () => resolve())
    outgoing.write(part, () => setTimeout(() => outgoing.destroy(), 50))
  })
}

/** The status with which the last request to a path was logged. */
const loggedStatus = (path: string) =>
  server.log
    .filter((line) => line.includes(`"${path}"`))
    .map((line) => JSON.parse(line).status)
    .at(-1)

describe('one document', () => {
  test('is new once, known when it comes again, and refused with other octets', async () => {
    const id = await client.filled({})
    const first = await client.put(id, 'a.pdf', numberedPdf(1))
    const again = await client.put(id, 'a.pdf', numberedPdf(1))
    const other = await client.put(id, 'a.pdf', numberedPdf(2))

    expect([first.status, again.status]).toEqual([201, 200])
    expect(JSON.parse(first.body.toString())).toMatchObject({ name: 'a.pdf' })
    expect(again.body.equals(first.body)).toBe(true)
    expect(problemOf(other)).toMatchObject({
      type: '/problems/document-exists',
      status: 409,
      name: 'a.pdf',
    })
    expect((await client.get(id)).counts.total).toBe(1)
  })

  test('of many at the same moment each is taken once', async () => {
    const id = await client.filled({})
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => client.put(id, `${i % 3}.pdf`, numberedPdf(i % 3))),
    )

    expect(answers.filter(({ status }) => status === 201).length).toBe(3)
    expect(answers.filter(({ status }) => status === 200).length).toBe(9)
    expect((await client.get(id)).counts.total).toBe(3)
  })

  test.each([
    { path: 'a/b%20c/%C3%A9t%C3%A9.pdf', name: 'a/b c/été.pdf' },
    { path: 'a%2Fb%2Fe%CC%81.pdf', name: 'a/b/é.pdf' },
    { path: '100%25.pdf', name: '100%.pdf' },
    { path: 'what%3F%23.pdf', name: 'what?#.pdf' },
    { path: 'plus+and%2B.pdf', name: 'plus+and+.pdf' },
  ])('at $path is stored as $name', async ({ path, name }) => {
    const id = await client.filled({})
    const answer = await client.ask(`/${id}/documents/${path}`, {
      method: 'PUT',
      body: numberedPdf(1),
    })

    expect(answer.status).toBe(201)
    expect(await namesIn(id)).toEqual([name])
  })

  test.each([
    '../a.pdf',
    'a/../../b.pdf',
    '/etc/passwd',
    'a\\b.pdf',
    'a\nb.pdf',
    'con.pdf',
    'a/',
    'C:a.pdf',
    `${'x'.repeat(300)}.pdf`,
    'Report.json',
  ])('under the name %j is refused', async (name) => {
    const id = await client.filled({})
    const answer = await client.put(id, name, numberedPdf(1))

    expect(problemOf(answer)).toMatchObject({
      type: '/problems/archive-entry-unsafe',
      status: 422,
      field: 'name',
    })
    expect(await namesIn(id)).toEqual([])
  })

  test('over a gigabyte is refused before it is sent', async () => {
    const id = await client.filled({})
    const status = await new Promise((resolve, reject) => {
      const outgoing = request(`${server.url}/api/v1/batches/${id}/documents/large.pdf`, {
        ca: readFileSync(server.caFile),
        method: 'PUT',
        headers: {
          authorization: `Bearer ${server.apiKey}`,
          'content-length': String(1024 ** 3 + 1),
        },
      })
      outgoing.once('response', (answer) => resolve(answer.statusCode))
      outgoing.once('error', reject)
      outgoing.write('%PDF-1.7\n')
    })

    expect(status).toBe(413)
  })

  test.each([
    { what: 'small', bytes: 1_000 },
    { what: 'large', bytes: 3_000_000 },
  ])('that is cut in the middle leaves nothing behind ($what)', async ({ bytes }) => {
    const id = await client.filled({})
    const path = `/${id}/documents/cut.pdf`
    await cutUpload(path, { 'content-length': String(bytes * 2) }, Buffer.alloc(bytes, '%'))

    await expect.poll(() => loggedStatus(`/api/v1/batches${path}`)).toBe(400)
    expect(storedBytes(id)).toBe(0)
    expect((await client.get(id)).counts.total).toBe(0)
    expect((await client.put(id, 'cut.pdf', numberedPdf(1))).status).toBe(201)
  })
})

/** The same awkward things in every form: made by python, which asks no questions. */
const AWKWARD = `
import io, os, sys, tarfile, zipfile
pdf = open('a.pdf', 'rb').read()
plain = ['un.pdf', 'dossier/é deux.pdf']
unsafe = ['../up.pdf', '/absolute.pdf', 'un.pdf']
with tarfile.open('a.tar', 'w') as tar:
    for name in plain + unsafe:
        entry = tarfile.TarInfo(name)
        entry.size = len(pdf)
        tar.addfile(entry, io.BytesIO(pdf))
    for kind, name in [(tarfile.SYMTYPE, 'symbolic.pdf'), (tarfile.LNKTYPE, 'hard.pdf'),
                       (tarfile.FIFOTYPE, 'pipe.pdf'), (tarfile.DIRTYPE, 'folder')]:
        entry = tarfile.TarInfo(name)
        entry.type = kind
        entry.linkname = '/etc/passwd'
        tar.addfile(entry)
with zipfile.ZipFile('a.zip', 'w', zipfile.ZIP_DEFLATED) as z:
    for name in plain + unsafe:
        z.writestr(zipfile.ZipInfo(name), pdf)
    link = zipfile.ZipInfo('symbolic.pdf')
    link.external_attr = 0o120777 << 16
    z.writestr(link, '/etc/passwd')
    z.writestr('bomb.pdf', bytes(100_000_000))
    z.mkdir('folder')
damaged = bytearray(open('a.zip', 'rb').read())
damaged[40] ^= 1
open('damaged.zip', 'wb').write(damaged)
`

describe('an archive', () => {
  beforeAll(() => {
    shell(dir, `cat > a.pdf <<'END'\n${numberedPdf(1).toString('latin1')}END`)
    shell(dir, `python3 -W ignore - <<'END'\n${AWKWARD}END`)
  })
  const archive = (name: string) => readFileSync(join(dir, name))
  const UNSAFE = '/problems/archive-entry-unsafe'

  test.each([
    { type: 'application/x-tar', file: 'a.tar', more: { 'hard.pdf': UNSAFE, 'pipe.pdf': UNSAFE } },
    { type: 'application/zip', file: 'a.zip', more: { 'bomb.pdf': UNSAFE } },
  ])('$file: what is unsafe is refused, each by its name, and the rest is taken', async (kind) => {
    const id = await client.filled({})
    const report = await upload(id, kind.type, archive(kind.file))

    expect(report.accepted).toBe(2)
    expect(slugsOf(report)).toEqual({
      '../up.pdf': UNSAFE,
      '/absolute.pdf': UNSAFE,
      'un.pdf': UNSAFE,
      'symbolic.pdf': UNSAFE,
      ...kind.more,
    })
    expect(report.rejected[0]?.problem).toMatchObject({ status: 422, detail: expect.any(String) })
    expect(await namesIn(id)).toEqual(['un.pdf', 'dossier/é deux.pdf'])
    expect(readdirSync(join(server.dataDir, 'spool'))).toEqual([])
  })

  test('with a damaged document loses that one alone', async () => {
    const id = await client.filled({})
    const report = await upload(id, 'application/zip', archive('damaged.zip'))

    expect(report.accepted).toBe(1)
    expect(report.rejected.find(({ name }) => name === 'un.pdf')?.problem).toMatchObject({
      type: '/problems/invalid-request',
    })
    expect(await namesIn(id)).toEqual(['dossier/é deux.pdf'])
  })

  test('beside documents that are there: the same are accepted again, others refused', async () => {
    const id = await client.filled({ 'un.pdf': numberedPdf(7) })
    const first = await upload(id, 'application/x-tar', archive('a.tar'))
    const second = await upload(id, 'application/x-tar', archive('a.tar'))

    expect(first.accepted).toBe(1)
    expect(second.accepted).toBe(1)
    expect(first.rejected).toContainEqual({
      name: 'un.pdf',
      problem: expect.objectContaining({ type: '/problems/document-exists', status: 409 }),
    })
    expect((await client.get(id)).counts.total).toBe(2)
  })

  test.each([
    { what: 'within a document', cut: 512 + 100, accepted: 0 },
    { what: 'before the second document', cut: 1536, accepted: 1 },
    { what: 'within the second document', cut: 2660, accepted: 1 },
  ])('that breaks off $what says how much was taken', async ({ cut, accepted }) => {
    const id = await client.filled({})
    const answer = await client.upload(id, 'application/x-tar', archive('a.tar').subarray(0, cut))
    const whole = await upload(id, 'application/x-tar', archive('a.tar'))

    expect(problemOf(answer)).toMatchObject({
      type: '/problems/invalid-request',
      status: 400,
      accepted,
      detail: expect.stringContaining('cannot be read further'),
    })
    expect(whole.accepted).toBe(2)
    expect((await client.get(id)).counts.total).toBe(2)
  })

  test.each([
    { type: 'application/x-tar', file: 'a.tar', cut: 1600, kept: 1 },
    { type: 'application/zip', file: 'a.zip', cut: 300, kept: 0 },
  ])('$file whose connection ends keeps what was whole', async ({ type, file, cut, kept }) => {
    const id = await client.filled({})
    const bytes = archive(file)
    const path = `/${id}/documents`
    const headers = { 'content-type': type, 'content-length': String(bytes.length) }
    await cutUpload(path, headers, bytes.subarray(0, cut))

    await expect.poll(() => loggedStatus(`/api/v1/batches${path}`)).toBe(400)
    expect((await client.get(id)).counts.total).toBe(kept)
    expect(readdirSync(join(server.dataDir, 'spool'))).toEqual([])
  })

  test.each([
    { what: 'no zip', type: 'application/zip' },
    { what: 'no tar', type: 'application/x-tar' },
    { what: 'no form', type: 'multipart/form-data; boundary=x' },
    { what: 'a form without boundary', type: 'multipart/form-data' },
    { what: 'of another kind', type: 'application/x-7z-compressed' },
  ])('that is $what is refused', async ({ type }) => {
    const id = await client.filled({})
    const answer = await client.upload(id, type, Buffer.alloc(5_000, 'no archive '))

    expect(problemOf(answer)).toMatchObject({ type: '/problems/invalid-request', status: 400 })
  })

  test('is refused once the batch was started', async () => {
    const id = await client.filled({ 'a.pdf': numberedPdf(1) })
    await client.run(id)
    const answer = await client.upload(id, 'application/zip', archive('a.zip'))

    expect(problemOf(answer)).toMatchObject({ type: '/problems/batch-not-open', status: 409 })
  })
})

test('curl sends a form of many files as it is', async () => {
  const id = await client.filled({})
  shell(dir, 'cp a.pdf "é un.pdf"; cp a.pdf deux.pdf')
  const out = shell(
    dir,
    `curl -sS --cacert ${server.caFile} -H 'Authorization: Bearer ${server.apiKey}' \
      -F 'document=@é un.pdf' -F document=@deux.pdf -F note=bonjour \
      ${server.url.replace('127.0.0.1', 'localhost')}/api/v1/batches/${id}/documents`,
  )
  const report: Report = JSON.parse(out.toString())

  expect(report.accepted).toBe(2)
  expect(slugsOf(report)).toEqual({ note: '/problems/archive-entry-unsafe' })
  expect(await namesIn(id)).toEqual(['é un.pdf', 'deux.pdf'])
})

test('all ways in lead to one batch, and every document of it is sealed', async () => {
  const id = await client.filled({ 'put.pdf': numberedPdf(1) })
  shell(
    dir,
    'mkdir -p t z && cp a.pdf t/tar.pdf && cp a.pdf z/zip.pdf && tar -cf t.tar t && (cd z && python3 -m zipfile -c ../z.zip zip.pdf)',
  )
  await upload(id, 'application/x-tar', readFileSync(join(dir, 't.tar')))
  await upload(id, 'application/zip', readFileSync(join(dir, 'z.zip')))
  const batch: BatchView = await client.run(id)

  expect(batch).toMatchObject({ state: 'completed', counts: { total: 3, sealed: 3 } })
  expect(await namesIn(id)).toEqual(['put.pdf', 't/tar.pdf', 'zip.pdf'])
})
