import { createHmac } from 'node:crypto'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { PDFDocument } from 'pdf-lib'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { startTestServer, type TestServer } from '../../support/server.ts'

let server: TestServer

beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server?.remove())

const asked = (method: string, type: string, body: string | Uint8Array) => ({
  method,
  headers: { 'content-type': type },
  body: Buffer.from(body),
})

test('a client is told of the end of its batch, by a message that its secret proves', async () => {
  const arrived: { headers: IncomingHttpHeaders; body: string }[] = []
  const receiver = createServer(async (request, answer) => {
    let body = ''
    for await (const chunk of request) body += chunk
    arrived.push({ headers: request.headers, body })
    answer.writeHead(arrived.length === 1 ? 503 : 204).end()
  })
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void receiver.close())
  const callbackUrl = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`
  const opened = await server.api(
    '/batches',
    asked('POST', 'application/json', JSON.stringify({ seal: 'ec', callbackUrl })),
  )
  const { id, callbackSecret }: { id: string; callbackSecret: string } = JSON.parse(
    opened.body.toString(),
  )
  const document = await PDFDocument.create()
  document.addPage()
  const pdf = await document.save()
  await server.api(`/batches/${id}/documents/a.pdf`, asked('PUT', 'application/pdf', pdf))
  await server.api(`/batches/${id}/documents/b.pdf`, asked('PUT', 'application/pdf', 'no pdf'))
  await server.api(`/batches/${id}/start`, { method: 'POST' })

  await vi.waitFor(() => expect(arrived).toHaveLength(2), 30_000)

  const [, last] = arrived
  expect(JSON.parse(last?.body ?? '')).toMatchObject({
    type: 'batch.completed_with_failures',
    data: { id, seal: 'ec', counts: { total: 2, sealed: 1, failed: 1, pending: 0 } },
  })
  const key = Buffer.from(callbackSecret.slice('whsec_'.length), 'base64')
  const signed = [last?.headers['webhook-id'], last?.headers['webhook-timestamp'], last?.body]
  const hmac = createHmac('sha256', key).update(signed.join('.')).digest('base64')
  expect(last?.headers['webhook-signature']).toBe(`v1,${hmac}`)
  const listed = await server.api(`/batches/${id}/deliveries`)
  expect(JSON.parse(listed.body.toString())).toMatchObject({
    deliveries: [
      {
        id: last?.headers['webhook-id'],
        state: 'delivered',
        attempts: [{ status: 503 }, { status: 204 }],
      },
    ],
  })
}, 60_000)
