import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeTar } from '../../src/archives/write-tar.ts'
import { insertChunks, moveBatch } from '../../src/batches/store.ts'
import { openDatabase } from '../../src/db/database.ts'
import { joinChunks, outgoing, shell } from '../support/archives.ts'
import { type BatchView, batchClient, numberedPdf, type SentEvent } from '../support/batches.ts'
import { runSceau, sceau } from '../support/cli.ts'
import { judgeSignatures } from '../support/judges.ts'
import { type Answer, problemOf, startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let client: ReturnType<typeof batchClient>
/** Another client, which may apply nothing. */
let stranger: ReturnType<typeof batchClient>
let dir: string

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sceau-batches-'))
  server = await startTestServer()
  client = batchClient(server)
  const made = await sceau(['api-client', 'create', '--name', 'Autre', '--json'], server.env)
  stranger = batchClient(server, JSON.parse(made).apiKey)
})
afterAll(async () => {
  await server?.remove()
  rmSync(dir, { recursive: true, force: true })
})

const DAMAGED = Buffer.from('%PDF-1.7\nnothing else\n')

function numbered(count: number, named: (number: number) => string): Record<string, Buffer> {
  const numbers = Array.from({ length: count }, (_, i) => i + 1)
  return Object.fromEntries(numbers.map((number) => [named(number), numberedPdf(number)]))
}

