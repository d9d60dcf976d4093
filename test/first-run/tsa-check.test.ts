import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { checkTsa } from '../../src/first-run/tsa-check.ts'
import {
  encodeTimestampRequest,
  parseTimestampResponse,
  withoutZeros,
} from '../../src/first-run/tsa-message.ts'
import { listenLocally } from '../support/local-port.ts'
import { openssl } from '../support/openssl.ts'
import { startTestTsa, type TestTsa } from '../support/tsa.ts'

let tsa: TestTsa

beforeAll(async () => {
  tsa = await startTestTsa()
})
afterEach(() => {
  tsa.tamper = undefined
})
afterAll(() => tsa?.close())

const check = (url = tsa.url, timeoutMs = 20_000) => checkTsa(url, { now: Date.now, timeoutMs })

test('a real authority is ready, and says the time of now', async () => {
  const report = await check()

  expect(report).toMatchObject({ ok: true, subject: 'CN=TSA' })
  expect(report.ok && Math.abs(report.aheadMs)).toBeLessThan(60_000)
})

test('OpenSSL reads the request: SHA-256, the nonce, and that the certificate is wanted', async () => {
  const nonce = Buffer.from('00f1e2d3c4b5a697', 'hex')
  const query = encodeTimestampRequest(Buffer.from('hello'), nonce)
  const text = await openssl(['ts', '-query', '-in', 'q', '-text'], { q: query })

  expect(text).toContain('Hash Algorithm: sha256')
  expect(text).toContain('Nonce: 0xF1E2D3C4B5A697')
  expect(text).toContain('Certificate required: yes')
  expect(text.replace(/[^0-9a-f]/g, '')).toContain('2cf24dba5fb0a30e')
})

const another = async () => tsa.reply(encodeTimestampRequest(Buffer.from('other'), randomBytes(16)))

test.each([
  { what: 'a token of another document', tamper: another, problem: 'other-imprint' },
  {
    what: 'a changed signature',
    tamper: async (answer: Buffer) => {
      const changed = Buffer.from(answer)
      changed[changed.length - 3] = (changed[changed.length - 3] ?? 0) ^ 1
      return changed
    },
    problem: 'bad-signature',
  },
  { what: 'nothing', tamper: async () => Buffer.alloc(0), problem: 'not-a-response' },
  { what: 'a page', tamper: async () => Buffer.from('<html>'), problem: 'not-a-response' },
  {
    what: 'rejected by status',
    tamper: async () => Buffer.from('30053003020102', 'hex'),
    problem: 'refused',
  },
  {
    what: 'an answer without end',
    tamper: async () => Buffer.alloc(300_000),
    problem: 'no-answer',
  },
])('$what is $problem', async ({ tamper, problem }) => {
  tsa.tamper = tamper
  expect(await check()).toMatchObject({ ok: false, problem })
})

test('a token for another nonce is of another request, even over the same document', async () => {
  const at = Date.now()
  tsa.tamper = async (_answer, query) => {
    const changed = Buffer.from(query)
    // The nonce is the last INTEGER, before the BOOLEAN of three octets.
    changed[changed.length - 4] = (changed[changed.length - 4] ?? 0) ^ 1
    return tsa.reply(changed)
  }
  expect(await checkTsa(tsa.url, { now: () => at })).toMatchObject({
    ok: false,
    problem: 'other-nonce',
  })
})

test('an error of HTTP, a redirect and a closed port are told apart from a timestamp', async () => {
  const server = createServer((request, response) => {
    const status = request.url === '/moved' ? 302 : 404
    response.writeHead(status, { location: tsa.url }).end()
  })
  const { url, close } = await listenLocally(server)

  expect(await check(url)).toMatchObject({ ok: false, problem: 'http-status', detail: 'HTTP 404' })
  expect(await check(`${url}moved`)).toMatchObject({ ok: false, problem: 'no-answer' })
  await close()
  expect(await check(url)).toMatchObject({ ok: false, problem: 'no-answer' })
})

test('one that is silent is given up', async () => {
  const { url, close } = await listenLocally(createServer(() => {}))
  const report = await check(url, 200)
  await close()

  expect(report).toMatchObject({ ok: false, problem: 'no-answer' })
})

test.each([
  { hex: '', problem: RangeError },
  { hex: '3000', problem: RangeError },
  { hex: '30020500', problem: RangeError },
  { hex: '30023000', problem: RangeError },
])('«$hex» is no response', ({ hex, problem }) => {
  expect(() => parseTimestampResponse(Buffer.from(hex, 'hex'))).toThrow(problem)
})

test('numbers are compared without the zeros before them', () => {
  expect(withoutZeros(Uint8Array.of(0, 0, 5, 0))).toEqual(Uint8Array.of(5, 0))
  expect(withoutZeros(Uint8Array.of(0, 0))).toEqual(new Uint8Array())
})
