import { execFileSync } from 'node:child_process'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateSync } from 'node:zlib'
import { PDFDocument } from 'pdf-lib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runSceau, sceau } from '../support/cli.ts'
import { problemOf, startTestServer, type TestServer } from '../support/server.ts'

let server: TestServer
let pdf: Uint8Array
let dir: string

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'sceau-http-'))
  server = await startTestServer()
  const document = await PDFDocument.create()
  document.addPage([595, 842]).drawText('Attestation')
  pdf = await document.save({ useObjectStreams: false })
})
afterAll(async () => {
  await server?.remove()
  rmSync(dir, { recursive: true, force: true })
})

/** What pdfsig says of a file whose signatures chain to the server's root. */
function pdfsig(bytes: Uint8Array): string {
  const file = join(dir, `${randomUUID()}.pdf`)
  writeFileSync(file, bytes)
  return execFileSync('pdfsig', ['-nocert', file], { encoding: 'utf8' })
}

describe('POST /seals/{seal}/apply', () => {
  test.each([
    { seal: 'rsa', query: { reason: 'Accord du bureau' }, look: 'invisible' },
    { seal: 'ec', query: {}, look: 'invisible' },
    {
      seal: 'rsa',
      query: { page: '-1', rect: '40,40,200,70', reason: 'Accord du bureau' },
      look: 'visible',
    },
    { seal: 'ec', query: { rect: '40,40,200,70', location: 'Orléans' }, look: 'visible' },
  ])('$seal, $look: the original and a valid signature behind it', async ({ seal, query }) => {
    const answer = await server.apply(seal, pdf, query)

    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toBe('application/pdf')
    expect(answer.body.subarray(0, pdf.length).equals(pdf)).toBe(true)
    const sha256 = createHash('sha256').update(answer.body).digest('base64')
    expect(answer.headers.digest).toBe(`sha-256=${sha256}`)
    expect(pdfsig(answer.body)).toContain('Signature is Valid')
    if (query.reason !== undefined) expect(answer.body.includes(`(${query.reason})`)).toBe(true)
  })

  test('its operation tells who sealed what, with which key, by which right', async () => {
    const answer = await server.apply('rsa', pdf)
    const { body } = await server.api(`/operations/${answer.headers['sceau-operation']}`)

    expect(JSON.parse(body.toString())).toMatchObject({
      seal: 'rsa',
      level: 'B-B',
      actor: { kind: 'api-client', name: 'Essai' },
      delegation: { number: expect.stringMatching(/^D-\d{4}-\d{3}$/), version: 1 },
      key: { algorithm: 'rsa-3072' },
      warnings: [],
      originalSha256: createHash('sha256').update(pdf).digest('hex'),
      sealedSha256: createHash('sha256').update(answer.body).digest('hex'),
    })
  })

  test('a document that had to be repaired is sealed, and the client and the evidence know', async () => {
    const broken = Buffer.from(pdf)
      .toString('latin1')
      .replace(/startxref\s+\d+/, 'startxref\n1')
    const answer = await server.apply('ec', Buffer.from(broken, 'latin1'))
    const { body } = await server.api(`/operations/${answer.headers['sceau-operation']}`)

    expect(answer.headers['sceau-warnings']).toBe('repaired')
    expect(JSON.parse(body.toString()).warnings).toEqual(['repaired'])
    expect(pdfsig(answer.body)).toContain('Signature is Valid')
  })

  test('the same Idempotency-Key gives the same file; with another document it is refused', async () => {
    const headers = { 'content-type': 'application/pdf', 'idempotency-key': randomUUID() }
    const once = () => server.api('/seals/ec/apply', { method: 'POST', headers, body: pdf })
    const [first, second] = await Promise.all([once(), once()])
    const third = await once()
    const other = await server.api('/seals/ec/apply', {
      method: 'POST',
      headers,
      body: Buffer.concat([pdf, Buffer.from('\n% changed\n')]),
    })

    expect(second.body.equals(first.body)).toBe(true)
    expect(third.body.equals(first.body)).toBe(true)
    expect(third.headers['sceau-operation']).toBe(first.headers['sceau-operation'])
    expect(problemOf(other)).toMatchObject({ type: '/problems/idempotency-conflict', status: 409 })
  })

  test('a file larger than memory may hold goes through the spool and comes out sealed', async () => {
    const document = await PDFDocument.create()
    document.addPage()
    await document.attach(randomBytes(17 * 1024 * 1024), 'annexe.bin')
    const large = await document.save()

    const answer = await server.apply('ec', large)

    expect(answer.status).toBe(200)
    expect(answer.body.subarray(0, large.length).equals(large)).toBe(true)
    expect(pdfsig(answer.body)).toContain('Signature is Valid')
    expect(readdirSync(join(server.dataDir, 'spool'))).toEqual([])
  })
})

