import { createServer, type Server, type Socket } from 'node:net'
import { makeAnswer } from './answer.ts'
import { GuardConnection } from './guard-connection.ts'
import type { GuardLog } from './guard-log.ts'
import { listenPrivately } from './socket-file.ts'
import type { Tokens } from './tokens.ts'

const CONNECTIONS_MAX = 256

/** The guard's socket: takes requests, has the token do them, answers. */
export class GuardServer {
  readonly #server: Server
  readonly #connections = new Set<GuardConnection>()

  constructor({ tokens, startedAt, log }: { tokens: Tokens; startedAt: number; log: GuardLog }) {
    const answer = makeAnswer({ tokens, pid: process.pid, startedAt })
    this.#server = createServer((socket: Socket) => {
      const connection = new GuardConnection(socket, { answer, log })
      this.#connections.add(connection)
      socket.once('close', () => this.#connections.delete(connection))
    })
    this.#server.maxConnections = CONNECTIONS_MAX
  }

  /** @throws GuardError `invalid-request` */
  listen(options: { path: string; group: string | undefined }): Promise<void> {
    return listenPrivately(this.#server, options)
  }

  /** Take nothing new; resolves when all that was asked is answered. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    await Promise.all([...this.#connections].map((connection) => connection.finish()))
    await closed
  }
}
