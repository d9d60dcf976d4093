import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createSecureContext } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { makeSendMessage } from '../../src/batches/webhooks/send-message.ts'
import type { DueNotice } from '../../src/notices/model.ts'
import { makeSmsSender } from '../../src/notices/sms.ts'

const NOTICE: DueNotice = {
  ...{ id: '01935e2a-7c00-7000-8000-000000000001', kind: 'enrolment.code-sms', channel: 'sms' },
  ...{ locale: 'fr', recipient: '+33612345678', data: { code: '314159' }, attempt: 1 },
  ...{ createdAt: 0, expiresAt: 600_000 },
}

/** A gateway that answers with this status; 0 hangs up. */
async function startGateway(status: number) {
  const arrived: { headers: IncomingHttpHeaders; method: string | undefined; body: string }[] = []
  const server = createServer(async (request, answer) => {
    let body = ''
    for await (const chunk of request) body += chunk
    arrived.push({ headers: request.headers, method: request.method, body })
    if (status === 0) request.socket.destroy()
    else answer.writeHead(status, { location: 'http://127.0.0.1:1/' }).end('whatever')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { arrived, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/messages` }
}

function senderTo(url: string, readToken: () => Promise<string> = async () => 'a-token') {
  const post = makeSendMessage({ trust: createSecureContext, timeoutMs: 5_000 })
  return makeSmsSender({ url, readToken, post })
}

test('an SMS is one request of the documented shape', async () => {
  const { arrived, url } = await startGateway(202)

  expect(await senderTo(url)(NOTICE, 0)).toEqual({ state: 'accepted' })

  const [request, ...others] = arrived
  expect(others).toEqual([])
  expect(request?.method).toBe('POST')
  expect(request?.headers).toMatchObject({
    authorization: 'Bearer a-token',
    'content-type': 'application/json',
    'idempotency-key': NOTICE.id,
  })
  expect(JSON.parse(request?.body ?? '')).toEqual({
    id: NOTICE.id,
    to: '+33612345678',
    text: 'Sceau\u00a0: votre code est 314159. Il vaut dix minutes. Ne le donnez à personne.',
  })
})

test.each([
  { status: 200, state: 'accepted' },
  { status: 302, state: 'delayed' },
  { status: 400, state: 'refused' },
  { status: 401, state: 'delayed' },
  { status: 422, state: 'refused' },
  { status: 429, state: 'delayed' },
  { status: 503, state: 'delayed' },
  { status: 0, state: 'delayed' },
])('a gateway that answers $status: $state', async ({ status, state }) => {
  const { url } = await startGateway(status)
  expect(await senderTo(url)(NOTICE, 0)).toMatchObject({ state })
})

test('without its token nothing leaves, and the notice may go later', async () => {
  const { arrived, url } = await startGateway(200)
  const send = senderTo(url, () => Promise.reject(new Error('ENOENT')))

  expect(await send(NOTICE, 0)).toMatchObject({ state: 'delayed', code: 'no-token' })
  expect(arrived).toEqual([])
})