const BROKEN = {
  'not a PDF': () => Buffer.from('PK\x03\x04 this is a zip'),
  empty: () => Buffer.alloc(0),
  'cut in the middle': () => pdf.subarray(0, Math.floor(pdf.length / 2)),
  'nothing but a header': () => Buffer.from('%PDF-1.7\n'),
  'needs a password': () => encrypted(['secret', 'owner', '256']),
  'may not be signed': () => encrypted(['', 'owner', '256', '--annotate=n', '--form=n']),
  'deep nesting': () => withCatalog(`${'['.repeat(20_000)}${']'.repeat(20_000)}`),
  'a bomb in its cross-reference': bomb,
} as const

test.each([
  { input: 'not a PDF', slug: 'not-a-pdf', status: 415 },
  { input: 'empty', slug: 'not-a-pdf', status: 415 },
  { input: 'cut in the middle', slug: 'pdf-damaged', status: 422 },
  { input: 'nothing but a header', slug: 'pdf-damaged', status: 422 },
  { input: 'needs a password', slug: 'pdf-encrypted', status: 422 },
  { input: 'may not be signed', slug: 'pdf-encrypted', status: 422 },
  { input: 'deep nesting', slug: 'pdf-damaged', status: 422 },
  { input: 'a bomb in its cross-reference', slug: 'pdf-damaged', status: 422 },
] as const)('$input is refused as $slug', async ({ input, slug, status }) => {
  const answer = await server.apply('ec', BROKEN[input]())

  expect(answer.status).toBe(status)
  expect(answer.headers['content-type']).toBe('application/problem+json')
  expect(problemOf(answer)).toMatchObject({ type: `/problems/${slug}`, status })
  expect(problemOf(answer).detail).toEqual(expect.any(String))
})

test.each([
  { query: { field: 'Nowhere' }, slug: 'field-not-found', status: 422, hint: { field: 'field' } },
  {
    query: { page: '7' },
    slug: 'page-out-of-range',
    status: 422,
    hint: { field: 'page', pages: 1 },
  },
  { query: { page: '0' }, slug: 'page-out-of-range', status: 422, hint: { field: 'page' } },
  {
    query: { rect: '10,10,9000,20' },
    slug: 'invalid-request',
    status: 400,
    hint: { field: 'rect' },
  },
  { query: { rect: '10,10' }, slug: 'invalid-request', status: 400, hint: { field: 'rect' } },
  { query: { level: 'B-Z' }, slug: 'invalid-request', status: 400, hint: { field: 'level' } },
  { query: { certify: '9' }, slug: 'invalid-request', status: 400, hint: { field: 'certify' } },
])('$query is refused as $slug, naming the field', async ({ query, slug, status, hint }) => {
  const answer = await server.apply('ec', pdf, { ...query })

  expect(problemOf(answer)).toMatchObject({ type: `/problems/${slug}`, status, ...hint })
})

test('a document certified against every change takes no second seal', async () => {
  const certified = await server.apply('ec', pdf, { certify: '1' })
  const again = await server.apply('rsa', certified.body)

  expect(certified.status).toBe(200)
  expect(problemOf(again)).toMatchObject({
    type: '/problems/pdf-certified-no-changes',
    status: 422,
  })
})

