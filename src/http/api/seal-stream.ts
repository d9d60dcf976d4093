import { createReadStream } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi'
import type { Logger } from 'pino'
import { readTar } from '../../archives/read-tar.ts'
import { safeName } from '../../archives/safe-name.ts'
import { AppError } from '../../errors.ts'
import type { SealStream } from '../../sealing/stream.ts'
import { type Delivery, REPORT_NAME, type SealedDelivery } from '../../sealing/stream-model.ts'
import type { ClientEnv } from '../env.ts'
import { type IncomingChunks, incomingChunks } from '../incoming-chunks.ts'
import { StreamReport } from '../stream-report.ts'
import { TarAnswer } from '../tar-answer.ts'
import { binary, problemResponses, refuseInvalid } from './openapi.ts'
import { sealOptionsQuery, toSealOptions } from './seal-options.ts'

/** Of one document; a stream as a whole may be as long as it likes. */
const LIMITS = {
  documentBytesMax: 1024 ** 3,
  totalBytesMax: Number.POSITIVE_INFINITY,
  entriesMax: Number.POSITIVE_INFINITY,
  // Names that are remembered would take memory without end.
  hasUniqueNames: false,
} as const

/** An HSM may be waited for as long as a minute, and nothing moves meanwhile. */
const SILENCE_MS = 120_000

const streamRoute = createRoute({
  method: 'post',
  path: '/seals/{seal}/stream',
  summary: 'Seal many PDFs in one request',
  description:
    'A tar archive goes in, and at the same time one comes out: each sealed file under its own ' +
    'name as soon as it is ready, a failure as `<name>.problem.json`, last `report.json`. Read ' +
    'while you send: what you do not take holds up what you send.',
  tags: ['Seals'],
  request: {
    params: z.object({ seal: z.string().max(64).openapi({ example: 'cachet-du-conseil' }) }),
    query: z.object(sealOptionsQuery),
    body: { required: true, content: { 'application/x-tar': binary } },
  },
  responses: {
    200: {
      description: 'The sealed PDFs, in the order in which they were ready',
      content: { 'application/x-tar': binary },
    },
    ...problemResponses(400, 401, 403, 404, 409, 429, 503),
  },
})

/** `POST /seals/{seal}/stream`. */
export function sealStreamRoutes({ sealStream }: { sealStream: SealStream }) {
  return new OpenAPIHono<ClientEnv>({ defaultHook: refuseInvalid }).openapi(
    streamRoute,
    async (c) => {
      requireTar(c.req.header('content-type'))
      const { incoming, outgoing } = c.env
      if (incoming === undefined || outgoing === undefined) {
        throw new TypeError('a stream needs a connection, both ways at once')
      }
      const { seal } = c.req.valid('param')
      const { client, requestId, log } = c.var
      const gone = new AbortController()
      outgoing.once('close', () => gone.abort())
      const chunks = incomingChunks(incoming)
      const groups = sealStream({
        ...{ client, sealId: seal, requestId, signal: gone.signal },
        options: toSealOptions(c.req.valid('query')),
        entries: readTar(chunks, LIMITS),
      })
      const report = new StreamReport({ seal, requestId })
      const { headers } = c.body(null, 200, { 'content-type': 'application/x-tar' })
      await answer({ groups, chunks, report, outgoing, headers, log })
      log.info({ seal, isTaken: outgoing.writableEnded, ...report.counts }, 'stream')
      return RESPONSE_ALREADY_SENT
    },
  )
}

function requireTar(contentType = ''): void {
  if (/^application\/(?:x-)?tar\b/i.test(contentType)) return
  throw new AppError(
    'invalid-request',
    'Send a tar archive as the body, with `Content-Type: application/x-tar`.',
    { hints: { field: 'Content-Type' } },
  )
}

/** @throws AppError as long as nothing was answered. A client that goes away is no error. */
async function answer(stream: {
  readonly groups: AsyncGenerator<readonly Delivery[], void>
  readonly chunks: IncomingChunks
  readonly report: StreamReport
  readonly outgoing: ServerResponse
  readonly headers: Headers
  readonly log: Logger
}): Promise<void> {
  const { groups, chunks, report, outgoing, headers, log } = stream
  const begin = () => {
    if (outgoing.headersSent) return
    outgoing.setTimeout(SILENCE_MS)
    outgoing.writeHead(200, Object.fromEntries(headers))
  }
  const tar = new TarAnswer(outgoing)
  try {
    for await (const group of groups) {
      begin()
      for (const delivery of group) await write(tar, report, delivery)
      await tar.flush()
    }
    begin()
    await writeJson(tar, REPORT_NAME, report)
    await tar.end()
  } catch (error) {
    if (!outgoing.headersSent) throw error
    if (outgoing.destroyed) return
    log.error({ err: error }, 'stream: cut by a fault of ours')
    // Nobody is to take it for whole.
    outgoing.destroy()
  } finally {
    chunks.close()
  }
}

async function write(tar: TarAnswer, report: StreamReport, delivery: Delivery): Promise<void> {
  switch (delivery.kind) {
    case 'sealed':
      report.sealed(delivery)
      return writeSealed(tar, delivery)
    case 'failed': {
      const problem = report.failed(delivery.name, delivery.error)
      return writeJson(tar, problemName(delivery.name, report.counts.failed), problem)
    }
    case 'broken':
      return writeJson(tar, 'error.problem.json', report.broken(delivery.error))
  }
}

async function writeSealed(tar: TarAnswer, delivery: SealedDelivery): Promise<void> {
  const { name, original, originalBytes, appended } = delivery
  const bytes = originalBytes + appended.length
  const parts = 'bytes' in original ? [original.bytes, appended] : partsOf(original.path, appended)
  await tar.add({ name, bytes, modifiedAt: Date.now(), parts })
}

async function* partsOf(path: string, appended: Uint8Array): AsyncGenerator<Uint8Array> {
  yield* createReadStream(path, { highWaterMark: FILE_PIECE_BYTES })
  yield appended
}

const FILE_PIECE_BYTES = 1 << 20

async function writeJson(tar: TarAnswer, name: string, content: object): Promise<void> {
  const json = Buffer.from(`${JSON.stringify(content, null, 2)}\n`)
  await tar.add({ name, bytes: json.length, modifiedAt: Date.now(), parts: [json] })
}

/** A name that nobody may unpack is not given back: the problem itself says which one it was. */
function problemName(name: string, number: number): string {
  const checked = safeName(`${name}.problem.json`)
  return 'name' in checked ? checked.name : `refused-${number}.problem.json`
}
