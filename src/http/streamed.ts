import type { UnderlyingDefaultSource } from 'node:stream/web'
import type { Logger } from 'pino'

/** Below what a socket takes without asking its writer to wait (`PacedResponse`). */
const TAIL_BYTES = 8 * 1024
const GATHERED_BYTES = 64 * 1024

/**
 * The body of an answer, made no faster than the client takes it, and not begun before.
 *
 * @param make - Its signal is aborted when the client goes away.
 */
export function streamed(
  log: Logger,
  make: (signal: AbortSignal) => AsyncIterable<Uint8Array>,
): ReadableStream<Uint8Array> {
  const gone = new AbortController()
  const chunks = make(gone.signal)[Symbol.asyncIterator]()
  const source: UnderlyingDefaultSource<Uint8Array> = {
    async pull(controller) {
      try {
        const { done, value } = await chunks.next()
        if (gone.signal.aborted) return
        if (done === true) controller.close()
        else controller.enqueue(value)
      } catch (error) {
        // The status has left: all that can be done is to cut the connection.
        log.error({ err: error }, 'an answer broke off')
        throw error
      }
    },
    async cancel() {
      gone.abort()
      await chunks.return?.()
    },
  }
  return new ReadableStream(source, { highWaterMark: 0 })
}

/** Small pieces laid together: alone, each would be a record of TLS and a call to the system. */
export async function* gathered(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let pieces: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    pieces.push(chunk)
    bytes += chunk.length
    if (bytes < GATHERED_BYTES) continue
    yield pieces.length === 1 ? chunk : Buffer.concat(pieces)
    pieces = []
    bytes = 0
  }
  if (bytes > 0) yield Buffer.concat(pieces)
}

/**
 * The same octets, of which the last few come apart: a client that knows the length begins its next
 * request when it has them, and by then nothing may wait to be written (`PacedResponse`).
 */
export async function* withShortTail(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  let held: Uint8Array | undefined
  for await (const chunk of chunks) {
    if (held !== undefined) yield held
    held = chunk
  }
  if (held === undefined) return
  const cut = Math.max(0, held.length - TAIL_BYTES)
  if (cut > 0) yield held.subarray(0, cut)
  yield held.subarray(cut)
}