test('a field that is signed already is not signed again', async () => {
  const sealed = await server.apply('ec', pdf)
  const again = await server.apply('ec', sealed.body, { field: 'Signature1' })

  expect(problemOf(again)).toMatchObject({ type: '/problems/field-already-signed', status: 409 })
})

describe('who may', () => {
  test.each([
    { headers: {}, what: 'no key' },
    { headers: { authorization: 'Bearer sceau_wrong' }, what: 'no real key' },
    { headers: { authorization: 'Basic c2NlYXU6c2NlYXU=' }, what: 'another scheme' },
  ])('$what is unauthenticated', async ({ headers }) => {
    const answer = await server.ask('/api/v1/seals', { headers })

    expect(answer.headers['www-authenticate']).toBe('Bearer')
    expect(problemOf(answer)).toMatchObject({ type: '/problems/unauthenticated', status: 401 })
  })

  test('a revoked client is refused at its next request', async () => {
    const made = await sceau(
      ['api-client', 'create', '--name', 'Bref', '--seal', 'ec', '--json'],
      server.env,
    )
    const { id, apiKey }: { id: string; apiKey: string } = JSON.parse(made)
    const headers = { authorization: `Bearer ${apiKey}` }
    const before = await server.ask('/api/v1/seals', { headers })
    await sceau(['api-client', 'revoke', id], server.env)
    const after = await server.ask('/api/v1/seals', { headers })

    expect(JSON.parse(before.body.toString()).seals).toMatchObject([{ id: 'ec' }])
    expect(problemOf(after)).toMatchObject({ type: '/problems/unauthenticated' })
  })

  test('a client without a delegation for the seal is told so', async () => {
    const made = await sceau(['api-client', 'create', '--name', 'Sans droit', '--json'], server.env)
    const headers = {
      authorization: `Bearer ${JSON.parse(made).apiKey}`,
      'content-type': 'application/pdf',
    }
    const answer = await server.ask('/api/v1/seals/ec/apply', {
      method: 'POST',
      headers,
      body: pdf,
    })

    expect(problemOf(answer)).toMatchObject({ type: '/problems/delegation-required', sealId: 'ec' })
  })

  test('an unknown seal is not found', async () => {
    expect(problemOf(await server.apply('nowhere', pdf))).toMatchObject({
      type: '/problems/seal-not-found',
      sealId: 'nowhere',
    })
  })

  test('a suspended seal signs nothing until it is resumed', async () => {
    await sceau(
      ['seals', 'create', '--id', 'pause', '--name', 'Pause', '--key', 'p-256'],
      server.env,
    )
    const made = await sceau(
      ['api-client', 'create', '--name', 'P', '--seal', 'pause', '--json'],
      server.env,
    )
    const headers = {
      authorization: `Bearer ${JSON.parse(made).apiKey}`,
      'content-type': 'application/pdf',
    }
    const apply = () =>
      server.ask('/api/v1/seals/pause/apply', { method: 'POST', headers, body: pdf })
    await sceau(['seals', 'suspend', 'pause'], server.env)
    const suspended = await apply()
    await sceau(['seals', 'resume', 'pause'], server.env)
    // The server remembers a seal for a moment.
    await expect.poll(async () => (await apply()).status).toBe(200)
    await sceau(['seals', 'revoke', 'pause', '--reason', 'key-compromise'], server.env)

    expect(problemOf(suspended)).toMatchObject({ type: '/problems/seal-suspended', status: 409 })
    await expect
      .poll(async () => problemOf(await apply()).type)
      .toBe('/problems/certificate-revoked')
  })
})

