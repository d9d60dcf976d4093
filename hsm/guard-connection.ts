import type { Socket } from 'node:net'
import type { Answer, Question } from './answer.ts'
import { GuardError } from './errors.ts'
import { encodeFrame, type Frame, makeFrameReader, REQUEST_BOUNDS } from './frames.ts'
import type { GuardLog } from './guard-log.ts'
import {
  hasPayload,
  isSecret,
  PROTOCOL_VERSION,
  parseHeader,
  type ReplyHeader,
  type RequestHeader,
  requestHeader,
} from './protocol.ts'

/** Requests of one connection at a time; beyond, the socket is not read until some are answered. */
const IN_FLIGHT_MAX = 1_000
const IN_FLIGHT_BYTES_MAX = 16 << 20
const GREETING_WITHIN_MS = 10_000

/**
 * One client. What it sends is validated here; a frame that cannot be read ends this connection,
 * because nothing after it could be trusted, and no other.
 */
export class GuardConnection {
  readonly #socket: Socket
  readonly #answer: Answer
  readonly #log: GuardLog
  readonly #read = makeFrameReader(REQUEST_BOUNDS)
  #isGreeted = false
  #inFlight = 0
  #inFlightBytes = 0
  #isEnding = false

  constructor(socket: Socket, { answer, log }: { answer: Answer; log: GuardLog }) {
    this.#socket = socket
    this.#answer = answer
    this.#log = log
    socket.on('data', (bytes: Buffer) => this.#receive(bytes))
    socket.on('drain', () => this.#regulate())
    socket.setTimeout(GREETING_WITHIN_MS, () => socket.destroy())
    // A client that went away needs no answer.
    socket.on('error', () => socket.destroy())
  }

  /** Read nothing more, answer what was asked, and hang up. */
  async finish(): Promise<void> {
    this.#isEnding = true
    this.#socket.pause()
    if (this.#inFlight === 0) this.#end()
    if (!this.#socket.closed) await new Promise((resolve) => this.#socket.once('close', resolve))
  }

  #receive(bytes: Uint8Array): void {
    try {
      for (const frame of this.#read(bytes)) {
        if (this.#isEnding) return
        this.#take(frame)
      }
    } catch (error) {
      if (error instanceof RangeError) this.#hangUp(0, error.message)
      else throw error
    }
    this.#regulate()
  }

  #take({ header, payload }: Frame): void {
    const read = readRequest(header)
    const request = read?.request
    if (read === undefined) this.#hangUp(0, 'A header is not JSON with an id')
    else if (request?.type === 'hello') this.#greet(request)
    else if (!this.#isGreeted) this.#hangUp(read.id, 'The first message must be hello')
    else if (request === undefined) this.#refuse(read.id, invalid(read.problem))
    else if (payload.length > 0 && !hasPayload(request.type)) {
      this.#refuse(read.id, invalid(`${request.type} has no payload`))
    } else void this.#serve(request, payload)
  }

  #greet({ id, version }: { id: number; version: number }): void {
    if (version === PROTOCOL_VERSION) {
      this.#isGreeted = true
      this.#socket.setTimeout(0)
      this.#send({ id, ok: true, result: { version: PROTOCOL_VERSION, pid: process.pid } })
      return
    }
    const message = `The guard speaks version ${PROTOCOL_VERSION} of its protocol, the client version ${version}: install the same release for both`
    this.#refuse(id, new GuardError('version-mismatch', message))
    this.#end()
  }

  async #serve(request: Question, payload: Uint8Array): Promise<void> {
    this.#inFlight++
    this.#inFlightBytes += payload.length
    try {
      const answered = await this.#answer(request, payload)
      const frame = { id: request.id, ok: true, result: answered.result } as const
      this.#send(frame, answered.payload, isSecret(request.type))
      if (isSecret(request.type)) answered.payload?.fill(0)
    } catch (error) {
      this.#refuse(request.id, this.#asGuardError(error, request))
    } finally {
      if (isSecret(request.type)) payload.fill(0)
      this.#inFlight--
      this.#inFlightBytes -= payload.length
      if (this.#isEnding && this.#inFlight === 0) this.#end()
      else this.#regulate()
    }
  }

  #asGuardError(error: unknown, { type }: Question): GuardError {
    if (error instanceof GuardError) return error
    const stack = error instanceof Error ? error.stack : String(error)
    this.#log.error({ type, stack }, 'guard: a request failed by a fault of ours')
    return new GuardError('internal', 'The guard failed; its log says why')
  }

  #refuse(id: number, { code, message, retryAfterSeconds }: GuardError): void {
    const hint = retryAfterSeconds === undefined ? {} : { retryAfterSeconds }
    this.#send({ id, ok: false, error: { code, message, ...hint } })
  }

  #hangUp(id: number, problem: string): void {
    this.#log.warn({ problem }, 'guard: a connection sent what cannot be read')
    this.#refuse(id, invalid(problem))
    this.#end()
  }

  #end(): void {
    this.#isEnding = true
    this.#socket.pause()
    this.#socket.end(() => this.#socket.destroy())
  }

  #send(header: ReplyHeader, payload?: Uint8Array, isSecretFrame = false): void {
    if (!this.#socket.writable) return
    const frame = encodeFrame(header, payload)
    this.#socket.write(frame, () => {
      if (isSecretFrame) frame.fill(0)
    })
  }

  /** Who asks faster than the token signs, or does not read its answers, is not read. */
  #regulate(): void {
    if (this.#isEnding) return
    const isFull = this.#inFlight >= IN_FLIGHT_MAX || this.#inFlightBytes >= IN_FLIGHT_BYTES_MAX
    if (isFull || this.#socket.writableNeedDrain) this.#socket.pause()
    else if (this.#socket.isPaused()) this.#socket.resume()
  }
}

function invalid(problem: string): GuardError {
  return new GuardError('invalid-request', problem)
}

/** @returns Undefined if not even an id can be read, so that no answer would find its question. */
function readRequest(
  header: Uint8Array,
): { id: number; request: RequestHeader | undefined; problem: string } | undefined {
  let json: unknown
  try {
    json = parseHeader(header)
  } catch {
    return undefined
  }
  const parsed = requestHeader.safeParse(json)
  if (parsed.success) return { id: parsed.data.id, request: parsed.data, problem: '' }
  const id = typeof json === 'object' && json !== null && 'id' in json ? json.id : undefined
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 1 || id > 0xffff_ffff)
    return undefined
  const problem = parsed.error.issues
    .map(({ path, message }) => `${path.join('.')}: ${message}`)
    .join('; ')
  return { id, request: undefined, problem: problem.slice(0, 500) }
}
