import { once } from 'node:events'
import { createServer } from 'node:net'

/** A port of `localhost` that nobody listens on, known before what will listen there is made. */
export async function findFreePort(): Promise<number> {
  const server = createServer()
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return address.port
}