describe('the size of a body', () => {
  test('ten declared gigabytes are refused before they are sent', async () => {
    const answer = await new Promise<number>((resolve, reject) => {
      const outgoing = request(`${server.url}/api/v1/seals/ec/apply`, {
        ca: readFileSync(server.caFile),
        method: 'POST',
        headers: {
          authorization: `Bearer ${server.apiKey}`,
          'content-type': 'application/pdf',
          'content-length': String(10 * 1024 ** 3),
        },
      })
      outgoing.once('response', (incoming) => resolve(incoming.statusCode ?? 0))
      outgoing.once('error', reject)
      outgoing.write('%PDF-1.7\n')
    })

    expect(answer).toBe(413)
  })

  test('a connection that ends half-way harms nobody', async () => {
    await new Promise<void>((resolve) => {
      const outgoing = request(`${server.url}/api/v1/seals/ec/apply`, {
        ca: readFileSync(server.caFile),
        method: 'POST',
        headers: {
          authorization: `Bearer ${server.apiKey}`,
          'content-type': 'application/pdf',
          'content-length': String(pdf.length),
        },
      })
      outgoing.once('error', () => resolve())
      outgoing.write(pdf.subarray(0, 100), () => outgoing.destroy())
      outgoing.once('close', () => resolve())
    })

    expect((await server.apply('ec', pdf)).status).toBe(200)
  })

  test('plain HTTP on the TLS port is cut, and the server lives', async () => {
    await new Promise<void>((resolve) => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => {
        socket.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
      })
      socket.once('close', () => resolve())
      socket.once('error', () => resolve())
      socket.resume()
    })

    expect((await server.ask('/healthz')).status).toBe(200)
  })
})

test('no key, PIN or query stands in the log', async () => {
  await server.apply('ec', pdf, { reason: 'Motif-confidentiel' })
  const pin = readFileSync(server.env.SCEAU_PKCS11_PIN_FILE ?? '', 'utf8').trim()
  const log = server.log.join('\n')

  expect(log).toContain('"/api/v1/seals/ec/apply"')
  for (const secret of [server.apiKey, pin, 'Motif-confidentiel']) expect(log).not.toContain(secret)
})

test('after all of this the journal is intact', async () => {
  const { stdout, exitCode } = await runSceau(['journal', 'verify'], server.env)

  expect(stdout).toMatch(/^intact: \d+ entries/)
  expect(exitCode).toBe(0)
})

function encrypted([user = '', owner = '', bits = '', ...permissions]: string[]): Buffer {
  const [from, to] = [join(dir, 'clear.pdf'), join(dir, `${randomUUID()}.pdf`)]
  writeFileSync(from, pdf)
  execFileSync('qpdf', ['--encrypt', user, owner, bits, ...permissions, '--', from, to])
  return readFileSync(to)
}

/** A file whose catalog carries `value`, with a cross-reference that is right. */
function withCatalog(value: string): Buffer {
  const objects = [
    `1 0 obj\n<</Type/Catalog/Pages 2 0 R/Extra ${value}>>\nendobj\n`,
    '2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n',
    '3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 100 100]>>\nendobj\n',
  ]
  let text = '%PDF-1.7\n'
  let table = 'xref\n0 4\n0000000000 65535 f \n'
  for (const object of objects) {
    table += `${String(text.length).padStart(10, '0')} 00000 n \n`
    text += object
  }
  const trailer = `trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n${text.length}\n%%EOF\n`
  return Buffer.from(text + table + trailer, 'latin1')
}

/** A cross-reference stream of 300 kB that inflates to 300 MB. */
function bomb(): Buffer {
  const data = deflateSync(Buffer.alloc(300 * 1024 * 1024))
  const head = '%PDF-1.7\n'
  const dict = `<</Type/XRef/W[1 4 2]/Size 10/Root 1 0 R/Filter/FlateDecode/Length ${data.length}>>`
  return Buffer.concat([
    Buffer.from(`${head}1 0 obj\n${dict}\nstream\n`),
    data,
    Buffer.from(`\nendstream\nendobj\nstartxref\n${head.length}\n%%EOF\n`),
  ])
}
