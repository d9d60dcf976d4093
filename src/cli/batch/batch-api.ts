import type { IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { json } from 'node:stream/consumers'
import { z } from 'zod'
import { EXIT, ExitError } from '../exit.ts'
import type { ServerClient } from '../server-client.ts'
import type { Patiently } from './patience.ts'
import { Problem, readRefusal } from './refusal.ts'
import type { BatchRequest } from './state-file.ts'

const count = z.number().int()

/** What the command reads of a batch; the server's own schema has the rest. */
export const BatchView = z.object({
  id: z.string(),
  state: z.enum(['open', 'queued', 'running', 'completed', 'completed_with_failures', 'cancelled']),
  counts: z.object({ total: count, sealed: count, failed: count, pending: count }),
  waiting: Problem.nullish(),
})
export type BatchView = z.infer<typeof BatchView>

export const DocumentView = z.object({
  name: z.string(),
  state: z.enum(['pending', 'sealed', 'failed']),
  bytes: count,
  sha256: z.string(),
  operation: z.string().nullable(),
  sealedBytes: count.nullable(),
  sealedSha256: z.string().nullable(),
  problem: Problem.nullable(),
})
export type DocumentView = z.infer<typeof DocumentView>

const Page = z.object({ documents: z.array(DocumentView), nextCursor: z.string().nullable() })
const UploadReport = z.object({
  accepted: count,
  rejected: z.array(z.object({ name: z.string(), problem: Problem })),
})
export type UploadReport = z.infer<typeof UploadReport>

const PAGE_DOCUMENTS = 1000
/** The server writes what it has got to its disk before it answers. */
const SILENCE_MS = 180_000
/** A watched batch says something every 15 s. */
const EVENTS_SILENCE_MS = 45_000

export type BatchApi = ReturnType<typeof makeBatchApi>

/**
 * The requests of a batch, each tried once.
 *
 * Each throws `Refusal` for an answer that is none of success, and ExitError 3 when none comes.
 */
export function makeBatchApi(client: ServerClient, signal: AbortSignal) {
  async function ask(
    method: string,
    path: string,
    given: { headers?: Record<string, string>; body?: Readable | string; silenceMs?: number } = {},
  ): Promise<IncomingMessage> {
    const answer = await client.ask(method, path, { silenceMs: SILENCE_MS, ...given, signal })
    const status = answer.statusCode ?? 0
    if (status >= 200 && status < 300) return answer
    throw await readRefusal(answer)
  }

  async function askFor<T>(schema: z.ZodType<T>, ...asked: Parameters<typeof ask>): Promise<T> {
    const answer = await ask(...asked)
    const parsed = schema.safeParse(await json(octetsOf(answer)).catch(notJson))
    if (parsed.success) return parsed.data
    throw new ExitError(EXIT.unreachable, `What answers ${asked[1]} is no server of this version.`)
  }

  return {
    open: ({ seal, label, options }: BatchRequest, key: string): Promise<BatchView> =>
      askFor(BatchView, 'POST', '/batches', {
        headers: { 'content-type': 'application/json', 'idempotency-key': key },
        body: JSON.stringify({ seal, label, ...options }),
      }),
    get: (id: string): Promise<BatchView> => askFor(BatchView, 'GET', `/batches/${id}`),
    upload: (id: string, tar: Readable): Promise<UploadReport> =>
      askFor(UploadReport, 'POST', `/batches/${id}/documents`, {
        headers: { 'content-type': 'application/x-tar' },
        body: tar,
      }),
    start: (id: string): Promise<BatchView> => askFor(BatchView, 'POST', `/batches/${id}/start`),
    remove: async (id: string): Promise<void> => {
      const answer = await ask('DELETE', `/batches/${id}`)
      answer.resume()
    },
    documents: (id: string, cursor: string): Promise<z.infer<typeof Page>> =>
      askFor(Page, 'GET', `/batches/${id}/documents?limit=${PAGE_DOCUMENTS}&cursor=${cursor}`),
    /** The events behind this one. */
    events: (id: string, lastEvent: number): Promise<IncomingMessage> =>
      ask('GET', `/batches/${id}/events`, {
        headers: { 'last-event-id': String(lastEvent) },
        silenceMs: EVENTS_SILENCE_MS,
      }),
    sealed: (id: string, name: string): Promise<IncomingMessage> =>
      ask('GET', `/batches/${id}/documents/${name.split('/').map(encodeURIComponent).join('/')}`),
  }
}

/** Every document of a batch, in the order of arrival. */
export async function* everyDocument(
  { api, patiently }: { api: BatchApi; patiently: Patiently },
  id: string,
): AsyncGenerator<DocumentView> {
  for (let cursor: string | null = '0'; cursor !== null; ) {
    const from: string = cursor
    const page = await patiently(() => api.documents(id, from))
    yield* page.documents
    cursor = page.nextCursor
  }
}

/** The octets of an answer. @throws ExitError 3 when it breaks off. */
export async function* octetsOf(answer: Readable): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterator<Uint8Array> = answer[Symbol.asyncIterator]()
  try {
    for (;;) {
      const { done, value } = await chunks.next().catch(brokeOff)
      if (done === true) return
      yield value
    }
  } finally {
    answer.destroy()
  }
}

function brokeOff(error: unknown): never {
  throw new ExitError(EXIT.unreachable, `An answer broke off: ${String(error)}`)
}

function notJson(error: unknown): undefined {
  if (error instanceof ExitError) throw error
  return undefined
}
