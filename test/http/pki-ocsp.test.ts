import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import * as pkijs from 'pkijs'
import { expect, onTestFinished, test } from 'vitest'
import { readSubject } from '../../src/cms/certificate-parts.ts'
import { contextTag, encodeOid, encodeSequence, encodeTlv, TAG } from '../../src/cms/der.ts'
import { authorityRoutes } from '../../src/http/pki/authority.ts'
import { type CertIdForm, encodeCertId } from '../../src/pki/cert-id.ts'
import { encodeExtension } from '../../src/pki/extensions.ts'
import { type AuthorityBench, makeAuthorityBench } from '../support/authority-bench.ts'
import { describeEachDatabase } from '../support/databases.ts'
import { openssl } from '../support/openssl.ts'
import { toPem } from '../support/test-pki.ts'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const NONCE = '1.3.6.1.5.5.7.48.1.2'

function appOf({ authority }: AuthorityBench) {
  return new Hono().route('/pki', authorityRoutes({ authority }))
}

/** The responder behind a real port. */
async function listen(bench: AuthorityBench): Promise<string> {
  const server = serve({ fetch: appOf(bench).fetch, hostname: '127.0.0.1', port: 0 })
  onTestFinished(() => new Promise<void>((resolve) => void server.close(() => resolve())))
  await new Promise<void>((resolve) => {
    if (server.listening) resolve()
    else server.once('listening', () => resolve())
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}/pki/ocsp`
}

/** What OpenSSL makes of the responder's answer; it verifies the signature and the responder's right. */
async function opensslOcsp(
  { root, issuing }: AuthorityBench,
  url: string,
  asked: readonly string[],
  files: Readonly<Record<string, string>> = {},
): Promise<string> {
  const trust = ['-CAfile', 'root.pem', '-verify_other', 'issuing.pem', '-issuer', 'issuing.pem']
  return openssl(['ocsp', '-url', url, ...trust, ...asked], {
    'root.pem': toPem(root),
    'issuing.pem': toPem(issuing),
    ...files,
  })
}

interface Wish {
  readonly form?: CertIdForm
  readonly nonce?: Uint8Array
  readonly critical?: boolean
}

function requestFor(ca: Uint8Array, serials: readonly string[], wish: Wish = {}): Uint8Array {
  const publicKey = new X509Certificate(ca).publicKey.export({ type: 'spki', format: 'der' })
  const issuer = { name: readSubject(ca), publicKey }
  const list = serials.map((serial) =>
    encodeSequence(encodeCertId(wish.form ?? 'sha1-null', issuer, serial)),
  )
  const extensions = [
    ...(wish.nonce === undefined
      ? []
      : [encodeExtension(NONCE, encodeTlv(TAG.octetString, wish.nonce))]),
    ...(wish.critical === true
      ? [encodeExtension('1.2.3.4', encodeOid('1.2.3.4'), 'critical')]
      : []),
  ]
  const wrapped =
    extensions.length === 0 ? [] : [encodeTlv(contextTag(2), encodeSequence(...extensions))]
  return encodeSequence(encodeSequence(encodeSequence(...list), ...wrapped))
}

async function post(bench: AuthorityBench, body: Uint8Array) {
  const headers = { 'content-type': 'application/ocsp-request' }
  const request = { method: 'POST', headers, body: Uint8Array.from(body) }
  const answer = await appOf(bench).request('/pki/ocsp', request)
  return { status: answer.status, ...read(new Uint8Array(await answer.arrayBuffer())) }
}

async function get(bench: AuthorityBench, request: Uint8Array) {
  const encoded = encodeURIComponent(Buffer.from(request).toString('base64'))
  const answer = await appOf(bench).request(`/pki/ocsp/${encoded}`)
  return { headers: answer.headers, ...read(new Uint8Array(await answer.arrayBuffer())) }
}

/** The answer as pkijs reads it. */
function read(der: Uint8Array) {
  const response = pkijs.OCSPResponse.fromBER(Uint8Array.from(der).buffer)
  const status = response.responseStatus.valueBlock.valueDec
  const inner = response.responseBytes?.response.valueBlock.valueHexView
  const basic = inner && pkijs.BasicOCSPResponse.fromBER(Uint8Array.from(inner).buffer)
  const said = basic?.tbsResponseData.responses.map(
    ({ certStatus }) => NAMES[certStatus.idBlock.tagNumber],
  )
  const nonce = basic?.tbsResponseData.responseExtensions?.find(({ extnID }) => extnID === NONCE)
  return {
    der,
    outcome: OUTCOMES[status],
    said,
    nonce:
      nonce && Buffer.from(nonce.extnValue.valueBlock.valueHexView).subarray(2).toString('hex'),
    signer:
      basic?.certs?.[0] && new X509Certificate(Buffer.from(basic.certs[0].toSchema().toBER())),
  }
}

const NAMES = ['good', 'revoked', 'unknown']
const OUTCOMES: Readonly<Record<number, string>> = {
  0: 'successful',
  1: 'malformedRequest',
  3: 'tryLater',
  6: 'unauthorized',
}

describeEachDatabase('the OCSP responder', (open) => {
  test('says good, revoked, on hold and unknown to OpenSSL, which verifies each answer', async () => {
    const bench = await makeAuthorityBench((await open()).db)
    const [live, dead, held] = [
      await bench.issueSeal(),
      await bench.issueSeal(),
      await bench.issueSeal(),
    ]
    await bench.authority.revoke(dead.id, 1, 'operator')
    await bench.authority.suspend(held.id, 'operator')
    const url = await listen(bench)
    const files = {
      'live.pem': toPem(live.der),
      'dead.pem': toPem(dead.der),
      'held.pem': toPem(held.der),
    }

    const asked = ['-cert', 'live.pem', '-cert', 'dead.pem', '-cert', 'held.pem']
    const said = await opensslOcsp(bench, url, [...asked, '-serial', '0x1234'], files)

    expect(said).toContain('Response verify OK')
    expect(said).toMatch(/live\.pem: good/)
    expect(said).toMatch(/dead\.pem: revoked[\s\S]*Reason: keyCompromise/)
    expect(said).toMatch(/held\.pem: revoked[\s\S]*Reason: certificateHold/)
    expect(said).toMatch(/0x1234: unknown/)
    expect(said).not.toMatch(/WARNING|nonce/i)
  })

  test('says revoked to the very next request, and good again after a hold', async () => {
    const bench = await makeAuthorityBench((await open()).db)
    const { id, der } = await bench.issueSeal()
    const url = await listen(bench)
    const ask = (more: readonly string[]) =>
      opensslOcsp(bench, url, [...more, '-cert', 'seal.pem'], { 'seal.pem': toPem(der) })

    expect(await ask(['-no_nonce'])).toMatch(/seal\.pem: good/)
    await bench.authority.suspend(id, 'operator')
    expect(await ask(['-no_nonce'])).toMatch(/seal\.pem: revoked/)
    await bench.authority.resume(id, 'operator')
    expect(await ask(['-no_nonce'])).toMatch(/seal\.pem: good/)
    await bench.authority.revoke(id, 4, 'operator')
    expect(await ask(['-no_nonce'])).toMatch(/seal\.pem: revoked/)
    expect(await ask(['-sha256'])).toMatch(/seal\.pem: revoked/)
  })

  test('speaks for the root too, by a responder of its own', async () => {
    const bench = await makeAuthorityBench((await open()).db)
    const url = await listen(bench)

    const trust = ['-CAfile', 'root.pem', '-issuer', 'root.pem', '-cert', 'issuing.pem']
    const said = await openssl(['ocsp', '-url', url, ...trust], {
      'root.pem': toPem(bench.root),
      'issuing.pem': toPem(bench.issuing),
    })

    expect(said).toMatch(/issuing\.pem: good[\s\S]*Response verify OK/)
  })

  test('signs once for all who ask the same without a nonce, and once for each nonce', async () => {
    const bench = await makeAuthorityBench((await open()).db)
    const { serial } = await bench.issueSeal()
    const request = requestFor(bench.issuing, [serial])
    const first = await post(bench, request)
    const before = bench.hsm.signatures

    const again = await post(bench, request)
    expect(bench.hsm.signatures).toBe(before)
    expect(Buffer.compare(again.der, first.der)).toBe(0)

    const nonce = randomBytes(32)
    const own = await post(bench, requestFor(bench.issuing, [serial], { nonce }))
    expect(bench.hsm.signatures).toBe(before + 1)
    expect(own).toMatchObject({
      outcome: 'successful',
      said: ['good'],
      nonce: nonce.toString('hex'),
    })
  })

  test('answers every way of writing the same CertID with that way', async () => {
    const bench = await makeAuthorityBench((await open()).db)
    const { serial } = await bench.issueSeal()

    for (const form of ['sha1', 'sha1-null', 'sha256', 'sha256-null'] as const) {
      const request = requestFor(bench.issuing, [serial], { form })
      const { said, der } = await post(bench, request)
      expect(said).toEqual(['good'])
      expect(Buffer.from(der).includes(Buffer.from(request).subarray(8))).toBe(true)
    }
  })

  test('serves what it signed before while the HSM is away, and else says when to come back', async () => {
    const bench = await makeAuthorityBench((await open()).db)
    const [known, other] = [await bench.issueSeal(), await bench.issueSeal()]
    await post(bench, requestFor(bench.issuing, [known.serial]))
    bench.hsm.isAway = true

    const nonce = randomBytes(16)
    expect(await post(bench, requestFor(bench.issuing, [known.serial]))).toMatchObject({
      said: ['good'],
    })
    const asked = requestFor(bench.issuing, [known.serial], { nonce })
    expect(await post(bench, asked)).toMatchObject({ said: ['good'], nonce: undefined })
    expect(await post(bench, requestFor(bench.issuing, [other.serial]))).toMatchObject({
      status: 200,
      outcome: 'tryLater',
    })
    const revoking = bench.authority.revoke(known.id, 1, 'operator')
    await expect(revoking).rejects.toMatchObject({ code: 'hsm-unavailable' })
    expect((await post(bench, requestFor(bench.issuing, [known.serial]))).outcome).toBe('tryLater')

    bench.hsm.isAway = false
    await bench.authority.signOcspWhatIsDue()
    const signatures = bench.hsm.signatures
    const said = await post(bench, requestFor(bench.issuing, [known.serial]))
    expect(said).toMatchObject({ said: ['revoked'] })
    expect(bench.hsm.signatures).toBe(signatures)
  })

  test('makes kept answers anew after half a day', async () => {
    const bench = await makeAuthorityBench((await open()).db)
    const { serial } = await bench.issueSeal()
    const request = requestFor(bench.issuing, [serial])
    const first = await post(bench, request)

    bench.clock.now += 11 * HOUR_MS
    await bench.authority.signOcspWhatIsDue()
    expect(Buffer.compare((await post(bench, request)).der, first.der)).toBe(0)
    bench.clock.now += 2 * HOUR_MS
    await bench.authority.signOcspWhatIsDue()
    expect(Buffer.compare((await post(bench, request)).der, first.der)).not.toBe(0)
  })

  test('renews the certificate of its signer by itself, on the same key', async () => {
    const bench = await makeAuthorityBench((await open()).db)
    const { serial } = await bench.issueSeal()
    const request = requestFor(bench.issuing, [serial])
    const before = (await post(bench, request)).signer
    const labels = [...bench.token.labels]

    bench.clock.now += 21 * DAY_MS
    const after = (await post(bench, request)).signer

    expect(after?.serialNumber).not.toBe(before?.serialNumber)
    expect(after?.publicKey.equals(before?.publicKey ?? after.publicKey)).toBe(true)
    expect(bench.token.labels).toEqual(labels)
    expect(labels.filter((label) => label === 'Sceau OCSP')).toHaveLength(1)
  })

  test('makes one key, however many ask at the same time first', async () => {
    const bench = await makeAuthorityBench((await open()).db)
    const { serial } = await bench.issueSeal()

    const answers = await Promise.all(
      Array.from({ length: 8 }, () =>
        post(bench, requestFor(bench.issuing, [serial], { nonce: randomBytes(16) })),
      ),
    )

    expect(answers.map(({ outcome }) => outcome)).toEqual(Array(8).fill('successful'))
    expect(bench.token.labels.filter((label) => label === 'Sceau OCSP')).toHaveLength(1)
  })

  test('lets others repeat an answer to a GET for a minute, and none with a nonce', async () => {
    const bench = await makeAuthorityBench((await open()).db)
    const { serial } = await bench.issueSeal()

    const { headers, said, der } = await get(bench, requestFor(bench.issuing, [serial]))
    expect(said).toEqual(['good'])
    expect(headers.get('content-type')).toBe('application/ocsp-response')
    expect(headers.get('cache-control')).toContain('max-age=60')
    expect(headers.get('etag')).toBe(`"${createHash('sha256').update(der).digest('hex')}"`)
    const second = Math.floor(bench.clock.now / 1000) * 1000
    expect(Date.parse(headers.get('last-modified') ?? '')).toBe(second)
    expect(Date.parse(headers.get('expires') ?? '')).toBe(second + 3 * DAY_MS)
    const nonce = randomBytes(16)
    const own = await get(bench, requestFor(bench.issuing, [serial], { nonce }))
    expect(own.headers.get('cache-control')).toBe('no-store')
  })

  test.each<{ what: string; make: (ca: Uint8Array) => Uint8Array }>([
    { what: 'nothing', make: () => new Uint8Array() },
    { what: 'a text', make: () => Buffer.from('good?') },
    { what: 'an empty list', make: () => encodeSequence(encodeSequence(encodeSequence())) },
    { what: 'too many at once', make: (ca) => requestFor(ca, Array(21).fill('1234')) },
    {
      what: 'a nonce without octets',
      make: (ca) => requestFor(ca, ['12'], { nonce: Buffer.of() }),
    },
    {
      what: 'a nonce that is too long',
      make: (ca) => requestFor(ca, ['12'], { nonce: randomBytes(129) }),
    },
    {
      what: 'a critical extension beyond us',
      make: (ca) => requestFor(ca, ['12'], { critical: true }),
    },
    { what: 'half a request', make: (ca) => requestFor(ca, ['12']).subarray(0, 30) },
    {
      what: 'something after the request',
      make: (ca) => Buffer.concat([requestFor(ca, ['12']), Buffer.of(0)]),
    },
  ])('$what is malformed', async ({ make }) => {
    const bench = await makeAuthorityBench((await open()).db)

    expect(await post(bench, make(bench.issuing))).toMatchObject({
      status: 200,
      outcome: 'malformedRequest',
      said: undefined,
    })
  })

  test('refuses a body that goes on', async () => {
    const bench = await makeAuthorityBench((await open()).db)

    const body = new Uint8Array(9_000)
    const asked = appOf(bench).request('/pki/ocsp', { method: 'POST', body })
    expect((await asked).status).not.toBe(200)
  })
})
