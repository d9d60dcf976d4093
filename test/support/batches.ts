import type { IncomingMessage } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import { problemOf, type TestServer } from './server.ts'

const OBJECTS = [
  '1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n',
  '2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n',
  '3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]>>\nendobj\n',
]

/** A small PDF that no other number gives. */
export function numberedPdf(number: number): Buffer {
  let text = `%PDF-1.7\n% ${number}\n`
  let table = 'xref\n0 4\n0000000000 65535 f \n'
  for (const object of OBJECTS) {
    table += `${String(text.length).padStart(10, '0')} 00000 n \n`
    text += object
  }
  return Buffer.from(
    `${text}${table}trailer\n<</Size 4/Root 1 0 R>>\nstartxref\n${text.length}\n%%EOF\n`,
  )
}

export interface BatchView {
  readonly id: string
  readonly state: string
  readonly counts: Readonly<Record<'total' | 'sealed' | 'failed' | 'pending', number>>
  readonly [member: string]: unknown
}

export interface DocumentView {
  readonly name: string
  readonly state: string
  readonly [member: string]: unknown
}

/** A client of the batches of a server. */
export function batchClient(server: TestServer, apiKey = server.apiKey) {
  const headers = { authorization: `Bearer ${apiKey}` }

  const client = {
    ask: (path: string, asked: Parameters<TestServer['api']>[1] = {}) =>
      server.api(`/batches${path}`, { ...asked, headers: { ...headers, ...asked.headers } }),
    json: async <T>(path: string, asked?: Parameters<TestServer['api']>[1]): Promise<T> => {
      const answer = await client.ask(path, asked)
      if (answer.status >= 300) throw new Error(JSON.stringify(problemOf(answer)))
      return JSON.parse(answer.body.toString())
    },
    open: (options: object = {}, idempotencyKey?: string) =>
      client.ask('', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }),
        },
        body: Buffer.from(JSON.stringify({ seal: 'ec', ...options })),
      }),
    /** @returns The id of a new batch that holds these. */
    async filled(documents: Readonly<Record<string, Uint8Array>>, options: object = {}) {
      const { id }: BatchView = JSON.parse((await client.open(options)).body.toString())
      await Promise.all(
        Object.entries(documents).map(async ([name, body]) => {
          const answer = await client.put(id, name, body)
          expect(answer.status, name).toBe(201)
        }),
      )
      return id
    },
    put: (id: string, name: string, body: Uint8Array) =>
      client.ask(`/${id}/documents/${encodeURIComponent(name)}`, { method: 'PUT', body }),
    upload: (id: string, type: string, body: Uint8Array) =>
      client.ask(`/${id}/documents`, {
        method: 'POST',
        headers: { 'content-type': type },
        body,
      }),
    post: (id: string, action: 'start' | 'cancel' | 'retry') =>
      client.ask(`/${id}/${action}`, { method: 'POST' }),
    get: (id: string) => client.json<BatchView>(`/${id}`),
    documents: (id: string, query = '') =>
      client.json<{ documents: DocumentView[]; nextCursor: string | null }>(
        `/${id}/documents${query}`,
      ),
    fetch: (id: string, name: string, asked?: Parameters<TestServer['api']>[1]) =>
      client.ask(`/${id}/documents/${encodeURIComponent(name)}`, asked),
    /** @returns The batch once it is in one of these states. */
    async until(id: string, ...states: string[]): Promise<BatchView> {
      for (;;) {
        const batch = await client.get(id)
        if (states.includes(batch.state)) return batch
        await delay(50)
      }
    },
    /** Start it, and wait for its end. */
    async run(id: string): Promise<BatchView> {
      expect((await client.post(id, 'start')).status).toBe(202)
      return client.until(id, 'completed', 'completed_with_failures')
    },
    /** Its events, as they come. */
    async events(id: string, lastEventId?: string) {
      const resumed = lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
      const answer = await server.openApi(`/batches/${id}/events`, { ...headers, ...resumed })
      return { answer, events: eventsOf(answer) }
    },
  }
  return client
}

export interface SentEvent {
  readonly event: string
  readonly id: string
  readonly data: Record<string, unknown>
}

/** The events of a stream (HTML, §9.2.6); comments are passed over. */
async function* eventsOf(answer: IncomingMessage): AsyncGenerator<SentEvent> {
  let text = ''
  for await (const chunk of answer.setEncoding('utf8')) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end !== -1; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line): [string, string] => {
            const colon = line.indexOf(':')
            return [line.slice(0, colon), line.slice(colon + 1).trim()]
          }),
      )
      text = text.slice(end + 2)
      const { event, id, data } = Object.fromEntries(fields)
      if (event === undefined || id === undefined || data === undefined) continue
      yield { event, id, data: JSON.parse(data) }
    }
  }
}