function parse<T = BatchView>({ body }: Answer): T {
  return JSON.parse(body.toString())
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

describe('opening', () => {
  test('a batch begins empty, with a secret that is shown once', async () => {
    const callbackUrl = 'https://erp.example/sceau?batch=1'
    const answer = await client.open({ label: 'Attestations', callbackUrl, reason: 'Accord' })
    const opened = parse<BatchView & { callbackSecret: string }>(answer)

    expect(answer.status).toBe(201)
    expect(answer.headers.location).toBe(`/api/v1/batches/${opened.id}`)
    expect(opened).toMatchObject({
      seal: 'ec',
      label: 'Attestations',
      state: 'open',
      counts: { total: 0, sealed: 0, failed: 0, pending: 0 },
      startedAt: null,
      callbackUrl,
      callbackSecret: expect.stringMatching(/^whsec_/),
    })
    expect(await client.get(opened.id)).not.toHaveProperty('callbackSecret')
  })

  test('the same Idempotency-Key gives the same batch with its secret; another request is refused', async () => {
    const key = randomUUID()
    const asked = { callbackUrl: 'http://erp.example/', label: 'Mars' }
    const [first, second] = await Promise.all([client.open(asked, key), client.open(asked, key)])
    const third = await client.open(asked, key)
    const other = await client.open({ ...asked, label: 'Avril' }, key)
    const strangers = await stranger.open({ ...asked, seal: 'nowhere' }, key)

    expect(parse(second)).toEqual(parse(first))
    expect(parse(third)).toEqual(parse(first))
    expect(problemOf(other)).toMatchObject({ type: '/problems/idempotency-conflict', status: 409 })
    expect(problemOf(strangers)).toMatchObject({ type: '/problems/seal-not-found' })
  })

  test.each([
    { body: { colour: 'red' }, field: 'colour' },
    { body: { seal: 7 }, field: 'seal' },
    { body: { level: 'B-Z' }, field: 'level' },
    { body: { page: '1' }, field: 'page' },
    { body: { rect: '10,10' }, field: 'rect' },
    { body: { certify: 9 }, field: 'certify' },
    { body: { reason: 'r'.repeat(201) }, field: 'reason' },
    ...[
      'no url',
      'ftp://erp.example/',
      'javascript:alert(1)',
      'https://user@erp.example/',
      'https://:secret@erp.example/',
      'https://erp.example/#part',
      'http://169.254.169.254/latest/meta-data',
      'http://0xA9FEA9FE/',
      'http://[fe80::1]/',
      'http://[::ffff:169.254.1.2]/',
    ].map((callbackUrl) => ({ body: { callbackUrl }, field: 'callbackUrl' })),
  ])('$body is refused, naming $field', async ({ body, field }) => {
    expect(problemOf(await client.open(body))).toMatchObject({
      type: '/problems/invalid-request',
      status: 400,
      field,
    })
  })

  test.each([
    { what: 'no JSON', type: 'application/json', body: '{"seal":' },
    { what: 'another type', type: 'text/plain', body: '{"seal":"ec"}' },
    { what: 'far too long', type: 'application/json', body: `{"seal":"${'x'.repeat(70_000)}"}` },
  ])('a body that is $what is refused', async ({ type, body }) => {
    const answer = await client.ask('', {
      method: 'POST',
      headers: { 'content-type': type },
      body: Buffer.from(body),
    })

    expect(problemOf(answer)).toMatchObject({ type: '/problems/invalid-request', status: 400 })
  })

  test('of a seal that is not there, or not delegated, no batch is opened', async () => {
    const nowhere = await client.open({ seal: 'nowhere' })
    const foreign = await stranger.open()

    expect(problemOf(nowhere)).toMatchObject({
      type: '/problems/seal-not-found',
      sealId: 'nowhere',
    })
    expect(problemOf(foreign)).toMatchObject({ type: '/problems/delegation-required' })
  })
})

describe('a batch that is sealed', () => {
  let id: string
  let batch: BatchView
  const documents: Record<string, Buffer> = {
    'attestation.pdf': numberedPdf(1),
    'dossier/2026/é à la carte.pdf': numberedPdf(2),
    'grand.pdf': Buffer.concat([numberedPdf(3), Buffer.alloc(1_500_000, '% grand\n')]),
    'damaged.pdf': DAMAGED,
    'note.txt': Buffer.from('Bonjour'),
  }
  beforeAll(async () => {
    id = await client.filled(documents, { rect: '10,10,120,40', reason: 'Accord du bureau' })
    batch = await client.run(id)
  })

  test('tells how many were sealed, and when', () => {
    expect(batch).toMatchObject({
      state: 'completed_with_failures',
      counts: { total: 5, sealed: 3, failed: 2, pending: 0 },
      startedAt: expect.any(String),
      finishedAt: expect.any(String),
      expiresAt: expect.any(String),
      etaSeconds: 0,
      waiting: null,
    })
  })

  test.each(['attestation.pdf', 'dossier/2026/é à la carte.pdf', 'grand.pdf'])(
    'gives %s back, the original before its valid seal',
    async (name) => {
      const answer = await client.fetch(id, name)
      const original = documents[name] ?? Buffer.alloc(0)
      const operation = await server.api(`/operations/${answer.headers['sceau-operation']}`)

      expect(answer.status).toBe(200)
      expect(answer.headers['content-type']).toBe('application/pdf')
      expect(answer.body.subarray(0, original.length).equals(original)).toBe(true)
      expect(judgeSignatures(answer.body)).toMatchObject({ all: 1, valid: 1 })
      const digest = Buffer.from(sha256(answer.body), 'hex').toString('base64')
      expect(answer.headers.digest).toBe(`sha-256=${digest}`)
      expect(parse(operation)).toMatchObject({
        originalSha256: sha256(original),
        sealedSha256: sha256(answer.body),
      })
    },
  )

  test('finds a name whose slashes are written as they are, and one in the other Unicode form', async () => {
    const plain = await client.ask(
      `/${id}/documents/dossier/2026/${encodeURIComponent('é à la carte.pdf')}`,
    )
    const decomposed = await client.fetch(id, 'dossier/2026/é à la carte.pdf'.normalize('NFD'))

    expect(plain.status).toBe(200)
    expect(decomposed.body.equals(plain.body)).toBe(true)
  })

  test('answers for what failed with its own problem, and 404 for what it never had', async () => {
    const damaged = await client.fetch(id, 'damaged.pdf')
    const note = await client.fetch(id, 'note.txt')
    const nothing = await client.fetch(id, 'nothing.pdf')

    expect(problemOf(damaged)).toMatchObject({ type: '/problems/pdf-damaged', status: 422 })
    expect(problemOf(note)).toMatchObject({ type: '/problems/not-a-pdf', status: 415 })
    expect(problemOf(nothing)).toMatchObject({ type: '/problems/not-found', status: 404 })
  })

  test.each([
    { name: 'attestation.pdf', range: 'bytes=0-0', from: 0, to: 1 },
    { name: 'attestation.pdf', range: 'bytes=100-', from: 100, to: undefined },
    { name: 'attestation.pdf', range: 'bytes=-50', from: -50, to: undefined },
    { name: 'attestation.pdf', range: 'bytes=10-99999999', from: 10, to: undefined },
    { name: 'grand.pdf', range: 'bytes=1000-1200000', from: 1000, to: 1_200_001 },
    { name: 'grand.pdf', range: 'bytes=1499000-', from: 1_499_000, to: undefined },
  ])('$range of $name is that part of it', async ({ name, range, from, to }) => {
    const whole = await client.fetch(id, name)
    const part = await client.fetch(id, name, { headers: { range } })
    const wanted = whole.body.subarray(from, to)
    const first = from < 0 ? whole.body.length + from : from

    expect(part.status).toBe(206)
    expect(part.headers['content-range']).toBe(
      `bytes ${first}-${first + wanted.length - 1}/${whole.body.length}`,
    )
    expect(part.headers['content-length']).toBe(String(wanted.length))
    expect(part.body.equals(wanted)).toBe(true)
  })

  test('of several ranges, or one of a file that has changed, the whole is sent', async () => {
    const whole = await client.fetch(id, 'attestation.pdf')
    const etag = String(whole.headers.etag)
    const asked: Record<string, string>[] = [
      { range: 'bytes=0-1,5-6' },
      { range: 'lines=1-2' },
      { range: 'bytes=9-3' },
      { range: 'bytes=0-1', 'if-range': '"other"' },
    ]
    for (const headers of asked) {
      const answer = await client.fetch(id, 'attestation.pdf', { headers })
      expect(answer.status, JSON.stringify(headers)).toBe(200)
      expect(answer.body.equals(whole.body)).toBe(true)
    }
    const same = await client.fetch(id, 'attestation.pdf', {
      headers: { range: 'bytes=0-1', 'if-range': etag },
    })
    expect(same.body.length).toBe(2)
  })

  test('a range beyond the end is refused with the length', async () => {
    const { body } = await client.fetch(id, 'attestation.pdf')
    for (const range of [`bytes=${body.length}-`, 'bytes=-0']) {
      const answer = await client.fetch(id, 'attestation.pdf', { headers: { range } })

      expect(problemOf(answer)).toMatchObject({
        type: '/problems/range-not-satisfiable',
        status: 416,
      })
      expect(answer.headers['content-range']).toBe(`bytes */${body.length}`)
    }
  })

  test('HEAD gives the headers alone, and what is known is not sent again', async () => {
    const whole = await client.fetch(id, 'grand.pdf')
    const head = await client.fetch(id, 'grand.pdf', { method: 'HEAD' })
    const etag = String(whole.headers.etag)
    const known = await client.fetch(id, 'grand.pdf', { headers: { 'if-none-match': etag } })

    expect(head.status).toBe(200)
    expect(head.body.length).toBe(0)
    for (const name of ['content-length', 'digest', 'etag', 'sceau-operation', 'accept-ranges']) {
      expect(head.headers[name], name).toBe(whole.headers[name])
    }
    expect(known.status).toBe(304)
    expect(known.headers.etag).toBe(etag)
  })

  test.each([
    { kind: 'tar', accept: undefined, type: 'application/x-tar', unpack: 'tar -xf a' },
    { kind: 'tar', accept: 'text/html, */*;q=0.5', type: 'application/x-tar', unpack: 'tar -xf a' },
    { kind: 'zip', accept: 'application/zip', type: 'application/zip', unpack: 'unzip -q a' },
  ])('its $kind holds every sealed file, and last a report', async ({ accept, type, unpack }) => {
    const headers = accept === undefined ? {} : { accept }
    const answer = await client.ask(`/${id}/archive`, { headers })
    const folder = mkdtempSync(join(dir, 'archive-'))
    writeFileSync(join(folder, 'a'), answer.body)
    shell(folder, `${unpack} && rm a`)
    const report = JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'))
    const { documents: listed } = await client.documents(id)

    expect(answer.headers['content-type']).toBe(type)
    for (const { name, state, sealedSha256 } of listed) {
      const path = join(folder, name)
      if (state !== 'sealed') expect(existsSync(path)).toBe(false)
      else expect(sha256(readFileSync(path))).toBe(sealedSha256)
    }
    expect(report).toMatchObject({
      batch: { id, state: 'completed_with_failures' },
      documents: listed,
      counts: batch.counts,
    })
    expect(readdirSync(join(server.dataDir, 'spool'))).toEqual([])
  })

  test('its documents are listed by state, and in pages', async () => {
    const all = await client.documents(id)
    const failed = await client.documents(id, '?state=failed')
    const names: string[] = []
    let pages = 0
    let query = '?limit=2'
    for (;;) {
      const { documents: page, nextCursor } = await client.documents(id, query)
      names.push(...page.map(({ name }) => name))
      pages += 1
      if (nextCursor === null) break
      query = `?limit=2&cursor=${nextCursor}`
    }

    expect(all.documents.map(({ name }) => name).sort()).toEqual(Object.keys(documents).sort())
    expect(all.nextCursor).toBeNull()
    expect(failed.documents.map(({ name }) => name).sort()).toEqual(['damaged.pdf', 'note.txt'])
    expect(failed.documents[0]?.problem).toMatchObject({ detail: expect.any(String) })
    expect(names).toEqual(all.documents.map(({ name }) => name))
    expect(pages).toBe(3)
  })

  test.each(['limit=0', 'limit=1001', 'limit=x', 'cursor=x', 'state=lost'])(
    'a list of ?%s is refused',
    async (query) => {
      const answer = await client.ask(`/${id}/documents?${query}`)
      const [field] = query.split('=')

      expect(problemOf(answer)).toMatchObject({ type: '/problems/invalid-request', field })
    },
  )

  test('a retry tries what failed, and leaves alone what is sealed', async () => {
    const before = await client.documents(id, '?state=sealed')
    const answer = await client.post(id, 'retry')
    const after = await client.until(id, 'completed_with_failures')

    expect(answer.status).toBe(202)
    expect(parse(answer)).toMatchObject({ state: expect.stringMatching(/queued|running/) })
    expect(after.counts).toEqual(batch.counts)
    expect(await client.documents(id, '?state=sealed')).toEqual(before)
    expect(problemOf(await client.fetch(id, 'damaged.pdf'))).toMatchObject({ status: 422 })
  })

  test('it takes nothing more and cannot be cancelled; to start it again changes nothing', async () => {
    const again = await client.post(id, 'start')
    const cancelled = await client.post(id, 'cancel')
    const put = await client.put(id, 'late.pdf', numberedPdf(9))

    expect(parse(again)).toMatchObject({ state: 'completed_with_failures' })
    expect(problemOf(cancelled)).toMatchObject({ type: '/problems/batch-not-open', status: 409 })
    expect(problemOf(put)).toMatchObject({ type: '/problems/batch-not-open', status: 409 })
  })
})

test('an empty batch is not started, and one without failures is not retried', async () => {
  const id = await client.filled({})
  const empty = await client.post(id, 'start')
  await client.put(id, 'a.pdf', numberedPdf(1))
  const early = await client.post(id, 'retry')
  await client.run(id)
  const late = await client.post(id, 'retry')

  expect(problemOf(empty)).toMatchObject({ type: '/problems/invalid-request', status: 400 })
  expect(problemOf(early)).toMatchObject({ type: '/problems/batch-not-open' })
  expect(problemOf(late)).toMatchObject({ type: '/problems/batch-not-open' })
})

test('before the start there is neither a sealed document nor an archive', async () => {
  const id = await client.filled({ 'a.pdf': numberedPdf(1) })
  const slug = { type: '/problems/not-sealed-yet', status: 409 }

  expect(problemOf(await client.fetch(id, 'a.pdf'))).toMatchObject(slug)
  expect(problemOf(await client.ask(`/${id}/archive`))).toMatchObject(slug)
})

test('while its seal is suspended a batch waits, says why, and then goes on', async () => {
  await sceau(['seals', 'create', '--id', 'halt', '--name', 'Halt', '--key', 'p-256'], server.env)
  const made = await sceau(
    ['api-client', 'create', '--name', 'H', '--seal', 'halt', '--json'],
    server.env,
  )
  const own = batchClient(server, JSON.parse(made).apiKey)
  const id = await own.filled({ 'a.pdf': numberedPdf(1) }, { seal: 'halt' })
  await sceau(['seals', 'suspend', 'halt'], server.env)
  const refused = await own.post(id, 'start')
  // As if the seal had been suspended just after the start.
  const db = await openDatabase(`sqlite:${join(server.dataDir, 'sceau.db')}`)
  await moveBatch(db, id, 'start', { started_at: Date.now() })
  await insertChunks(db, id)
  await db.destroy()

  await expect
    .poll(async () => (await own.get(id)).waiting, { timeout: 10_000 })
    .toMatchObject({ type: '/problems/seal-suspended', sealId: 'halt' })
  const pending = await own.fetch(id, 'a.pdf')
  await sceau(['seals', 'resume', 'halt'], server.env)
  const batch = await own.until(id, 'completed', 'completed_with_failures')

  expect(problemOf(refused)).toMatchObject({ type: '/problems/seal-suspended', status: 409 })
  expect(problemOf(pending)).toMatchObject({ type: '/problems/not-sealed-yet' })
  expect(Number(pending.headers['retry-after'])).toBeGreaterThan(0)
  expect(batch).toMatchObject({ state: 'completed', waiting: null, counts: { sealed: 1 } })
})

describe('a batch that is cancelled at work', () => {
  let id: string
  let cancelled: Answer
  beforeAll(async () => {
    id = await client.filled({}, { seal: 'rsa' })
    const files = Object.entries(numbered(600, (n) => `${n}.pdf`))
    const tar = writeTar(outgoing(files.map(([name, content]) => ({ name, content }))))
    await client.upload(id, 'application/x-tar', await joinChunks(tar))
    await client.post(id, 'start')
    cancelled = await client.post(id, 'cancel')
  })

  test('seals nothing more, and what was sealed can be fetched', async () => {
    const { counts, ...batch } = await client.get(id)
    const { documents: sealed } = await client.documents(id, '?state=sealed&limit=1000')
    const { documents: pending } = await client.documents(id, '?state=pending&limit=1')
    const archive = await client.ask(`/${id}/archive`)
    const folder = mkdtempSync(join(dir, 'cancelled-'))
    writeFileSync(join(folder, 'a'), archive.body)
    const names = shell(folder, 'tar -tf a').toString().trim().split('\n')

    expect(cancelled.status).toBe(202)
    expect(parse(cancelled)).toMatchObject({ state: 'cancelled', id })
    expect(batch).toMatchObject({ state: 'cancelled', finishedAt: expect.any(String) })
    expect(counts.total).toBe(600)
    expect(counts.sealed + counts.pending).toBe(600)
    expect(sealed.length).toBe(counts.sealed)
    expect(names).toEqual([...sealed.map(({ name }) => name), 'report.json'])
    const left = await client.fetch(id, pending[0]?.name ?? '')
    expect(problemOf(left)).toMatchObject({ type: '/problems/not-sealed-yet' })
    expect(left.headers).not.toHaveProperty('retry-after')
  })

  test('its events end with “done”', async () => {
    const { events } = await client.events(id)
    const kinds = new Set<string>()
    let last: SentEvent | undefined
    for await (const event of events) {
      kinds.add(event.event)
      last = event
    }

    expect(last).toMatchObject({ event: 'done', data: { id, state: 'cancelled' } })
    expect(kinds).toContain('progress')
  })

  test('is neither started nor retried; cancelled again it stays as it is', async () => {
    for (const action of ['start', 'retry'] as const) {
      const answer = await client.post(id, action)
      expect(problemOf(answer), action).toMatchObject({ type: '/problems/batch-not-open' })
    }
    expect(parse(await client.post(id, 'cancel'))).toMatchObject({ state: 'cancelled' })
  })

  test('is removed with its files, and nothing of it can be found any more', async () => {
    const folder = join(server.dataDir, 'batches', id)
    const before = existsSync(folder)
    const answer = await client.ask(`/${id}`, { method: 'DELETE' })

    expect(before).toBe(true)
    expect(answer.status).toBe(204)
    expect(existsSync(folder)).toBe(false)
    for (const path of ['', '/documents', '/documents/1.pdf', '/archive', '/events']) {
      expect(problemOf(await client.ask(`/${id}${path}`)), path).toMatchObject({
        type: '/problems/not-found',
      })
    }
  })
})

test('a batch at work is not removed; an open one is', async () => {
  const working = await client.filled(
    numbered(40, (n) => `${n}.pdf`),
    { seal: 'rsa' },
  )
  const open = await client.filled({ 'a.pdf': numberedPdf(1) })
  await client.post(working, 'start')
  const refused = await client.ask(`/${working}`, { method: 'DELETE' })
  const removed = await client.ask(`/${open}`, { method: 'DELETE' })

  expect(problemOf(refused)).toMatchObject({ type: '/problems/batch-not-open', status: 409 })
  expect(removed.status).toBe(204)
  await client.until(working, 'completed')
})

describe('events', () => {
  let id: string
  let watched: SentEvent[]
  beforeAll(async () => {
    id = await client.filled({ ...numbered(30, (n) => `é ${n}.pdf`), 'damaged.pdf': DAMAGED })
    const watching = Promise.all([client.events(id), client.events(id)])
    const [one, other] = await watching
    await client.post(id, 'start')
    const collect = async (events: AsyncIterable<SentEvent>) => {
      const all: SentEvent[] = []
      for await (const event of events) all.push(event)
      return all
    }
    const [first, second] = await Promise.all([collect(one.events), collect(other.events)])
    watched = first
    expect(documentsOf(second)).toEqual(documentsOf(first))
  })

  const documentsOf = (events: readonly SentEvent[]) =>
    events.filter(({ event }) => event === 'document')

  test('tell of every document once, in order, and end with “done”', async () => {
    const documents = documentsOf(watched)
    const { documents: listed } = await client.documents(id)

    expect(documents.map((event) => event.id)).toEqual(documents.map((_, i) => String(i + 1)))
    expect(new Map(documents.map(({ data }) => [data.name, data]))).toEqual(
      new Map(listed.map((document) => [document.name, document])),
    )
    expect(watched[0]).toMatchObject({ event: 'progress', id: '0', data: { state: 'open' } })
    expect(watched.at(-1)).toMatchObject({
      event: 'done',
      id: '31-done',
      data: { state: 'completed_with_failures', counts: { total: 31, sealed: 30, failed: 1 } },
    })
    expect(watched.every((event) => event.id !== '')).toBe(true)
  })

  test.each(['0', '1', '17', '30', '31'])('go on behind %s exactly', async (lastId) => {
    const { events } = await client.events(id, lastId)
    const resumed: SentEvent[] = []
    for await (const event of events) resumed.push(event)

    expect(documentsOf(resumed)).toEqual(documentsOf(watched).slice(Number(lastId)))
    expect(resumed.at(-1)?.event).toBe('done')
  })

  test('after “done” there is nothing more, until a retry', async () => {
    const done = await client.events(id, '31-done')
    await client.post(id, 'retry')
    const { events } = await client.events(id, '31-done')
    const resumed: SentEvent[] = []
    for await (const event of events) resumed.push(event)

    expect(done.answer.statusCode).toBe(204)
    expect(documentsOf(resumed)).toMatchObject([{ id: '32', data: { name: 'damaged.pdf' } }])
    expect(resumed.at(-1)).toMatchObject({ event: 'done', id: '32-done' })
  })

  test.each(['99', 'x', '-1', '3-other'])('an id %s that is none is refused', async (lastId) => {
    const answer = await client.ask(`/${id}/events`, { headers: { 'last-event-id': lastId } })

    expect(problemOf(answer)).toMatchObject({ type: '/problems/invalid-request', status: 400 })
  })

  test('of a batch that is removed end', async () => {
    const gone = await client.filled({ 'a.pdf': numberedPdf(1) })
    const { events } = await client.events(gone)
    await events.next()
    await client.ask(`/${gone}`, { method: 'DELETE' })
    const rest: SentEvent[] = []
    for await (const event of events) rest.push(event)

    expect(documentsOf(rest)).toEqual([])
  })
})

describe('the list of batches', () => {
  test('has those of the client alone, the newest first, in pages', async () => {
    const made = await sceau(
      ['api-client', 'create', '--name', 'Liste', '--seal', 'ec', '--json'],
      server.env,
    )
    const own = batchClient(server, JSON.parse(made).apiKey)
    const ids: string[] = []
    for (let i = 0; i < 5; i += 1) ids.unshift(await own.filled({}))
    const page = (query: string) =>
      own.json<{ batches: BatchView[]; nextCursor: string | null }>(query)
    const first = await page('?limit=3')
    const second = await page(`?limit=3&cursor=${first.nextCursor}`)

    expect(first.batches.map(({ id }) => id)).toEqual(ids.slice(0, 3))
    expect(second.batches.map(({ id }) => id)).toEqual(ids.slice(3))
    expect(second.nextCursor).toBeNull()
    expect((await page('')).batches.length).toBe(5)
    expect(problemOf(await own.ask('?limit=1001'))).toMatchObject({ field: 'limit' })
  })
})

test('the batch of another client is not there, whatever is asked of it', async () => {
  const id = await client.filled({ 'a.pdf': numberedPdf(1) })
  await client.run(id)
  const asked = [
    { path: '' },
    { path: '', method: 'DELETE' },
    ...['start', 'cancel', 'retry', 'documents'].map((end) => ({
      path: `/${end}`,
      method: 'POST',
    })),
    ...['documents', 'documents/a.pdf', 'archive', 'events'].map((end) => ({ path: `/${end}` })),
    { path: '/documents/b.pdf', method: 'PUT' },
  ]
  for (const { path, ...method } of asked) {
    const answer = await stranger.ask(`/${id}${path}`, {
      ...method,
      headers: { 'content-type': 'application/x-tar' },
    })
    expect(problemOf(answer), `${path} ${JSON.stringify(method)}`).toMatchObject({
      type: '/problems/not-found',
      status: 404,
    })
  }
  const keyless = await server.ask(`/api/v1/batches/${id}`)
  expect(problemOf(keyless)).toMatchObject({ type: '/problems/unauthenticated' })
})

test('OpenAPI describes every route', async () => {
  const { paths } = parse<{ paths: Record<string, object> }>(
    await server.ask('/api/v1/openapi.json'),
  )
  const routes = Object.entries(paths)
    .filter(([path]) => path.startsWith('/batches'))
    .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))

  expect(routes.filter((route) => !route.includes('deliveries')).sort()).toEqual([
    'delete /batches/{id}',
    'get /batches',
    'get /batches/{id}',
    'get /batches/{id}/archive',
    'get /batches/{id}/documents',
    'get /batches/{id}/documents/{name}',
    'get /batches/{id}/events',
    'post /batches',
    'post /batches/{id}/cancel',
    'post /batches/{id}/documents',
    'post /batches/{id}/retry',
    'post /batches/{id}/start',
    'put /batches/{id}/documents/{name}',
  ])
})

test('after all of this the journal is intact', async () => {
  const { stdout, exitCode } = await runSceau(['journal', 'verify'], server.env)

  expect(stdout).toMatch(/^intact: \d+ entries/)
  expect(exitCode).toBe(0)
})

test('a server that stops does not wait for those who watch', async () => {
  const id = await client.filled({})
  const { events } = await client.events(id)
  await events.next()
  const stopped = server.stop()
  const rest: SentEvent[] = []
  for await (const event of events) rest.push(event)

  expect(rest.filter(({ event }) => event === 'done')).toEqual([])
  expect(await stopped).toBe(0)
})
