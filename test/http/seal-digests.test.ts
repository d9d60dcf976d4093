import { createHash, randomUUID, X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SignatureAlgorithm } from '../../hsm/algorithms.ts'
import { openDatabase } from '../../src/db/database.ts'
import { runSceau, sceau } from '../support/cli.ts'
import { openssl } from '../support/openssl.ts'
import { problemOf, startTestServer, type TestServer } from '../support/server.ts'

/** One seal for each form of signature and hash. */
const SEALS = [
  { seal: 'ec', hash: 'sha256' },
  { seal: 'ec384', hash: 'sha384', key: 'p-384' },
  { seal: 'rsa', hash: 'sha256' },
  { seal: 'pss', hash: 'sha256', key: 'rsa-2048', algorithm: 'rsa-pss-sha256' },
] as const

const CONTENTS = ['facture 1', 'facture 2', 'facture 3'].map((text) => Buffer.from(text))

interface Answered {
  readonly signatures: string[]
  readonly certificates: string[]
  readonly operations: string[]
}

let server: TestServer
let apiKey: string

beforeAll(async () => {
  server = await startTestServer()
  for (const one of SEALS) {
    if (!('key' in one)) continue
    const named = ['--id', one.seal, '--name', one.seal, '--key', one.key]
    await sceau(['seals', 'create', ...named], server.env)
    if ('algorithm' in one) await signWith(one.seal, one.algorithm)
  }
  const seals = SEALS.map(({ seal }) => seal).join()
  const made = await sceau(
    ['api-client', 'create', '--name', 'Empreintes', '--seal', seals, '--json'],
    server.env,
  )
  apiKey = JSON.parse(made).apiKey
})
afterAll(() => server?.remove())

/** What the command line has no option for yet. */
async function signWith(seal: string, algorithm: SignatureAlgorithm): Promise<void> {
  const db = await openDatabase(`sqlite:${join(server.dataDir, 'sceau.db')}`)
  await db
    .updateTable('seal')
    .set({ signature_algorithm: algorithm })
    .where('id', '=', seal)
    .execute()
  await db.destroy()
}

