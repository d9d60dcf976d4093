import fc from 'fast-check'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { gathered, streamed, withShortTail } from '../../src/http/streamed.ts'
import { joinChunks } from '../support/archives.ts'

const log = pino({ level: 'silent' })

describe('an answer that is made as it is taken', () => {
  function makeCounted(count: number) {
    const made = { chunks: 0, isClosed: false, isGone: false }
    const body = streamed(log, async function* (signal) {
      signal.addEventListener('abort', () => {
        made.isGone = true
      })
      try {
        for (let i = 0; i < count; i += 1) {
          made.chunks += 1
          yield Buffer.from([i])
        }
      } finally {
        made.isClosed = true
      }
    })
    return { made, body }
  }

  test('is not begun before it is read, and never runs ahead', async () => {
    const { made, body } = makeCounted(5)
    const reader = body.getReader()
    await new Promise(setImmediate)
    expect(made.chunks).toBe(0)

    await reader.read()
    await reader.read()
    await new Promise(setImmediate)

    expect(made).toMatchObject({ chunks: 2, isClosed: false })
  })

  test('ends with its octets', async () => {
    const { made, body } = makeCounted(3)

    expect([...new Uint8Array(await new Response(body).arrayBuffer())]).toEqual([0, 1, 2])
    expect(made).toMatchObject({ isClosed: true, isGone: false })
  })

  test('is closed when the client goes, also while it waits for something', async () => {
    const { made, body } = makeCounted(5)
    const reader = body.getReader()
    await reader.read()
    await reader.cancel()
    expect(made).toMatchObject({ isClosed: true, isGone: true })

    let isOver = false
    const waiting = streamed(log, async function* (signal) {
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      isOver = true
      yield Buffer.from('late')
    })
    const other = waiting.getReader()
    const read = other.read()
    await new Promise(setImmediate)
    await other.cancel()
    expect(await read).toMatchObject({ done: true })
    expect(isOver).toBe(true)
  })

  test('breaks off with what breaks it', async () => {
    const body = streamed(log, async function* () {
      yield Buffer.from('a')
      throw new RangeError('a file is too short')
    })

    await expect(new Response(body).arrayBuffer()).rejects.toThrow('a file is too short')
  })
})

const pieces = fc.array(fc.uint8Array({ maxLength: 40_000 }), { maxLength: 8 })

async function* each(chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return all
}

test('pieces laid together are the same octets, in few large ones', async () => {
  await fc.assert(
    fc.asyncProperty(pieces, async (given) => {
      const together = await collect(gathered(each(given)))

      expect(Buffer.concat(together).equals(Buffer.concat(given))).toBe(true)
      for (const chunk of together.slice(0, -1)) expect(chunk.length).toBeGreaterThanOrEqual(65_536)
    }),
    { numRuns: 50 },
  )
})

test('a short tail is what it was, and 8 KiB at most', async () => {
  await fc.assert(
    fc.asyncProperty(pieces, async (given) => {
      const parted = await collect(withShortTail(each(given)))

      expect((await joinChunks(each(parted))).equals(Buffer.concat(given))).toBe(true)
      expect(parted.at(-1)?.length ?? 0).toBeLessThanOrEqual(8192)
    }),
    { numRuns: 50 },
  )
})
