import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { createSecureContext } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { makeSendMessage } from '../../../src/batches/webhooks/send-message.ts'
import { systemTrust } from '../../../src/batches/webhooks/system-trust.ts'
import { makeTlsPair } from '../../support/tls-pair.ts'

const NOBODY = () => createSecureContext({ ca: [] })

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

async function serve(answer: RequestListener): Promise<string> {
  const server = createServer(answer)
  onTestFinished(() => server.closeAllConnections())
  return `http://127.0.0.1:${await listen(server)}/hook?a=1`
}

const send = (url: string, wish: { timeoutMs?: number; trust?: typeof NOBODY } = {}) =>
  makeSendMessage({ trust: NOBODY, ...wish })({ url, headers: { 'x-a': 'b' }, body: '{"é":1}' })

test('a message arrives as it was given, and the status comes back', async () => {
  const arrived: unknown[] = []
  const url = await serve(async (request, answer) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const { method, url: path, headers } = request
    arrived.push({ method, path, header: headers['x-a'], length: headers['content-length'], body })
    answer.writeHead(204).end()
  })

  expect(await send(url)).toEqual({ status: 204 })
  expect(arrived).toEqual([
    { method: 'POST', path: '/hook?a=1', header: 'b', length: '8', body: '{"é":1}' },
  ])
})

test('a redirect is an answer like another: nobody goes there', async () => {
  let asked = 0
  const url = await serve((_, answer) => {
    asked += 1
    answer.writeHead(307, { location: url }).end()
  })

  expect(await send(url)).toEqual({ status: 307 })
  expect(asked).toBe(1)
})

test('an answer without end is cut off; its status counts', async () => {
  const url = await serve((_, answer) => {
    answer.writeHead(200)
    const more = () => void answer.write(Buffer.alloc(16_384), () => setImmediate(more))
    more()
    answer.on('error', () => {})
  })

  expect(await send(url)).toEqual({ status: 200 })
})

test('an answer that stops in the middle has said what counts', async () => {
  const url = await serve((_, answer) => void answer.writeHead(202).write('x'))

  expect(await send(url, { timeoutMs: 200 })).toEqual({ status: 202 })
})

test.each([
  { what: 'never answers', error: 'timed-out', answer: () => {} },
  {
    what: 'hangs up',
    error: 'connection-broken',
    answer: ((request) => void request.socket.destroy()) satisfies RequestListener,
  },
])('a server that $what: $error', async ({ error, answer }) => {
  expect(await send(await serve(answer), { timeoutMs: 500 })).toEqual({ error })
})

test.each([
  { url: 'http://127.0.0.1:1/', error: 'connection-refused' },
  // Refused before any name server is asked.
  { url: `http://${'a'.repeat(64)}/`, error: 'name-not-found' },
  { url: 'http://169.254.169.254/', error: 'address-refused' },
  { url: 'ftp://127.0.0.1/', error: 'failed' },
  { url: 'no url', error: 'failed' },
])('$url: $error', async ({ url, error }) => {
  expect(await send(url)).toEqual({ error })
})

test('over TLS a server must be who it says, by an authority that is believed', async () => {
  const pair = await makeTlsPair('127.0.0.1')
  const port = await listen(createTlsServer(pair, (_, answer) => void answer.end()))
  const trust = () => createSecureContext({ ca: pair.cert })

  expect(await send(`https://127.0.0.1:${port}/`, { trust })).toEqual({ status: 200 })
  for (const other of [NOBODY, () => systemTrust('/nowhere/extra.pem')]) {
    const said = await send(`https://127.0.0.1:${port}/`, { trust: other })
    expect(said).toEqual({ error: 'certificate-refused' })
  }
  expect(await send(`https://localhost:${port}/`, { trust })).toEqual({
    error: 'certificate-refused',
  })
})

test('the file of further authorities is believed beside the system’s', async () => {
  const pair = await makeTlsPair('127.0.0.1')
  const port = await listen(createTlsServer(pair, (_, answer) => void answer.end()))

  const said = await send(`https://127.0.0.1:${port}/`, { trust: () => systemTrust(pair.certFile) })

  expect(said).toEqual({ status: 200 })
})
