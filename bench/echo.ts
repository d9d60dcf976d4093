/**
 * The floor of any answer over HTTPS: takes a document through the listener of the server and gives
 * it back with the octets of an appended section, and does nothing else. A process of its own,
 * started by `loadEcho`; its arguments are the files of a TLS key and certificate.
 */
import { readFileSync } from 'node:fs'
import { Hono } from 'hono'
import { makeReceiveDocument } from '../src/http/body.ts'
import type { Env } from '../src/http/env.ts'
import { listen } from '../src/listener.ts'
import { openSpool } from '../src/sealing/spool.ts'

const APPENDED = Buffer.alloc(5_000)
const [keyFile = '', certFile = '', spoolDir = ''] = process.argv.slice(2)
const receive = makeReceiveDocument(await openSpool(spoolDir))
const app = new Hono<Env>().post('*', async (c) => {
  const document = await receive(c)
  await document.release()
  return c.body(Buffer.concat([document.bytes ?? APPENDED, APPENDED]))
})
const identity = { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8') }
const { port } = await listen(app, { host: '127.0.0.1', port: 0 }, identity)
process.stdout.write(`${port}\n`)
