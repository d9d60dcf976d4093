import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { connectGuard, type GuardClient } from '../../hsm/client.ts'
import { encodeFrame, makeFrameReader, REQUEST_BOUNDS } from '../../hsm/frames.ts'
import {
  encodeSignatures,
  PROTOCOL_VERSION,
  parseHeader,
  type RequestHeader,
  requestHeader,
} from '../../hsm/protocol.ts'

/** What the other end of the socket does with a request; `signs` by giving each digest back. */
type Behaviour = (request: RequestHeader, payload: Uint8Array, socket: Socket) => void

/** A guard that does what the test wants and remembers what it was asked. */
class StagedGuard {
  readonly asked: RequestHeader[] = []
  greeting: Behaviour = greets
  behaviour: Behaviour = signs
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  constructor() {
    this.#server = createServer((socket) => {
      const read = makeFrameReader(REQUEST_BOUNDS)
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('data', (bytes: Buffer) => {
        for (const { header, payload } of read(bytes)) {
          const request = requestHeader.parse(parseHeader(header))
          if (request.type === 'hello') {
            this.greeting(request, payload, socket)
          } else {
            this.asked.push(request)
            this.behaviour(request, payload, socket)
          }
        }
      })
    })
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve) => this.#server.listen(path, resolve))
  }

  hangUp(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#sockets.clear()
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.hangUp()
    await closed
  }
}

function signs(request: RequestHeader, payload: Uint8Array, socket: Socket): void {
  if (request.type !== 'sign') return
  const { id, count } = request
  const signatures = Array.from({ length: count }, (_, i) => payload.slice(i * 32, (i + 1) * 32))
  socket.write(encodeFrame({ id, ok: true, result: { count } }, encodeSignatures(signatures)))
}

function greets({ id }: RequestHeader, _payload: Uint8Array, socket: Socket): void {
  socket.write(encodeFrame({ id, ok: true, result: { version: PROTOCOL_VERSION, pid: 1 } }))
}

const algorithm = 'ecdsa-p256-sha256'
let dir: string
let socketPath: string
let guard: StagedGuard
let client: GuardClient

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sceau-client-'))
  socketPath = join(dir, 'guard.sock')
  guard = new StagedGuard()
  client = connectGuard({ socketPath, deadlineMs: 5_000 })
})

afterEach(async () => {
  await client.close()
  await guard.close()
  await rm(dir, { recursive: true })
})

const digestNumber = (i: number) => Buffer.from(String(i).padStart(32, '0'))

function signOne(keyId: string, i: number): Promise<Uint8Array> {
  return client.signDigest({ keyId, algorithm, digest: digestNumber(i) })
}

describe('digests of one moment', () => {
  test('travel in one message, and each call gets its own signature', async () => {
    await guard.listen(socketPath)
    const signatures = await Promise.all(Array.from({ length: 200 }, (_, i) => signOne('aa', i)))
    expect(guard.asked).toMatchObject([{ type: 'sign', keyId: 'aa', count: 200 }])
    expect(signatures.map(String)).toEqual(signatures.map((_, i) => String(digestNumber(i))))
  })

  test('for two keys travel in two', async () => {
    await guard.listen(socketPath)
    await Promise.all(Array.from({ length: 20 }, (_, i) => signOne(i % 2 === 0 ? 'aa' : 'bb', i)))
    expect(guard.asked).toMatchObject([
      { keyId: 'aa', count: 10 },
      { keyId: 'bb', count: 10 },
    ])
  })

  test('fail together when the guard refuses', async () => {
    guard.behaviour = (request, _payload, socket) => {
      const error = { code: 'key-not-found', message: 'no such key' }
      socket.write(encodeFrame({ id: request.id, ok: false, error }))
    }
    await guard.listen(socketPath)
    const settled = await Promise.allSettled([signOne('aa', 1), signOne('aa', 2)])
    const refused = { status: 'rejected', reason: { code: 'key-not-found' } }
    expect(settled).toMatchObject([refused, refused])
  })
})

test('more digests than a message may have travel in several', async () => {
  await guard.listen(socketPath)
  const digests = Array.from({ length: 20_001 }, (_, i) => digestNumber(i))
  const signatures = await client.signDigests({ keyId: 'aa', algorithm, digests })
  const counts = guard.asked.map((request) => (request.type === 'sign' ? request.count : 0))
  expect(counts).toEqual([10_000, 10_000, 1])
  expect(signatures.map(String)).toEqual(digests.map(String))
})

