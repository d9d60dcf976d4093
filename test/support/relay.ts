import { connect, createServer, type Socket } from 'node:net'

/** A port that stays while the server behind it comes and goes, with cuts on order. */
export interface Relay {
  readonly url: string
  /** Cut the next connections, one after so many bytes from the client each. */
  cutAfter(...bytes: readonly number[]): void
  close(): Promise<void>
}

/** @param target - URL of the server, asked for with every connection. */
export async function startRelay(target: () => string): Promise<Relay> {
  const sockets = new Set<Socket>()
  const cuts: number[] = []
  const server = createServer((near) => {
    const far = connect(Number(new URL(target()).port), '127.0.0.1')
    let left = cuts.shift() ?? Number.POSITIVE_INFINITY
    const end = () => {
      for (const socket of [near, far]) {
        sockets.delete(socket)
        socket.destroy()
      }
    }
    for (const socket of [near, far]) {
      sockets.add(socket)
      socket.on('error', end).on('close', end)
    }
    near.on('data', (bytes) => {
      left -= bytes.length
      if (left < 0) end()
    })
    near.pipe(far)
    far.pipe(near)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `https://127.0.0.1:${port}`,
    cutAfter: (...bytes) => cuts.push(...bytes),
    async close() {
      const closed = new Promise((resolve) => server.close(resolve))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