function ask(seal: string, body: object, headers: Record<string, string> = {}) {
  return server.ask(`/api/v1/seals/${seal}/digests`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${apiKey}`,
      'content-type': 'application/json',
      ...headers,
    },
    body: Buffer.from(JSON.stringify(body)),
  })
}

async function sign(
  seal: string,
  asked: { hash: string; format: 'cms' | 'raw'; contents?: readonly Uint8Array[] },
): Promise<Answered> {
  const { hash, format, contents = CONTENTS } = asked
  const digests = contents.map((content) => createHash(hash).update(content).digest('hex'))
  const answer = await ask(seal, { digestAlgorithm: hash, digests, format })
  expect(answer.status).toBe(200)
  return JSON.parse(answer.body.toString())
}

function publicKeyOf({ certificates }: Answered): string {
  const [own = ''] = certificates
  const { publicKey } = new X509Certificate(Buffer.from(own, 'base64'))
  return publicKey.export({ type: 'spki', format: 'pem' }).toString()
}

function pemOf(base64: string): string {
  const lines = base64.replace(/.{1,64}/g, '$&\n')
  return `-----BEGIN CERTIFICATE-----\n${lines}-----END CERTIFICATE-----\n`
}

describe.each(SEALS)('$seal', ({ seal, hash }) => {
  test('cms: OpenSSL trusts each with its content and with no other', async () => {
    const answer = await sign(seal, { hash, format: 'cms' })
    const issuing = answer.certificates.slice(1).map(pemOf).join('')
    const verify = (cms: string, content: Uint8Array) =>
      openssl(
        [
          ...['cms', '-verify', '-binary', '-inform', 'DER', '-in', 'cms.der'],
          ...['-content', 'content', '-CAfile', 'ca.pem', '-partial_chain', '-purpose', 'any'],
          ...['-out', '/dev/null'],
        ],
        { 'cms.der': Buffer.from(cms, 'base64'), content, 'ca.pem': issuing },
      )

    expect(answer.signatures).toHaveLength(CONTENTS.length)
    for (const [i, cms] of answer.signatures.entries()) {
      expect(await verify(cms, CONTENTS[i] ?? new Uint8Array())).toMatch(/successful/i)
    }
    await expect(verify(answer.signatures[0] ?? '', Buffer.from('autre'))).rejects.toThrow()
  })

  test('cms: it has the attributes of PAdES, and no signing time', async () => {
    const answer = await sign(seal, { hash, format: 'cms' })
    const cms = Buffer.from(answer.signatures[0] ?? '', 'base64')
    const printed = await openssl(
      ['cms', '-cmsout', '-print', '-noout', '-inform', 'DER', '-in', 'cms.der'],
      { 'cms.der': cms },
    )

    for (const attribute of ['contentType', 'messageDigest', 'signingCertificateV2']) {
      expect(printed).toContain(attribute)
    }
    expect(printed).not.toContain('signingTime')
  })

  test('raw: OpenSSL finds each right for its digest', async () => {
    const answer = await sign(seal, { hash, format: 'raw' })
    const pss = ['rsa_padding_mode:pss', 'rsa_pss_saltlen:digest'].flatMap((o) => ['-pkeyopt', o])
    for (const [i, signature] of answer.signatures.entries()) {
      const files = {
        signature: Buffer.from(signature, 'base64'),
        digest: createHash(hash)
          .update(CONTENTS[i] ?? '')
          .digest(),
        'key.pem': publicKeyOf(answer),
      }
      const input = ['-pubin', '-inkey', 'key.pem', '-in', 'digest', '-sigfile', 'signature']
      const by = seal.startsWith('ec') ? [] : ['-pkeyopt', `digest:${hash}`]
      const options = [...by, ...(seal.startsWith('pss') ? pss : [])]

      expect(await openssl(['pkeyutl', '-verify', ...input, ...options], files)).toMatch(/success/i)
    }
  })
})

describe('the evidence', () => {
  test('each digest is an operation that says what was given, signed and handed out', async () => {
    const answer = await sign('ec384', { hash: 'sha384', format: 'raw' })
    const [signature = ''] = answer.signatures
    const given = createHash('sha384')
      .update(CONTENTS[0] ?? '')
      .digest('hex')
    const { body } = await server.ask(`/api/v1/operations/${answer.operations[0]}`, {
      headers: { authorization: `Bearer ${apiKey}` },
    })
    const operation = JSON.parse(body.toString())

    expect(operation).toMatchObject({
      kind: 'digest',
      seal: 'ec384',
      level: 'raw',
      originalSha256: given,
      signedDigest: given,
      sealedSha256: createHash('sha256').update(Buffer.from(signature, 'base64')).digest('hex'),
      journal: { leafCount: CONTENTS.length },
    })
    expect(JSON.parse(operation.journal.entry)).toMatchObject({
      action: 'digests.signed',
      subject: `digests:${operation.requestId}`,
    })
  })

  test('thousands are signed in one request, in their order', async () => {
    const contents = Array.from({ length: 2_500 }, (_, i) => Buffer.from(`acte ${i}`))
    const answer = await sign('ec', { hash: 'sha256', format: 'raw', contents })

    expect(answer.signatures).toHaveLength(2_500)
    expect(new Set(answer.operations).size).toBe(2_500)
    for (const i of [0, 31, 32, 1_234, 2_499]) {
      const files = {
        signature: Buffer.from(answer.signatures[i] ?? '', 'base64'),
        content: contents[i] ?? new Uint8Array(),
        'key.pem': publicKeyOf(answer),
      }
      const args = ['dgst', '-sha256', '-verify', 'key.pem', '-signature', 'signature', 'content']
      expect(await openssl(args, files)).toMatch(/Verified OK/)
    }
  })
})

describe('the same Idempotency-Key', () => {
  const digests = [createHash('sha256').update('un').digest('hex')]
  const asked = { digestAlgorithm: 'sha256', digests, format: 'cms' }

  test('gives the same answer again, also while the first is on its way', async () => {
    const headers = { 'idempotency-key': randomUUID() }
    const [first, second] = await Promise.all([
      ask('ec', asked, headers),
      ask('ec', asked, headers),
    ])
    const third = await ask('ec', asked, headers)

    expect(first.status).toBe(200)
    expect(second.body.equals(first.body)).toBe(true)
    expect(third.body.equals(first.body)).toBe(true)
  })

  test.each([
    { what: 'another format', change: { format: 'raw' } },
    { what: 'other digests', change: { digests: [...digests, ...digests] } },
  ])('is refused with $what', async ({ change }) => {
    const headers = { 'idempotency-key': randomUUID() }
    await ask('ec', asked, headers)
    const other = await ask('ec', { ...asked, ...change }, headers)

    expect(problemOf(other)).toMatchObject({ type: '/problems/idempotency-conflict', status: 409 })
  })
})

const DIGEST = createHash('sha256').update('un').digest('hex')

test.each([
  {
    what: 'a hash the seal does not sign with',
    body: { digestAlgorithm: 'sha512', digests: [DIGEST.repeat(2)], format: 'cms' },
    says: { status: 400, field: 'digestAlgorithm', fits: 'sha256' },
  },
  {
    what: 'a digest of another length than the hash',
    body: { digestAlgorithm: 'sha256', digests: [DIGEST, DIGEST.repeat(2)], format: 'raw' },
    says: { status: 400, field: 'digests.1' },
  },
  {
    what: 'a digest that is none',
    body: { digestAlgorithm: 'sha256', digests: ['zz'], format: 'raw' },
    says: { status: 400, field: 'digests.0' },
  },
  {
    what: 'no digest',
    body: { digestAlgorithm: 'sha256', digests: [], format: 'raw' },
    says: { status: 400, field: 'digests' },
  },
  {
    what: 'more digests than are taken at once',
    body: { digestAlgorithm: 'sha256', digests: Array(10_001).fill(DIGEST), format: 'raw' },
    says: { status: 400, field: 'digests' },
  },
  {
    what: 'a body of more than 2 MiB',
    body: { digestAlgorithm: 'sha256', digests: Array(40_000).fill(DIGEST), format: 'raw' },
    says: { status: 413, type: '/problems/document-too-large' },
  },
  {
    what: 'another format',
    body: { digestAlgorithm: 'sha256', digests: [DIGEST], format: 'pkcs1' },
    says: { status: 400, field: 'format' },
  },
])('$what is refused', async ({ body, says }) => {
  expect(problemOf(await ask('ec', body))).toMatchObject(says)
})

test('after all of this the journal is intact', async () => {
  const { stdout, exitCode } = await runSceau(['journal', 'verify'], server.env)

  expect(stdout).toMatch(/^intact: \d+ entries/)
  expect(exitCode).toBe(0)
})
