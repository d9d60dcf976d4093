/**
 * The floor of any answer over HTTPS: takes a document through the listener of the server and gives
 * it back with the octets of an appended section, and does nothing else. A process of its own,
 * started by `loadEcho`; its arguments are the files of a TLS key and certificate.
 */
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { Hono } from 'hono'
import { makeReceiveDocument } from '../src/http/body.ts'
import type { Env } from '../src/http/env.ts'
import { incomingChunks } from '../src/http/incoming-chunks.ts'
import { listen } from '../src/listener.ts'
import { openSpool } from '../src/sealing/spool.ts'

const PIECES_BYTES = 1 << 20
const END_OF_PIECES = Buffer.alloc(1)
const APPENDED = Buffer.alloc(5_000)
const [keyFile = '', certFile = '', spoolDir = ''] = process.argv.slice(2)
const receive = makeReceiveDocument(await openSpool(spoolDir))
const app = new Hono<Env>()
  .post('/stream', async ({ env: { incoming, outgoing } }) => {
    if (incoming === undefined || outgoing === undefined) throw new TypeError('no connection')
    outgoing.writeHead(200)
    await giveBack(incomingChunks(incoming), outgoing)
    return RESPONSE_ALREADY_SENT
  })
  .post('*', async (c) => {
    const document = await receive(c)
    await document.release()
    return c.body(Buffer.concat([document.bytes ?? APPENDED, APPENDED]))
  })
/** In large pieces, as the server does it. */
async function giveBack(chunks: AsyncIterable<Uint8Array>, outgoing: ServerResponse) {
  let pieces: Uint8Array[] = []
  let bytes = 0
  const flush = () =>
    new Promise<void>((resolve) => {
      outgoing.cork()
      for (const piece of pieces) outgoing.write(piece)
      outgoing.write(END_OF_PIECES, () => resolve())
      outgoing.uncork()
      pieces = []
      bytes = 0
    })
  for await (const chunk of chunks) {
    pieces.push(chunk)
    bytes += chunk.length
    if (bytes >= PIECES_BYTES) await flush()
  }
  await flush()
  outgoing.end()
}

const identity = { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') }
const { port } = await listen(app, { host: '127.0.0.1', port: 0 }, identity)
process.stdout.write(`${port}\n`)
