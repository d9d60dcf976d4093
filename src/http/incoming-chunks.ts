import type { IncomingMessage } from 'node:http'

/** So much is read ahead: enough that a reader which is busy for a moment finds something there. */
const AHEAD_BYTES = 1 << 20
const TAKEN_MAX = 64

/** The body of a request, for somebody who may stop reading before its end. */
export interface IncomingChunks extends AsyncIterable<Uint8Array> {
  /** Whoever waits for more gets an error. */
  close(): void
}

/**
 * The body of a request as it arrives. Unlike the message's own iterator it joins no pieces, and
 * what is there is handed over without going round the event loop.
 *
 * @throws Error with code `ECONNRESET` where the connection ends before the body does.
 */
export function incomingChunks(incoming: IncomingMessage): IncomingChunks {
  const chunks: Uint8Array[] = []
  let bytes = 0
  let next = 0
  let isEnded = false
  let error: unknown
  let wake: (() => void) | undefined

  const rung = () => {
    wake?.()
    wake = undefined
  }
  const fail = (reason: unknown) => {
    if (!isEnded) error ??= reason
    rung()
  }
  const take = (chunk: Uint8Array) => {
    chunks.push(chunk)
    bytes += chunk.length
    if (bytes >= AHEAD_BYTES) incoming.pause()
    rung()
  }
  const end = () => {
    isEnded = true
    rung()
  }
  const cut = () => fail(cutShort())
  incoming.on('data', take).once('end', end).once('error', fail).once('close', cut)

  const taken = (): IteratorResult<Uint8Array, undefined> | undefined => {
    const chunk = chunks[next]
    if (chunk === undefined) return isEnded ? { done: true, value: undefined } : undefined
    next += 1
    bytes -= chunk.length
    // What was taken must not be held until the reader has caught up: it may never do so.
    if (next === chunks.length || next >= TAKEN_MAX) {
      chunks.splice(0, next)
      next = 0
    }
    if (bytes < AHEAD_BYTES / 2 && incoming.isPaused()) incoming.resume()
    return { done: false, value: chunk }
  }
  // By hand: a generator would make several promises for each of the many pieces.
  const iterator: AsyncIterator<Uint8Array, undefined> = {
    async next() {
      for (;;) {
        const result = taken()
        if (result !== undefined) return result
        if (error !== undefined) throw error
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }

  return {
    [Symbol.asyncIterator]: () => iterator,
    close() {
      // The listener of errors stays: nobody else hears them.
      incoming.off('data', take)
      chunks.length = next = bytes = 0
      cut()
    },
  }
}

function cutShort(): Error {
  return Object.assign(new Error('the body is not read to its end'), { code: 'ECONNRESET' })
}
