import { rmSync } from 'node:fs'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** What happens to the bytes that come through. */
type Weather =
  | { readonly kind: 'fine' }
  /** Every chunk comes so much later, both ways. */
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Nothing comes through, and nobody is told. */
  | { readonly kind: 'stalled' }
  /** Connections end, and new ones end at once. */
  | { readonly kind: 'cut' }

/** A Unix socket in front of p11-kit's remoting, with the faults of a network. */
export interface FaultyProxy {
  readonly socketPath: string
  set(weather: Weather): void
  /** Turn one bit of every signature that comes by. */
  setWrong(isWrong: boolean): void
  close(): Promise<void>
}

export async function startFaultyProxy(socketPath: string, target: string): Promise<FaultyProxy> {
  const pairs = new Set<readonly [Socket, Socket]>()
  let weather: Weather = { kind: 'fine' }
  let isWrong = false

  const server: Server = createServer((near) => {
    if (weather.kind === 'cut') {
      near.destroy()
      return
    }
    const far = createConnection(target)
    const pair = [near, far] as const
    pairs.add(pair)
    const end = () => {
      pairs.delete(pair)
      for (const socket of pair) socket.destroy()
    }
    for (const socket of pair) socket.on('error', end).on('close', end)
    const turn = makeSignatureTurner()
    void carry(near, far, (bytes) => bytes)
    void carry(far, near, (bytes) => turn(bytes, isWrong))
  })
  await new Promise<void>((resolve) => server.listen(socketPath, resolve))

  async function carry(from: Socket, to: Socket, change: (bytes: Buffer) => Buffer): Promise<void> {
    try {
      for await (const bytes of from) {
        if (weather.kind === 'slow') await sleep(weather.delayMs)
        while (weather.kind === 'stalled') await sleep(20)
        to.write(change(bytes))
      }
    } catch {
      // The connection ended; its other half ends with it.
    }
    to.end()
  }

  const cut = () => {
    for (const pair of pairs) for (const socket of pair) socket.destroy()
    pairs.clear()
  }
  return {
    socketPath,
    set(next) {
      weather = next
      if (next.kind === 'cut') cut()
    },
    setWrong(next) {
      isWrong = next
    },
    async close() {
      weather = { kind: 'cut' }
      const closed = new Promise((resolve) => server.close(resolve))
      cut()
      await closed
      rmSync(socketPath, { force: true })
    },
  }
}

/** p11-kit's remoting, `rpc-message.h`: the number of C_Sign among its calls. */
const C_SIGN = 43
const HEADER_BYTES = 12

/**
 * Follows the answers of one connection (`rpc-transport.c`): one byte of greeting, then for each
 * call its number, the lengths of options and body, and these; a body begins with the call's id.
 * The last byte of the answer to C_Sign is the last of the signature.
 */
function makeSignatureTurner(): (bytes: Buffer, isWrong: boolean) => Buffer {
  let held = Buffer.alloc(0)
  let isGreeted = false
  return (bytes, isWrong) => {
    held = Buffer.concat([held, bytes])
    const out: Buffer[] = []
    if (!isGreeted && held.length > 0) {
      isGreeted = true
      out.push(held.subarray(0, 1))
      held = held.subarray(1)
    }
    while (held.length >= HEADER_BYTES) {
      const options = held.readUInt32BE(4)
      const end = HEADER_BYTES + options + held.readUInt32BE(8)
      if (held.length < end) break
      const message = Buffer.from(held.subarray(0, end))
      held = held.subarray(end)
      if (isWrong && message.readUInt32BE(HEADER_BYTES + options) === C_SIGN) {
        message.writeUInt8(message.readUInt8(end - 1) ^ 1, end - 1)
      }
      out.push(message)
    }
    return Buffer.concat(out)
  }
}
