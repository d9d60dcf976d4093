import { createConnection, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeFrame, makeFrameReader, REPLY_BOUNDS } from '../../hsm/frames.ts'
import { PROTOCOL_VERSION, parseHeader, type ReplyHeader, replyHeader } from '../../hsm/protocol.ts'
import { startTestGuard, type TestGuard } from '../support/guard.ts'
import { makeSoftHsm, type SoftHsm } from '../support/softhsm.ts'

let hsm: SoftHsm
let guard: TestGuard
/** A connection that was there before the others did what they should not. */
let bystander: RawClient

beforeAll(async () => {
  hsm = await makeSoftHsm()
  guard = await startTestGuard(hsm)
  bystander = await RawClient.open(guard.guard.socketPath)
  await bystander.ask(HELLO)
})

afterAll(async () => {
  bystander.close()
  await guard.stop()
  await hsm.remove()
})

const HELLO = { type: 'hello', id: 1, version: PROTOCOL_VERSION }
const STATUS = { type: 'status', id: 2, deadlineMs: 5_000 }
const SIGN = {
  type: 'sign',
  id: 3,
  deadlineMs: 5_000,
  keyId: 'a1',
  algorithm: 'ecdsa-p256-sha256',
  count: 2,
}

/** Speaks whatever it is told. */
class RawClient {
  readonly #socket: Socket
  readonly #replies: ReplyHeader[] = []
  #isEnded = false
  #wake = () => {}

  private constructor(socket: Socket) {
    this.#socket = socket
    const read = makeFrameReader(REPLY_BOUNDS)
    socket.on('data', (bytes: Buffer) => {
      for (const { header } of read(bytes)) {
        this.#replies.push(replyHeader.parse(parseHeader(header)))
      }
      this.#wake()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#isEnded = true
      this.#wake()
    })
  }

  static async open(path: string): Promise<RawClient> {
    const socket = createConnection(path)
    await new Promise((resolve) => socket.once('connect', resolve))
    return new RawClient(socket)
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes)
  }

  /** @returns The next reply; undefined if the guard ended the connection. */
  async reply(): Promise<ReplyHeader | undefined> {
    while (this.#replies.length === 0 && !this.#isEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
    return this.#replies.shift()
  }

  async ask(header: object, payload?: Uint8Array): Promise<ReplyHeader | undefined> {
    this.write(encodeFrame(header, payload))
    return this.reply()
  }

  /** From now on it leaves what it is sent where it is. */
  deafen(): void {
    this.#socket.pause()
  }

  close(): void {
    this.#socket.destroy()
  }
}

async function greeted(): Promise<RawClient> {
  const client = await RawClient.open(guard.guard.socketPath)
  expect(await client.ask(HELLO)).toMatchObject({ id: 1, ok: true })
  return client
}

function prefix(frameBytes: number, headerBytes: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt32BE(frameBytes, 0)
  bytes.writeUInt32BE(headerBytes, 4)
  return bytes
}

describe('a connection ends, and no other, when it sends', () => {
  test.each([
    ['a frame that is too large', prefix(0x7fff_ffff, 10)],
    ['lengths that contradict each other', prefix(10, 100)],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\nhost: guard\r\n\r\n')],
    ['a header that is not JSON', Buffer.concat([prefix(6, 2), Buffer.from('{{')])],
    ['a header without an id', encodeFrame({ type: 'status' })],
    ['a header that is no object', encodeFrame([1, 2])],
  ])('%s', async (_name, bytes) => {
    const client = await greeted()
    client.write(bytes)
    expect(await client.reply()).toMatchObject({ ok: false, error: { code: 'invalid-request' } })
    expect(await client.reply()).toBeUndefined()
    expect(await bystander.ask(STATUS)).toMatchObject({ id: 2, ok: true })
  })
})

describe('a connection goes on after', () => {
  test.each([
    ['a type that there is not', { ...STATUS, type: 'exportKey' }, new Uint8Array(0)],
    ['digests that are too few', SIGN, new Uint8Array(32)],
    ['digests that are too long', SIGN, new Uint8Array(65)],
    ['a payload that nobody asked for', STATUS, new Uint8Array(1)],
    [
      'a payload to a destruction',
      { ...STATUS, type: 'destroyKey', keyId: 'a1' },
      new Uint8Array(1),
    ],
    ['no secret', { ...STATUS, type: 'wrapSecret', keyId: 'a1' }, new Uint8Array(0)],
    ['a secret too long', { ...STATUS, type: 'wrapSecret', keyId: 'a1' }, new Uint8Array(65)],
    ['a deadline that is none', { ...STATUS, deadlineMs: 'soon' }, new Uint8Array(0)],
  ])('%s, which is refused', async (_name, header, payload) => {
    const client = await greeted()
    const refused = { id: header.id, ok: false, error: { code: 'invalid-request' } }
    expect(await client.ask(header, payload)).toMatchObject(refused)
    expect(await client.ask(STATUS)).toMatchObject({ ok: true })
    client.close()
  })
})

test('the first message must be hello', async () => {
  const client = await RawClient.open(guard.guard.socketPath)
  expect(await client.ask(STATUS)).toMatchObject({ id: 2, ok: false })
  expect(await client.reply()).toBeUndefined()
})

test('another version of the protocol is told so, and nothing it asks is done', async () => {
  const client = await RawClient.open(guard.guard.socketPath)
  const hello = encodeFrame({ ...HELLO, version: PROTOCOL_VERSION + 1 })
  const made = { type: 'generateKey', id: 9, deadlineMs: 5_000, algorithm: 'p-256' }
  const generate = encodeFrame({ ...made, keyId: 'beef', label: 'not made' })
  client.write(Buffer.concat([hello, generate]))
  expect(await client.reply()).toMatchObject({ ok: false, error: { code: 'version-mismatch' } })
  expect(await client.reply()).toBeUndefined()
  expect(await guard.client.findKey('beef')).toBeUndefined()
})

test('a client that reads nothing does not stop the others', async () => {
  const key = await guard.client.generateKey({ algorithm: 'p-256', label: 'seal' })
  const deaf = await greeted()
  deaf.deafen()
  const listed = encodeFrame({ type: 'listKeys', id: 5, deadlineMs: 60_000 })
  // Replies of 700 bytes each pile up on their way to somebody who asks on and on.
  for (let i = 0; i < 3_000; i++) deaf.write(listed)
  const digest = new Uint8Array(32)
  const request = { keyId: key.keyId, algorithm: 'ecdsa-p256-sha256', digest } as const
  expect(await guard.client.signDigest(request)).toBeInstanceOf(Uint8Array)
  deaf.close()
})

test('the same id asked twice makes one key, and another label is refused', async () => {
  const client = await greeted()
  const wanted = {
    ...{ type: 'generateKey', id: 4, deadlineMs: 20_000 },
    ...{ keyId: 'd00d', algorithm: 'p-256', label: 'seal' },
  }
  const first = await client.ask(wanted)
  expect(first).toMatchObject({ ok: true })
  expect(await client.ask(wanted)).toEqual(first)
  expect(await client.ask({ ...wanted, label: 'other' })).toMatchObject({
    ok: false,
    error: { code: 'invalid-request' },
  })
  client.close()
})
