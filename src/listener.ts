import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import type { Hono } from 'hono'
import type { TlsIdentity } from './authority/tls.ts'
import { AppError } from './errors.ts'
import type { Env } from './http/env.ts'
import { PacedResponse } from './paced-response.ts'

/** The open port. */
export interface Listener {
  readonly port: number
  /** Show another certificate to new connections. */
  renewTls(tls: TlsIdentity): void
  /**
   * Close the port first, let requests that are on their way finish, then cut what is left.
   *
   * @param graceMs - How long requests may still take.
   */
  close(graceMs: number): Promise<void>
}

/** Half a minute for the headers; a body may be long, but not silent for a minute. */
const HEADERS_MS = 30_000
const SILENCE_MS = 60_000
const KEEP_ALIVE_MS = 65_000
const IDLE_CHECK_MS = 50
const HEADER_BYTES_MAX = 16 * 1024

/** What the port leads to. */
export type Surface = Pick<Hono<Env>, 'fetch'>

/** Listen on TLS. @throws AppError `invalid-request` when that address or port is not to be had. */
export async function listen(
  surface: Surface,
  { host, port }: { host: string; port: number },
  { key, cert }: TlsIdentity,
): Promise<Listener> {
  const server = createAdaptorServer({
    fetch: surface.fetch,
    createServer,
    serverOptions: {
      key,
      cert,
      minVersion: 'TLSv1.2',
      headersTimeout: HEADERS_MS,
      requestTimeout: 0,
      keepAliveTimeout: KEEP_ALIVE_MS,
      maxHeaderSize: HEADER_BYTES_MAX,
      ServerResponse: PacedResponse,
    },
  }) as Server
  server.timeout = SILENCE_MS
  await new Promise<void>((resolve, reject) => {
    const refuse = (cause: NodeJS.ErrnoException) => reject(notListening(cause, host, port))
    server.once('error', refuse)
    server.listen(port, host, () => {
      server.off('error', refuse)
      resolve()
    })
  })
  return {
    port: (server.address() as AddressInfo).port,
    renewTls: (tls) => server.setSecureContext({ key: tls.key, cert: tls.cert }),
    close: (graceMs) => closeServer(server, graceMs),
  }
}

const WHY_NOT: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program has this port',
  EACCES: 'this user may not open this port',
  EADDRNOTAVAIL: 'this machine has no such address',
}

function notListening(cause: NodeJS.ErrnoException, host: string, port: number): AppError {
  const why = WHY_NOT[cause.code ?? ''] ?? cause.message
  const message = `Cannot listen on ${host}:${port}: ${why}. Set SCEAU_LISTEN to another address and port.`
  return new AppError('invalid-request', message, { cause })
}

function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs)
    // A connection that is kept alive becomes idle only once its last answer has left.
    const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS)
    server.close(() => {
      clearTimeout(cut)
      clearInterval(idle)
      resolve()
    })
  })
}
