import { rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { PDFDocument } from 'pdf-lib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Answer, problemOf, startTestServer, type TestServer } from './support/server.ts'

let server: TestServer
let pdf: Uint8Array
let sealed: Answer

beforeAll(async () => {
  const document = await PDFDocument.create()
  document.addPage()
  pdf = await document.save()
  server = await startTestServer()
  sealed = await server.apply('ec', pdf)
  await server.stop()
  await rename(tokens(), `${tokens()}-away`)
  await server.start()
})

afterAll(() => server.remove())

/** Where SoftHSM keeps its tokens. */
function tokens(): string {
  return join(dirname(server.env.SOFTHSM2_CONF ?? ''), 'tokens')
}

async function readyz(): Promise<{ status: number; hsm: unknown }> {
  const { status, body } = await server.ask('/readyz')
  return { status, hsm: JSON.parse(body.toString('utf8')).checks.hsm }
}

test('a server that starts without its HSM says so, and which token it misses', async () => {
  const label = server.env.SCEAU_PKCS11_TOKENS
  const endAt = Date.now() + 20_000
  let ready = await readyz()
  while (JSON.stringify(ready).includes('opening') && Date.now() < endAt) {
    await sleep(100)
    ready = await readyz()
  }
  expect(ready).toEqual({ status: 503, hsm: { state: 'down', detail: `${label}: down` } })
  const { body } = await server.ask('/metrics')
  expect(body.toString('utf8')).toContain(`sceau_token_state{token="${label}",state="down"} 1`)
})

test.each(['/healthz', '/', '/api/v1/openapi.json', '/pki/root.cer', '/pki/root.crl'])(
  'without its HSM it serves %s',
  async (path) => {
    expect((await server.ask(path)).status).toBe(200)
  },
)

test('without its HSM it verifies what was sealed', async () => {
  const headers = { 'content-type': 'application/pdf' }
  const answer = await server.api('/verify', { method: 'POST', headers, body: sealed.body })
  expect(answer.status).toBe(200)
})

test('without its HSM a document is refused with the time to come back', async () => {
  const answer = await server.apply('ec', pdf)
  expect(problemOf(answer)).toMatchObject({ type: '/problems/hsm-unavailable', status: 503 })
  expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0)
})

test('when the HSM appears it seals, without being told', async () => {
  await rename(`${tokens()}-away`, tokens())
  const endAt = Date.now() + 40_000
  while ((await readyz()).status !== 200 && Date.now() < endAt) await sleep(100)
  expect((await readyz()).hsm).toEqual({ state: 'ok' })
  expect((await server.apply('ec', pdf)).status).toBe(200)
}, 60_000)
