import type { HonoRequest } from 'hono'
import type { DocumentPlace } from '../engine/job.ts'
import { AppError } from '../errors.ts'
import { bytesSource, type PdfSource } from '../pdf/source.ts'
import type { Spool } from '../sealing/spool.ts'
import type { Env } from './env.ts'
import { incomingChunks } from './incoming-chunks.ts'

/** Documents above this are refused before a byte of them is read. */
export const DOCUMENT_BYTES_MAX = 1024 ** 3
/** Documents above this go by a file of the spool, never whole through memory. */
const MEMORY_BYTES_MAX = 16 * 1024 * 1024
/** While the documents in memory are together as large as this, further ones go by a file too. */
const HELD_BYTES_MAX = 256 * 1024 * 1024

/** The part of a Hono context that carries a body. */
interface Incoming {
  readonly env: Env['Bindings']
  readonly req: HonoRequest
}

/** A document that has arrived. `release` frees memory and file; call it once it is answered. */
export interface ReceivedDocument {
  readonly source: PdfSource
  /** For the engine. */
  readonly place: DocumentPlace
  /** The bytes, when they are in memory. */
  readonly bytes: Uint8Array | undefined
  /** The file, when they are in the spool. */
  readonly path: string | undefined
  release(): Promise<void>
}

/**
 * Receives a request's body.
 *
 * @throws AppError `document-too-large` by its declared or its real length, `storage-full`.
 */
export type ReceiveDocument = (request: Incoming) => Promise<ReceivedDocument>

/**
 * Small documents come into one buffer each; larger ones, ones of unknown length, and all of them
 * while memory holds enough, into the spool.
 */
export function makeReceiveDocument(
  spool: Spool,
  { heldBytesMax = HELD_BYTES_MAX }: { heldBytesMax?: number } = {},
): ReceiveDocument {
  let heldBytes = 0

  return async (request) => {
    const declared = declaredLength(request)
    refuseDeclared(request, DOCUMENT_BYTES_MAX)
    const fits = declared !== undefined && declared <= MEMORY_BYTES_MAX
    if (fits && heldBytes + declared <= heldBytesMax) return inMemory(request, declared)
    const { source, path, release } = await spool.receive(bodyChunks(request), {
      maxBytes: DOCUMENT_BYTES_MAX,
    })
    const place = { path, offset: 0, length: source.length }
    return { source, place, bytes: undefined, path, release }
  }

  async function inMemory(request: Incoming, length: number): Promise<ReceivedDocument> {
    heldBytes += length
    let isHeld = true
    const release = async () => {
      if (isHeld) heldBytes -= length
      isHeld = false
    }
    try {
      const bytes = await readKnown(request, length)
      return { source: bytesSource(bytes), place: { bytes }, bytes, path: undefined, release }
    } catch (error) {
      await release()
      throw error
    }
  }
}

/** @throws AppError `invalid-request` when the body is said to be something else than a PDF. */
export function requirePdf({ req }: Incoming): void {
  if (/^application\/pdf\b/i.test(req.header('content-type') ?? '')) return
  throw new AppError(
    'invalid-request',
    'Send the PDF as the body, with `Content-Type: application/pdf`.',
    { hints: { field: 'Content-Type' } },
  )
}

/** @throws AppError `document-too-large`, before an octet of it is read. */
export function refuseDeclared(request: Incoming, maxBytes: number): void {
  const declared = declaredLength(request)
  if (declared !== undefined && declared > maxBytes) throw tooLarge(maxBytes)
}

function declaredLength(request: Incoming): number | undefined {
  const text = request.req.header('content-length')
  return text === undefined ? undefined : Number(text)
}

/** One buffer of the declared length, filled as the chunks come: no list of chunks, no second copy. */
async function readKnown(request: Incoming, length: number): Promise<Uint8Array> {
  const incoming = request.env?.incoming
  if (incoming === undefined) return new Uint8Array(await request.req.arrayBuffer())
  return new Promise((resolve, reject) => {
    // Shared memory: an engine thread reads it where it lies.
    const bytes = Buffer.from(new SharedArrayBuffer(length))
    let filled = 0
    incoming.on('data', (chunk: Buffer) => {
      filled += chunk.copy(bytes, filled)
    })
    const end = () => (filled === length ? resolve(bytes) : reject(cutShort()))
    incoming.once('end', end)
    incoming.once('error', end)
    // Not even a broken connection may leave a request waiting.
    incoming.once('close', end)
  })
}

/** The body as it arrives. Who stops before its end can still be answered: nothing is cut. */
export async function* bodyChunks(request: Incoming): AsyncGenerator<Uint8Array> {
  const incoming = request.env?.incoming
  if (incoming === undefined) {
    if (request.req.raw.body !== null) yield* request.req.raw.body
    return
  }
  // What has gone already says nothing more.
  if (incoming.destroyed && !incoming.readableEnded) throw cutShort()
  const chunks = incomingChunks(incoming)
  try {
    yield* chunks
  } finally {
    chunks.close()
  }
}

function tooLarge(maxBytes: number): AppError {
  return new AppError(
    'document-too-large',
    `The body is larger than ${maxBytes} bytes, the most this server takes.`,
    { hints: { maxBytes } },
  )
}

function cutShort(): AppError {
  return new AppError('invalid-request', 'The connection ended before the whole document arrived.')
}
