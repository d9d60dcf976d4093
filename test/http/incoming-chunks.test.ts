import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { incomingChunks } from '../../src/http/incoming-chunks.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

const CHUNK_BYTES = 64 * 1024
const CHUNKS = 4_000

test('a reader who never quite catches up holds what is ahead and nothing that was read', async () => {
  const incoming = new IncomingMessage(new Socket())
  incoming._read = () => {}
  const chunks = incomingChunks(incoming)[Symbol.asyncIterator]()
  let sent = 0
  const send = () => {
    sent += 1
    incoming.push(Buffer.alloc(CHUNK_BYTES, sent))
  }
  send()
  collectGarbage()
  const before = process.memoryUsage().arrayBuffers

  let order = 0
  for (let i = 1; i <= CHUNKS; i += 1) {
    send()
    // Let it arrive, so that one is always waiting behind the one that is read.
    await new Promise(setImmediate)
    const { value } = await chunks.next()
    if (value?.[0] === i % 256) order += 1
  }

  // What is found to be dead is given back a moment later.
  collectGarbage()
  await new Promise(setImmediate)
  collectGarbage()
  expect(order).toBe(CHUNKS)
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(100 * 1024 * 1024)
})
