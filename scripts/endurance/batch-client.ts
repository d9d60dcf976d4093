import type { IncomingMessage } from 'node:http'
import { Agent, request } from 'node:https'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

const BatchView = z.object({
  id: z.string(),
  state: z.string(),
  counts: z.object({
    total: z.number(),
    sealed: z.number(),
    failed: z.number(),
    pending: z.number(),
  }),
  throughputPerSecond: z.number(),
  waiting: z.object({ type: z.string(), title: z.string() }).loose().nullable(),
})
export type BatchView = z.infer<typeof BatchView>

export interface Asked {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>
  readonly signal?: AbortSignal
}

/** A client of the batches of whichever server is named at the moment. */
export type BatchClient = ReturnType<typeof makeBatchClient>

export function makeBatchClient(apiKey: string, url: () => string) {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false })

  /** The answer, its body left to be read. @throws when the connection breaks. */
  async function send(path: string, asked: Asked = {}): Promise<IncomingMessage> {
    const { method = 'GET', headers, body, signal } = asked
    const outgoing = request(`${url()}${path}`, {
      agent,
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...headers },
      ...(signal !== undefined && { signal }),
    })
    const answer = new Promise<IncomingMessage>((resolve, reject) => {
      outgoing.once('response', resolve).once('error', reject)
    })
    answer.catch(() => {})
    if (body === undefined) outgoing.end()
    else if (body instanceof Uint8Array) outgoing.end(body)
    // An upload may be answered, or break, before it was sent as a whole.
    else await pipeline(Readable.from(body), outgoing).catch(() => {})
    return answer
  }

  async function ask(path: string, asked: Asked = {}) {
    const answer = await send(`/api/v1${path}`, asked)
    return { status: answer.statusCode ?? 0, headers: answer.headers, text: await text(answer) }
  }

  async function json(path: string, asked: Asked = {}): Promise<unknown> {
    const answer = await ask(path, asked)
    if (answer.status >= 300) throw new Error(`${path} answers ${answer.status}: ${answer.text}`)
    return JSON.parse(answer.text)
  }

  async function get(id: string): Promise<BatchView> {
    return BatchView.parse(await json(`/batches/${id}`))
  }

  return {
    send,
    ask,
    json,
    get,
    async open(seal: string): Promise<string> {
      const body = Buffer.from(JSON.stringify({ seal }))
      const headers = { 'content-type': 'application/json' }
      return BatchView.parse(await json('/batches', { method: 'POST', headers, body })).id
    },
    upload: (id: string, tar: AsyncIterable<Uint8Array>) =>
      json(`/batches/${id}/documents`, {
        method: 'POST',
        headers: { 'content-type': 'application/x-tar' },
        body: tar,
      }),
    start: (id: string) => json(`/batches/${id}/start`, { method: 'POST' }),
    /** @returns The batch once it is what is wanted; a server that is just away is asked again. */
    async until(
      id: string,
      isWanted: (batch: BatchView) => boolean,
      { everyMs = 50, withinMs = 120_000 } = {},
    ): Promise<BatchView> {
      for (const endAt = Date.now() + withinMs; ; await sleep(everyMs)) {
        const batch = await get(id).catch(() => undefined)
        if (batch !== undefined && isWanted(batch)) return batch
        if (Date.now() > endAt) throw new Error(`the batch stays ${JSON.stringify(batch)}`)
      }
    },
    archive: (id: string) => send(`/api/v1/batches/${id}/archive`),
    close: () => agent.destroy(),
  }
}

export function isFinished({ state }: BatchView): boolean {
  return state.startsWith('completed') || state === 'cancelled'
}