describe('when the connection drops', () => {
  test('what was in flight is asked again', async () => {
    guard.behaviour = () => {}
    await guard.listen(socketPath)
    const signing = signOne('aa', 1)
    while (guard.asked.length === 0) await sleep(5)
    guard.behaviour = signs
    guard.hangUp()
    expect(String(await signing)).toBe(String(digestNumber(1)))
    const [first, second] = guard.asked
    expect(second).toMatchObject({ keyId: 'aa', count: 1 })
    if (first?.type !== 'sign' || second?.type !== 'sign') throw new Error('not asked twice')
    // The deadline is the request's, and not that of each attempt.
    expect(second.deadlineMs).toBeLessThan(first.deadlineMs)
  })

  test('a new key is asked for with the same id', async () => {
    guard.behaviour = () => {}
    await guard.listen(socketPath)
    const making = client.generateKey({ algorithm: 'p-256', label: 'seal' })
    making.catch(() => {})
    while (guard.asked.length === 0) await sleep(5)
    guard.hangUp()
    while (guard.asked.length < 2) await sleep(5)
    const ids = guard.asked.map((request) => (request.type === 'generateKey' ? request.keyId : ''))
    expect(ids[0]).toMatch(/^[0-9a-f]{32}$/)
    expect(ids[1]).toBe(ids[0])
  })

  test('in the middle of a reply, nothing of it is taken for a signature', async () => {
    guard.behaviour = (request, payload, socket) => {
      const reply = encodeFrame({ id: request.id, ok: true, result: { count: 1 } }, payload)
      guard.behaviour = signs
      socket.end(reply.subarray(0, -10))
    }
    await guard.listen(socketPath)
    expect(String(await signOne('aa', 7))).toBe(String(digestNumber(7)))
  })
})

describe('a guard that does not answer', () => {
  test('makes a request unavailable at its deadline, with a time to come back', async () => {
    guard.greeting = () => {}
    await guard.listen(socketPath)
    const hasty = connectGuard({ socketPath, deadlineMs: 200 })
    const digest = digestNumber(1)
    const signed = hasty.signDigest({ keyId: 'aa', algorithm, digest })
    const refusal = { code: 'unavailable', retryAfterSeconds: expect.any(Number) }
    await expect(signed).rejects.toMatchObject(refusal)
    await hasty.close()
  })

  test('is waited for if it is not there yet', async () => {
    const signing = signOne('aa', 3)
    await sleep(100)
    await guard.listen(socketPath)
    expect(String(await signing)).toBe(String(digestNumber(3)))
  })

  test('is reported as down at once, and not thrown', async () => {
    const status = await client.status()
    expect(status).toMatchObject({ state: 'down', pid: 0 })
    expect(status.message).toContain(socketPath)
  })
})

test('nonsense from the other end is not believed', async () => {
  const nonsense = [
    Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
    encodeFrame({ id: 'one', ok: 'perhaps' }),
    encodeFrame({ id: 2, ok: true }, new Uint8Array(1 << 10)).subarray(0, 20),
  ]
  guard.behaviour = (request, payload, socket) => {
    const next = nonsense.shift()
    if (next === undefined) signs(request, payload, socket)
    else socket.end(next)
  }
  await guard.listen(socketPath)
  expect(String(await signOne('aa', 4))).toBe(String(digestNumber(4)))
})

test('a guard of another version is not asked again', async () => {
  guard.greeting = ({ id }, _payload, socket) => {
    const error = { code: 'version-mismatch', message: 'install the same release for both' }
    socket.end(encodeFrame({ id, ok: false, error }))
  }
  await guard.listen(socketPath)
  await expect(signOne('aa', 1)).rejects.toMatchObject({ code: 'version-mismatch' })
})

test('closing refuses what is still asked, and what is asked later', async () => {
  guard.behaviour = () => {}
  await guard.listen(socketPath)
  const signing = signOne('aa', 1)
  const refused = expect(signing).rejects.toMatchObject({ code: 'unavailable' })
  await sleep(20)
  await client.close()
  await refused
  await expect(signOne('aa', 2)).rejects.toMatchObject({ code: 'unavailable' })
})
